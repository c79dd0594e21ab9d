"""The headers that an object keeps, and that reads answer.

Source: OSS API reference, PutObject (documented): the names, the default of the media type, 8 KB of
metadata.
"""

from typing import Annotated

import msgspec

from juyong.api.fields import Doc, Grouped, Header, HeadersOf
from juyong.services.oss.errors import BadArgument

_MOST_META = 8 * 1024
_META = "x-oss-meta-"


class KeptHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """The headers of a call that makes an object, as sent."""

    content_type: Annotated[str, Header("Content-Type"), Doc("The media type.")] = ""
    cache_control: Annotated[str | None, Header("Cache-Control"), Doc("Answered by reads.")] = None
    content_disposition: Annotated[
        str | None, Header("Content-Disposition"), Doc("Answered by reads.")
    ] = None
    content_encoding: Annotated[
        str | None, Header("Content-Encoding"), Doc("Answered by reads.")
    ] = None
    content_language: Annotated[
        str | None, Header("Content-Language"), Doc("Answered by reads.")
    ] = None
    expires: Annotated[str | None, Header("Expires"), Doc("Answered by reads.")] = None
    meta: Annotated[dict[str, str], HeadersOf(_META), Doc("Headers that reads answer.")] | None = (
        None
    )

    def checked(self) -> dict[str, str]:
        """Return the headers by their names, in small letters.

        Raises:
            BadArgument: the metadata is longer than 8 KB.
        """
        own = {f"{_META}{name}": value for name, value in (self.meta or {}).items()}
        if sum(len(name) + len(value) for name, value in own.items()) > _MOST_META:
            raise BadArgument(ArgumentName="x-oss-meta")
        members = msgspec.structs.asdict(self).items()
        named = {
            name.replace("_", "-"): value for name, value in members if value and name != "meta"
        }
        return {"content-type": "application/octet-stream", **named, **own}


Kept = Annotated[KeptHeaders, Grouped()]
