"""IMS: the newer interface to the identities RAM keeps, and identity providers."""
