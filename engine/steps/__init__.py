"""One executor per kind of step. `run_body` runs a list of steps and is what the runner calls first."""
