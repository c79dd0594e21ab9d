"""A page about the access log: figures and samples, in one file without scripts."""
