"""The format in which SLS alone is called."""
