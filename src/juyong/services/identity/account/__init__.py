"""The account: its name, its root, and its settings for all of its users."""
