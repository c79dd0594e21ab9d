"""Keys: their states, their material, and their policies."""
