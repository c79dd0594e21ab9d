"""Keys: what they are, where their material is, and who may use them."""
