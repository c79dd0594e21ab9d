"""The environment in which an unmodified client reaches the local platform."""
