"""Lifecycle rules: what a bucket's objects, versions and uploads become as they grow old."""
