"""The zones, types and images that clients ask for before they make an instance."""
