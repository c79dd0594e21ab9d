"""Function Compute: Python functions, run in the platform's sandbox."""
