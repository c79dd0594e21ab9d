"""Roles and their trust policies."""
