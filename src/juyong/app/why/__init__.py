"""Explain a recorded call: decide its questions again, by the policies as they were."""
