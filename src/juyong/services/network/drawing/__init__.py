"""The map of the networks: one page that needs nothing else."""
