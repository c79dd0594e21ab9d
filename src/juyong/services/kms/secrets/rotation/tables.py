"""Rotations under way, and finished ones, so that a call can be repeated."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("kms_secret_rotation", key=("secret_id",), index=(("account_id",),))
class RotationRow(msgspec.Struct, frozen=True, kw_only=True):
    """The one rotation a secret can be in, and how far it is; see machine.py.

    The queue says when it goes on, and which worker has it.

    version_id: Of the version that it makes. step: The next step.
    automatic: The rotation came by its schedule, not by a call.
    attempt: How often this step failed in a row.
    error: Code of the newest failure, empty for none.
    """

    secret_id: str
    account_id: AccountId
    version_id: str
    step: str
    automatic: bool
    request_id: str
    started_at: Instant
    attempt: int = 0
    error: str = ""
    version: int = 0
