"""The parts of a request that several kinds of claims are read from.

Source: OSS API reference, signatures (documented).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from juyong.api import registry
from juyong.api.hosts import name_of
from juyong.api.request import Raw
from juyong.api.signature_v4 import Credential
from juyong.base.clock import Instant
from juyong.services.oss.errors import BadArgument, Forbidden

KEY_ID = re.compile(r"[!-~]{1,128}")
_END_OF_TIME = 253402300800
"""The first second of the year 10000, which no date has."""
LONGEST_V4 = 7 * 24 * 3600
"""The seconds for which what V4 signs once may be good."""


def decoded(text: str) -> str:
    """Decode a part of an address.

    Raises:
        BadArgument: it is no UTF-8.
    """
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BadArgument from None


def slots_of(raw: Raw) -> Mapping[str, str]:
    """Return the bucket and the region that the host names, as far as it does."""
    return registry.current().at_host(name_of(raw.host), "")[1]


def resource_of(raw: Raw) -> str:
    """Return `/bucket/key`, `/bucket/` or `/`, decoded, whatever the style of the host."""
    path = decoded(raw.path) or "/"
    bucket = slots_of(raw).get("bucket", "")
    whole = f"/{bucket}{path}" if bucket else path
    return f"{whole}/" if whole.count("/") == 1 and whole != "/" else whole


def scope_of(credential: Credential, raw: Raw, moment: Instant) -> str:
    """Return what the signing key is derived for.

    Raises:
        BadArgument: the day is not that of the date, or the region not that of the host.
    """
    if not credential.is_of_day(moment):
        raise BadArgument(ArgumentName="x-oss-date")
    if credential.region != (slots_of(raw).get("region") or credential.region):
        raise BadArgument(ArgumentName="region", ArgumentValue=credential.region)
    return credential.scope


def compact(date: str) -> Instant:
    """Read `20260101T000000Z`.

    Raises:
        Forbidden: it has another form.
    """
    try:
        at = datetime.strptime(date, "%Y%m%dT%H%M%SZ")  # noqa: DTZ007  # UTC by its Z
    except ValueError:
        raise Forbidden from None
    return instant(at.replace(tzinfo=UTC))


def instant(at: datetime) -> Instant:
    """Return a moment that dates of the platform can have.

    Raises:
        Forbidden: it lies outside.
    """
    seconds = int(at.timestamp())
    if not 0 <= seconds < _END_OF_TIME:
        raise Forbidden
    return Instant(seconds)
