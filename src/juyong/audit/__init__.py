"""The audit record: who did what, by which permissions, and what resources became of it.

The gateway, services and the operator's commands write it through one recorder; services read it.
"""
