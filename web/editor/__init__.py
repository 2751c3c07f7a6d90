"""The server's part of the workflow editor: what the browser needs to know, and what only the server can work out."""
