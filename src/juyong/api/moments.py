"""Moments of the past as people write them in commands: `2026-11-24`, `7d` ago."""

import re

from juyong.api.command import BadInput
from juyong.base.clock import Instant, parse_iso, system_clock

_AGE = re.compile(r"([1-9][0-9]{0,5})([mhd])", re.ASCII)
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


def moment_or_now(text: str) -> Instant | None:
    """Read a time as `moment_of` does; None, which is now, where the text is empty."""
    return moment_of(text) if text else None


def moment_of(text: str) -> Instant:
    """Read a time: `2026-11-24T10:00:00Z`, `2026-11-24`, or `7d`, `12h`, `30m` ago.

    Raises:
        BadInput: the text is no time.
    """
    age = _AGE.fullmatch(text)
    if age is not None:
        return Instant(system_clock() - int(age[1]) * _SECONDS[age[2]])
    try:
        return parse_iso(text if "T" in text else f"{text}T00:00:00Z")
    except ValueError:
        raise BadInput(
            f"`{text}` is no time: write 2026-11-24T10:00:00Z, 2026-11-24 or 7d"
        ) from None
