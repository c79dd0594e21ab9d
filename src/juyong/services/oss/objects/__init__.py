"""Objects: put, read, listed and deleted."""
