"""Rotations under way, and those that were done: what makes a call repeatable."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("kms_secret_rotation", key=("secret_id",), index=(("account_id",),))
class RotationRow(msgspec.Struct, frozen=True, kw_only=True):
    """The one rotation a secret can be in, and how far it is; see machine.py.

    When it goes on, and which worker has it, stands in the queue.

    version_id: Of the version that it makes. step: What is to be done next.
    automatic: Its date came; otherwise it was asked for.
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
