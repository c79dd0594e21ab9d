"""Rotation intervals: `365d`, `8760h`, `525600m` or `31536000s`.

Source: KMS API reference, CreateKey and UpdateRotationPolicy, "RotationInterval" (documented).
"""

import re

from juyong.services.kms.errors import InvalidParameter, MissingParameter

DAY = 86_400
_UNITS = {"d": DAY, "h": 3600, "m": 60, "s": 1, "": 1}
_SHAPE = re.compile(r"([1-9][0-9]{0,9})([dhms]?)", re.ASCII)


def interval_text(seconds: int) -> str:
    """Render an interval as answers do: in seconds, with the unit."""
    return f"{seconds}s"


def seconds_between(text: str | None, least: int, most: int) -> int:
    """Return a RotationInterval in seconds; raises MissingParameter, InvalidParameter."""
    if text is None:
        raise MissingParameter(name="RotationInterval")
    found = _SHAPE.fullmatch(text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else -1
    if not least <= seconds <= most:
        raise InvalidParameter(name="RotationInterval")
    return seconds
