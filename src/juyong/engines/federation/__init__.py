"""Proofs of identity from elsewhere: SAML 2.0 responses and OpenID Connect tokens.

Pure: the caller fetches documents, reads the clock and remembers what was used.
"""
