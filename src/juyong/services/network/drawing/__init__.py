"""The map of the networks: one page that loads no other file."""
