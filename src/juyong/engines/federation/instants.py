"""Read XML Schema instants, the only form SAML allows for times."""

import re
from datetime import UTC, datetime

_UTC_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,12})?Z", re.ASCII
)


def parse_instant(text: str) -> int | None:
    """Return whole seconds since 1970 (a fraction is dropped), or None if `text` is no UTC instant.

    Source: SAML 2.0 Core, 1.3.3: times are in UTC, without a time zone component (documented).
    """
    match = _UTC_INSTANT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp())
