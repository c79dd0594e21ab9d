"""Times as ECS writes them."""

from juyong.base.clock import Instant, iso

NEVER = "2099-12-31T15:59Z"
"""When what is paid by use expires (assumed)."""


def minute(at: Instant) -> str:
    """Return a time as instances show it: to the minute, in UTC."""
    return f"{iso(at)[:16]}Z"
