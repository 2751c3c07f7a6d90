"""What a workflow is: its JSON form (`definition.schema.json`), the parsed model and the checks before it goes live."""
