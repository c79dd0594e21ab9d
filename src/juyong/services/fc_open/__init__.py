"""Function Compute in its older version: services, and functions within them."""
