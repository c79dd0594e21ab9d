"""Instances: made, started, stopped, described and deleted."""
