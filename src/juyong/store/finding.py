"""Findings of a check of the store."""

from typing import Literal

import msgspec

Severity = Literal["damage", "notice"]


class Finding(msgspec.Struct, frozen=True):
    """One fault that a check found.

    code: The kind, in kebab case. where: Table and key, or block. what: The fact, for the operator;
    never a secret. severity: `damage` means the store is not sound; a `notice` is legitimate but
    probably not meant.
    """

    code: str
    where: str
    what: str
    severity: Severity = "damage"
