"""Times as OSS writes them."""

from datetime import UTC, datetime
from email.utils import format_datetime

from juyong.base.clock import Instant, iso

DAY = 24 * 3600
"""Seconds."""


def xml_time(at: Instant) -> str:
    """Write a time for XML: `2024-05-01T12:00:00.000Z`."""
    return iso(at).replace("Z", ".000Z")


def http_time(at: Instant) -> str:
    """Write a time for a header: `Wed, 01 May 2024 12:00:00 GMT`."""
    return format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)
