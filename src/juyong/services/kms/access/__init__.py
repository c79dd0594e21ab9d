"""Instances, the identities that may reach them, and the tags of keys and secrets."""
