"""The operations on tags of keys, secrets and instances."""
