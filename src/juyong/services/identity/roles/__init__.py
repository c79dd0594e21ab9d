"""Roles and what they trust."""
