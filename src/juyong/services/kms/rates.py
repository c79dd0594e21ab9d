"""How often an account may call operations of a kind, at the shared gateway.

Source: KMS API reference, "QPS limits" of each operation (documented).
"""

from juyong.api.operation import Rate

CREATE_KEY = Rate(per_second=10)
KEY_READS = Rate(per_second=50)
KEY_WRITES = Rate(per_second=30)
ASYMMETRIC = Rate(per_second=200)
