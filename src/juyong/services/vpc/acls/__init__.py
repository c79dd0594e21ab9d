"""Network ACLs and their entries."""
