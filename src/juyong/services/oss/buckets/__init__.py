"""Buckets: made, listed, configured and deleted."""
