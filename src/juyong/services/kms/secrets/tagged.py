"""Secrets as things that bear tags."""

from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.tagging import SECRET, Tagged


def tagged(row: SecretRow) -> Tagged:
    """Return a secret as something that bears tags."""
    return Tagged(
        account_id=row.account_id, region=row.region, resource_type=SECRET, resource_id=row.name
    )
