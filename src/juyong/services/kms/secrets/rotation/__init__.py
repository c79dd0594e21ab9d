"""Rotation of secrets: asked for, due, and carried out step by step."""
