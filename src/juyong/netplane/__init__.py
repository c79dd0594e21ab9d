"""The data plane of networks: namespaces of the kernel in which packets are really judged.

Needs no root: a helper process lives in a user namespace of its own. Nothing here knows rows, calls
or accounts; the plane is told a `Desired` and gives events back (see `api/plane.py`).
"""
