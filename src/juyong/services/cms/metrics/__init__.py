"""Samples of metrics, and the operations that read and bring samples."""
