"""Bytes to answer: wire formats, signatures, the pipeline, and the listening side."""
