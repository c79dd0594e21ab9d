"""The development fallback: keys in the memory of a process that does nothing else.

It has the face of a module, not its protection: whoever is root, or reads the home directory and
the key that seals it, reads the keys. It is off unless it is asked for, and says what it is.
"""
