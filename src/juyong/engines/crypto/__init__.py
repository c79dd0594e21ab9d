"""Cryptography of a key service: specs, envelopes, algorithms, wrapping.

Everything below the envelope is a vetted library's; what is ours is which key may do what, and how
its results are framed.
"""
