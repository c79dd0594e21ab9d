"""Being a witness: cosign the checkpoints of others' logs, and never two that do not agree.

Source: C2SP tlog-witness (documented).
"""
