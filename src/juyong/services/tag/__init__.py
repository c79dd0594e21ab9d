"""Tag: one interface to the tags of the resources of all products."""
