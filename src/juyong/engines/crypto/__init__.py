"""Cryptography of a key service: specs, envelopes, algorithms, wrapping.

Everything below the envelope is a vetted library's; what is ours is which key may do what, and how
its results are framed. `keys.py` holds the ports and errors, `specs.py` the table of key specs;
`software.py` makes and loads keys in memory, `public.py` what anybody's public key does.
"""
