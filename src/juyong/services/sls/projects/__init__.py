"""Projects, their policies and their tags."""
