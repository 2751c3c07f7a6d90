"""A stand-in for GoHighLevel's API of one location."""
