"""The one range of bytes that a read may ask for.

Source: OSS API reference, GetObject (documented): a range that is malformed, one of several, or
behind the end is passed over unless the standard behaviour is asked for.
"""

import re

import msgspec

from juyong.services.oss.errors import InvalidRange

_ONE = re.compile(r"bytes=([0-9]{0,19})-([0-9]{0,19})", re.ASCII)
STANDARD = "standard"


class Range(msgspec.Struct, frozen=True):
    """Bytes of a body from `start` on."""

    start: int
    length: int

    def described(self, size: int) -> str:
        """Return the value of Content-Range, for a body of so many bytes."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def range_of(text: str | None, size: int, behavior: str | None) -> Range | None:
    """Return the range that a read means, None for the whole body.

    Args:
        text: The header, as sent.
        size: Bytes of the body; the range is cut at its end.
        behavior: `standard` refuses a range that begins behind the end.

    Raises:
        InvalidRange: as said.
    """
    found = _ONE.fullmatch(text.strip()) if text else None
    if found is None:
        return None
    first, last = found.groups()
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
    elif last:
        start, end = max(size - int(last), 0), size - 1
    else:
        return None
    if end < start:
        if behavior == STANDARD:
            told = {"Content-Range": f"bytes */{size}"}
            raise InvalidRange(ActualObjectSize=str(size), RangeHeader=text or "").telling(told)
        return None
    return Range(start, end - start + 1)
