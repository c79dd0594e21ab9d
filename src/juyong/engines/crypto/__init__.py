"""Cryptography of a key service: specs, envelopes, algorithms, wrapping.

A vetted library does everything below the envelope; this package decides which key may do what, and
how results are framed. `keys.py` holds the ports and errors, `specs.py` the table of key specs;
`software.py` makes and loads keys in memory, `public.py` uses public keys.
"""
