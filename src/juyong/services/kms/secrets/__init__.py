"""Secrets: values in versions, stages that point at them, and their rotation."""
