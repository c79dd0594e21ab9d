"""A string that never shows itself: not in a repr, a log line, an event or an error text."""

import hmac


class Secret:
    """Hold a secret; `reveal()` is the only way to its text, and easy to search for.

    The type marks the value for everything downstream: the audit record writes `****` for it, the
    store seals it, and the answer encoder is the one place that reveals it to its owner.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret text."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(****)"

    __str__ = __repr__

    def same_as(self, other: "Secret") -> bool:
        """Compare two secrets in constant time."""
        return hmac.compare_digest(self._value.encode(), other.reveal().encode())

    def __eq__(self, other: object) -> bool:
        return self.same_as(other) if isinstance(other, Secret) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # a secret is no dictionary key
