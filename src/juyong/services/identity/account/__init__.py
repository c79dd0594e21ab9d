"""The account: its name, its root, what it decides for all of its users."""
