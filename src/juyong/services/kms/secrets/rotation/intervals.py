"""How often a secret is rotated by itself.

Source: KMS API reference, UpdateSecretRotationPolicy, RotationInterval (documented): 6 hours to
365 days.
"""

from typing import Annotated

from juyong.api.fields import Text
from juyong.base.clock import Instant
from juyong.services.kms.errors import InvalidParameter, MissingParameter
from juyong.services.kms.intervals import parse_interval

Interval = Annotated[str, Text(1, 16)]
ENABLED, DISABLED, INVALID = "Enabled", "Disabled", "Invalid"
_HOUR = 3600
LEAST_SECONDS, MOST_SECONDS = 6 * _HOUR, 8760 * _HOUR


def rotation_seconds(text: str | None) -> int:
    """Return an interval in seconds.

    Raises:
        MissingParameter: there is none.
        InvalidParameter: it is no interval, or outside 6 to 8760 hours.
    """
    if text is None:
        raise MissingParameter(name="RotationInterval")
    seconds = parse_interval(text)
    if seconds is None or not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise InvalidParameter(name="RotationInterval")
    return seconds


def next_rotation(since: Instant, seconds: int, now: Instant) -> Instant:
    """Return when the next rotation is due; at once when that has passed already."""
    return Instant(max(since + seconds, now))
