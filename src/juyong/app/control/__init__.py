"""How the operator's commands reach a running server: a Unix socket in the home, never a port.

Each server of a home listens on a socket of its own, named for its process. One connection carries
one request and one reply, a line of JSON each.
"""
