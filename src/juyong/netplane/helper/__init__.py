"""The helper process: it holds the namespaces, and does what the plane in the server tells it.

The code is executed by an isolated interpreter, and sees nothing of the platform: no store, no
keys, no setting. Everything that it made ends with it.
"""
