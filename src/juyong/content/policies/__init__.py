"""System policies and service roles."""
