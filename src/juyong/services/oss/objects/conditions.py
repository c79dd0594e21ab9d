"""Conditions of a call on an object: its ETag, or when it was changed.

Source: OSS API reference, GetObject, CopyObject (documented); which test comes first (assumed).
"""

from datetime import UTC
from email.utils import parsedate_to_datetime

import msgspec

from juyong.base.clock import Instant
from juyong.services.oss.errors import PreconditionFailed
from juyong.services.oss.tables import ObjectRow


class Demands(msgspec.Struct, frozen=True, kw_only=True):
    """The values of four headers, as sent."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None
    if_unmodified_since: str | None = None

    def met_by(self, row: ObjectRow) -> bool:
        """Tell whether an object is as demanded; False where the caller knows it already (304).

        Raises:
            PreconditionFailed: it is another object, or was changed.
        """
        if self.if_match is not None and not _names(self.if_match, row.etag):
            raise PreconditionFailed(Condition="If-Match")
        limit = _moment(self.if_unmodified_since)
        if limit is not None and row.modified_at > limit:
            raise PreconditionFailed(Condition="If-Unmodified-Since")
        if self.if_none_match is not None and _names(self.if_none_match, row.etag):
            return False
        known = _moment(self.if_modified_since)
        return known is None or row.modified_at > known


def _names(tags: str, etag: str) -> bool:
    """Tell whether a list of ETags has one; with or without quotes, in any case."""
    given = [each.strip().removeprefix("W/").strip('"').upper() for each in tags.split(",")]
    return etag.upper() in given or given == ["*"]


def _moment(date: str | None) -> Instant | None:
    """Read a date; one that is malformed is passed over."""
    try:
        at = parsedate_to_datetime(date or "")
        return Instant(int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()))
    except (ValueError, TypeError, OverflowError):
        return None
