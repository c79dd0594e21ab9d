"""The audit record: who did what, by which permissions, and how resources changed.

The gateway, services and the operator's commands write it through one recorder; services read it.
"""
