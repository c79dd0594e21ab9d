"""The encryption of a logstore as its row keeps it.

Source: SLS API reference, EncryptConf, EncryptUserCmkConf (documented).
"""

import msgspec

from juyong.base.ids import AccountId
from juyong.services.sls.tables import LogstoreRow


class UserCmk(msgspec.Struct, frozen=True, kw_only=True):
    """A key of the KMS, and the role that uses the key."""

    cmk_key_id: str
    arn: str
    region_id: str


class EncryptConf(msgspec.Struct, frozen=True, kw_only=True):
    """The encryption of a logstore; without a key of the KMS the service has one of its own."""

    enable: bool
    encrypt_type: str = ""
    user_cmk_info: UserCmk | None = None


def key_in_force(row: LogstoreRow) -> UserCmk | None:
    """Return the key of the KMS under which logs that arrive now are sealed."""
    if not row.encryption:
        return None
    held = msgspec.json.decode(row.encryption, type=EncryptConf)
    return held.user_cmk_info if held.enable else None


def key_named(account_id: AccountId, key: UserCmk) -> str:
    """Return the ARN of a key, or of an alias, of an account."""
    label = key.cmk_key_id
    path = label if label.startswith("alias/") else f"key/{label}"
    return f"acs:kms:{key.region_id}:{account_id}:{path}"
