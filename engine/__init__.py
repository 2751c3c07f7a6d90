"""Layer 2: workflows, versions, events and runs. Knows connectors; knows nothing of HTTP servers or HTML."""
