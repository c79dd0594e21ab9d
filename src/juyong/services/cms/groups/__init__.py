"""Groups of instances, which rules judge together."""
