"""Resource Center: search, configurations and relationships of the resources of all products."""
