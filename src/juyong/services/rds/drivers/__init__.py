"""A module for each engine, which imports its driver at first use (see targets.driver_of)."""
