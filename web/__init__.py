"""Layer 3: HTTP, HTML and the command line. No SQL."""
