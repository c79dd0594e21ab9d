"""The parts of a request that several kinds of claims are read from.

Source: OSS API reference, signatures (documented).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from juyong.api import registry
from juyong.api.hosts import name_of
from juyong.api.request import Raw
from juyong.base.clock import Instant, iso
from juyong.services.oss.errors import BadArgument, Forbidden

KEY_ID = re.compile(r"[!-~]{1,128}")
_CREDENTIAL = re.compile(r"([!-~]{1,128})/([0-9]{8})/([a-z0-9-]{1,64})/oss/aliyun_v4_request")
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


class Credential(NamedTuple):
    """The AccessKey, the day and the region that signature V4 names."""

    key_id: str
    day: str
    region: str

    @classmethod
    def of(cls, text: str) -> "Credential | None":
        """Read `id/day/region/oss/aliyun_v4_request`; None where it has another form."""
        found = _CREDENTIAL.fullmatch(text)
        return cls(*found.groups()) if found else None

    def scope(self, raw: Raw, moment: Instant) -> str:
        """Return what the signing key is derived for.

        Raises:
            BadArgument: the day is not that of the date, or the region not that of the host.
        """
        if iso(moment)[:10].replace("-", "") != self.day:
            raise BadArgument(ArgumentName="x-oss-date")
        if self.region != (slots_of(raw).get("region") or self.region):
            raise BadArgument(ArgumentName="region", ArgumentValue=self.region)
        return f"{self.day}/{self.region}/oss/aliyun_v4_request"


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
