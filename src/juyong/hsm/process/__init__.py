"""The development fallback: keys in the memory of a process that does nothing else.

It has the interface of a module, not its protection: root, or a reader of the home directory and of
the key that seals it, can read the keys. The fallback is off unless a setting asks for it, and
every display names it as a fallback.
"""
