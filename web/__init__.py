"""Layer 3: HTTP, HTML and the command line. No SQL."""

__version__ = "0.1.0"
