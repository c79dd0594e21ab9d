"""Published rates; an operator raises them by the quotas they name."""

from juyong.api.operation import Rate

SYMMETRIC = Rate(per_second=1000, quota="kms.symmetric-per-second")
ASYMMETRIC = Rate(per_second=200, quota="kms.asymmetric-per-second")
