"""One log, and the values that an index sees in it."""

import msgspec

Pairs = tuple[tuple[str, str], ...]
TAG = "__tag__:"


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """A log as it was received.

    time: seconds since 1970, as the sender says. time_ns: nanoseconds within the second, or None.
    sequence: the place of its arrival within the logstore; no two logs of a logstore share one.
    """

    time: int
    contents: Pairs = ()
    time_ns: int | None = None
    topic: str = ""
    source: str = ""
    tags: Pairs = ()
    sequence: int = 0

    def value(self, key: str) -> str | None:
        """Return the value of a key, the first where a log has several; None when it has none."""
        if key == "__topic__":
            return self.topic
        if key == "__source__":
            return self.source
        if key == "__time__":
            return str(self.time)
        pairs, name = (
            (self.tags, key.removeprefix(TAG)) if key.startswith(TAG) else (self.contents, key)
        )
        return next((value for each, value in pairs if each == name), None)
