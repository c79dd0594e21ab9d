"""Lifecycle rules: objects, versions and uploads change or go as they grow old."""
