"""Bytes to answer: wire formats, signatures, and the pipeline of a call."""
