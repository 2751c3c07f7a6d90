"""Layer 1: what other systems can do. Imports nothing of the engine or the web."""
