"""Roles and whom they trust."""
