"""Policy documents as values: the shape that `parse` returns and `compile_policy` reads."""

from enum import Enum

import msgspec


class Malformed(Exception):
    """The text is no policy document of the kind asked for.

    `reason` names the place and the value at fault, fit for a MalformedPolicyDocument message.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooLong(Malformed):
    """The text is longer than its kind may be; services answer this with a code of its own."""


class Kind(Enum):
    """The use of a document, which decides what the document must and may contain."""

    IDENTITY = "identity"
    TRUST = "trust"
    RESOURCE = "resource"
    SESSION = "session"
    CONTROL = "control"


class Effect(Enum):
    """The effect of a statement when all of it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


class PrincipalType(Enum):
    """The name under which a principal was written."""

    RAM = "RAM"
    SERVICE = "Service"
    FEDERATED = "Federated"
    ANYONE = "*"


class Quantifier(Enum):
    """The set prefix of a condition operator."""

    ALL = "ForAllValues"
    ANY = "ForAnyValue"


class PrincipalName(msgspec.Struct, frozen=True, kw_only=True):
    """One principal as written; `value` follows the grammar of its type (principals.py)."""

    type: PrincipalType
    value: str


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One operator applied to one key; the values are alternatives.

    `operator` is a name of operators.OPERATORS without prefix; `key` keeps its spelling.
    """

    quantifier: Quantifier | None
    operator: str
    key: str
    values: tuple[str, ...]

    @property
    def written(self) -> str:
        """The operator with its prefix, as the document spells it."""
        return f"{self.quantifier.value}:{self.operator}" if self.quantifier else self.operator


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One statement; `index` is its position in the document, from 0.

    With `actions_excluded` the actions are a NotAction, with `resources_excluded` the resources a
    NotResource. A trust statement has no Resource: its resources are `("*",)`. `principals` is
    None where the kind has none.
    """

    index: int
    sid: str | None
    effect: Effect
    actions: tuple[str, ...]
    actions_excluded: bool
    resources: tuple[str, ...]
    resources_excluded: bool
    principals: tuple[PrincipalName, ...] | None
    conditions: tuple[Condition, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A well-formed policy document of version "1"."""

    kind: Kind
    statements: tuple[Statement, ...]
