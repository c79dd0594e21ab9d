"""Multipart uploads: begun, filled with parts, completed or given up."""
