"""A string that never shows itself: not in a repr, a log line, an event or an error text."""

import hmac

from juyong.base.mac_key import Algorithm, MacKey


class Secret:
    """Hold a secret; `reveal()` is the only way to its text, and easy to search for.

    The type marks the value for everything downstream: the audit record writes `****` for it, the
    store seals it, and the answer encoder is the one place that reveals it to its owner.
    """

    __slots__ = ("_keys", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        self._keys: dict[tuple[Algorithm, str], MacKey] | None = None

    def reveal(self) -> str:
        """Return the secret text."""
        return self._value

    def keyed(self, algorithm: Algorithm, ending: str = "") -> MacKey:
        """Return the secret, and what the algorithm adds to its end, as a key of HMACs.

        PERF: kept, since the gateway verifies many requests under one secret.
        """
        if self._keys is None:
            self._keys = {}
        made = self._keys.get((algorithm, ending))
        if made is None:
            made = self._keys[algorithm, ending] = MacKey(
                f"{self._value}{ending}".encode(), algorithm
            )
        return made

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
