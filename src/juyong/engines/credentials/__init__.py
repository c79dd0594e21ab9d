"""The proofs that people sign in with: passwords, one-time codes, passkeys, addresses.

Pure: salts, seeds and the time are arguments.
"""
