"""Rotations under way, and those that were done: what makes a call repeatable."""

from dataclasses import dataclass

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table(
    "kms_secret_rotation",
    key=("secret_id",),
    index=(("due_at",), ("account_id",)),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class RotationRow:
    """The one rotation a secret can be in, and how far it is; see machine.py.

    version_id: Of the version that it makes. step: What is to be done next.
    automatic: Its date came; otherwise it was asked for.
    attempt: How often this step failed in a row.
    due_at: Not before this is the step tried; while a worker has it, the end of its lease.
    holder: The worker that has it. error: Code of the newest failure, empty for none.
    """

    secret_id: str
    account_id: AccountId
    version_id: str
    step: str
    automatic: bool
    request_id: str
    started_at: Instant
    attempt: int = 0
    due_at: Instant
    holder: str = ""
    error: str = ""
    version: int = 0
