"""How often an account may call operations of a kind, at the shared gateway.

An operator allows more or less by the quotas that some of them name.

Source: KMS API reference, "QPS limits" of each operation (documented).
"""

from juyong.api.operation import Rate

CREATE_KEY = Rate(per_second=10)
KEY_READS = Rate(per_second=50, quota="kms.key-reads-per-second")
KEY_WRITES = Rate(per_second=30)
SYMMETRIC = Rate(per_second=1000, quota="kms.symmetric-per-second")
"""Encrypt, Decrypt, GenerateDataKey and their kin, each."""
ASYMMETRIC = Rate(per_second=200, quota="kms.asymmetric-per-second")
