"""The explanation of an event, as values."""

import msgspec

from juyong.api.command import Answer


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """The decision by the policies of today, under the same conditions.

    `decision` is null where the caller or the resource is no more. `changes` names the policies
    that are others today.
    """

    decision: str | None
    changes: tuple[str, ...]


class PolicyThen(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that was asked, in its text of then; `kept` says where the text was found."""

    layer: str
    type: str
    name: str
    version: str
    attached_to: str
    digest: str
    text: str
    kept: str


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One question, with its answer then and again.

    `principal` is empty for the caller. `replayed` and `same` are null where the question cannot be
    decided again, and `reason` says why. `settled` are sentences: which statement decided, or which
    came near.
    """

    action: str
    resource: str
    principal: str
    recorded: str
    replayed: str | None = None
    same: bool | None = None
    reason: str | None = None
    settled: tuple[str, ...] = ()
    conditions: dict[str, tuple[str, ...]]
    policies: tuple[PolicyThen, ...] = ()
    today: Today | None = None


class Explained(Answer, frozen=True, kw_only=True):
    """An event, explained.

    `same` says whether each question is decided again as it was; it is null where that cannot be
    told, and `reasons` says why. `error_code` is empty for a call that went through.
    """

    event_id: str
    at: str
    account_id: str
    who: str
    operation: str
    service: str
    address: str
    error_code: str
    same: bool | None
    reasons: tuple[str, ...]
    questions: tuple[Answered, ...]
