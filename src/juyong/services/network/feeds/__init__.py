"""Feeds of bad addresses, which fill prefix lists."""
