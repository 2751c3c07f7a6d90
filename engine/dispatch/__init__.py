"""Who advances a run, and when. `local` runs everything in this process."""
