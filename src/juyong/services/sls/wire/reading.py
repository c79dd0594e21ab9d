"""The parts of a request: its project, its dates, its query, its body.

Source: SLS API reference, common request headers (documented).
"""

import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from juyong.api import registry
from juyong.api.hosts import name_of
from juyong.api.request import Raw
from juyong.api.signature_v4 import Credential
from juyong.base.clock import Instant
from juyong.services.sls.errors import BadBody
from juyong.services.sls.wire import errors

KEY_ID = re.compile(r"[!-~]{1,128}")
_MOST_PARAMETERS = 1000
_END_OF_TIME = 253402300800
"""The first second of the year 10000, which no date has."""
_OF_ADDRESS = re.compile(r"([a-z0-9-]{3,63})\.(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|localhost)")
BODY = "body"
"""The parameter that a body is which is a list."""


def scope_of(credential: Credential, raw: Raw, moment: Instant) -> str:
    """Return what the signing key is derived for.

    Raises:
        BadDate: the day is not that of the date.
        BadAuthorization: the region is not that of the host.
    """
    if not credential.is_of_day(moment):
        raise errors.BadDate
    if credential.region != (slots_of(raw).get("region") or credential.region):
        raise errors.BadAuthorization
    return credential.scope


def slots_of(raw: Raw) -> Mapping[str, str]:
    """Return the project and the region that the host names, as far as it does."""
    return registry.current().at_host(name_of(raw.host), "")[1]


def project_of(raw: Raw) -> str:
    """Return the project that the host names, of the cloud or before an address; empty for none."""
    found = _OF_ADDRESS.fullmatch(name_of(raw.host))
    return found[1] if found else slots_of(raw).get("project", "")


def decoded(text: str) -> str:
    """Decode a part of an address.

    Raises:
        BadQuery: it is no UTF-8.
    """
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise errors.BadQuery from None


def pairs_in(query: str) -> list[tuple[str, str | None]]:
    """Read the query; a `+` is a space, and a name may stand without `=`.

    Raises:
        BadQuery: it is no UTF-8, gives a parameter twice, or has too many. SECURITY: a parameter
            that is given twice could be judged by one value and served by the other.
    """
    parts = query.split("&") if query else []
    if len(parts) > _MOST_PARAMETERS:
        raise errors.BadQuery
    found = []
    for part in parts:
        name, equals, value = part.replace("+", " ").partition("=")
        found.append((decoded(name), decoded(value) if equals else None))
    names = [name for name, _ in found]
    if len(set(names)) < len(names):
        raise errors.BadQuery
    return [pair for pair in found if pair[0]]


def moment(date: str) -> Instant:
    """Read a date of HTTP, or `20260101T000000Z`.

    Raises:
        BadDate: it has another form.
    """
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, OverflowError, TypeError):
        try:
            at = datetime.strptime(date, "%Y%m%dT%H%M%SZ")  # noqa: DTZ007  # UTC by its Z
        except ValueError:
            raise errors.BadDate from None
    seconds = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    if not 0 <= seconds < _END_OF_TIME:
        raise errors.BadDate
    return Instant(seconds)


def members_of(raw: Raw) -> dict[str, Any]:
    """Return the parameters in a JSON body; a list is the one parameter `body`.

    Raises:
        BadBody: it is neither an object nor a list.
        BadCompression: it is compressed, as only logs are.
    """
    if not raw.body:
        return {}
    if raw.headers.get("x-log-compresstype"):
        raise errors.BadCompression
    try:
        found = msgspec.json.decode(raw.body)
    except (ValueError, RecursionError):
        raise BadBody from None
    if isinstance(found, list):
        return {BODY: found}
    if not isinstance(found, dict):
        raise BadBody
    return found


def hex_digest(text: str) -> bytes | None:
    """Return the bytes of a digest in hex, of either case; None where it is none."""
    try:
        return binascii.unhexlify(text)
    except (binascii.Error, ValueError):
        return None
