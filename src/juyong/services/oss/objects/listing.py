"""Lists of the newest versions of objects, in two forms.

Source: OSS API reference, ListObjects, ListObjectsV2 (documented); recorded answers of 2026-05
(live); that oss2 wants empty elements (observed).
"""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.fields import Between, Doc, OneOf, Wire
from juyong.api.shape import Of, Shape
from juyong.services.oss.buckets.buckets import Owner
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.errors import BadArgument
from juyong.services.oss.moments import xml_time
from juyong.services.oss.objects.walk import Page, Walk, page_of
from juyong.services.oss.tables import BucketRow, ObjectRow

DEFAULT = 100
_LONGEST = 1023
Text = str | msgspec.UnsetType
MaxKeys = Annotated[int, Wire("max-keys"), Between(1, 1000), Doc("How many keys and prefixes.")]
Prefix = Annotated[str, Doc("Only keys that begin so.")]
Delimiter = Annotated[str, Doc("Keys are grouped up to the next one.")]
Encoding = Annotated[str | None, Wire("encoding-type"), OneOf(("url",)), Doc("`url` escapes keys.")]
Spell = Callable[[str], str]


class ListedObject(Shape, frozen=True, kw_only=True):
    """One object in a list."""

    key: str
    last_modified: Annotated[str, Of("modified_at", xml_time)]
    e_tag: Annotated[str, Of("etag", lambda etag: f'"{etag}"')] = msgspec.field(name="ETag")
    type: Annotated[str, Of("kind")]
    size: int
    storage_class: str
    owner: Owner | msgspec.UnsetType = msgspec.UNSET


class CommonPrefix(Shape, frozen=True, kw_only=True):
    """Keys that are one entry."""

    prefix: str


class ObjectList(Shape, frozen=True, kw_only=True):
    """A page of ListObjects."""

    name: str
    prefix: str
    marker: str
    max_keys: int
    delimiter: str
    encoding_type: Text = msgspec.UNSET
    is_truncated: bool
    next_marker: Text = msgspec.UNSET
    contents: list[ListedObject]
    common_prefixes: list[CommonPrefix]


class ObjectListV2(Shape, frozen=True, kw_only=True):
    """A page of ListObjectsV2."""

    name: str
    prefix: str
    start_after: Text = msgspec.UNSET
    continuation_token: Text = msgspec.UNSET
    max_keys: int
    delimiter: str
    encoding_type: Text = msgspec.UNSET
    is_truncated: bool
    next_continuation_token: Text = msgspec.UNSET
    contents: list[ListedObject]
    common_prefixes: list[CommonPrefix]
    key_count: int


def checked(**texts: str) -> None:
    """Refuse prefixes and markers that are longer than a key.

    Raises:
        BadArgument: names the parameter.
    """
    for name, text in texts.items():
        if len(text.encode()) > _LONGEST:
            raise BadArgument(ArgumentName=name.replace("_", "-"))


def spelling(encoding: str | None) -> Spell:
    """Return how names are written: as they are, or escaped, a space as %20."""
    return (lambda text: quote(text, safe="-_.~/")) if encoding else (lambda text: text)


def _walk(
    bucket: BucketRow, prefix: str, after: bytes, delimiter: str, limit: int
) -> Walk[ObjectRow]:
    return Walk(
        row=ObjectRow,
        where={"bucket_name": bucket.bucket_name, "latest": True, "marker": False},
        prefix=prefix.encode(),
        delimiter=delimiter.encode(),
        after=after,
        limit=limit,
    )


def conditions(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return oss:Prefix, oss:Delimiter and oss:MaxKeys; an absent prefix is an empty one."""
    return {
        "oss:Prefix": (arguments.get("prefix") or "",),
        "oss:Delimiter": (arguments.get("delimiter") or "",),
        "oss:MaxKeys": (str(arguments.get("max_keys") or DEFAULT),),
    }


def _shown(page: Page[ObjectRow], spell: Spell, *, owner: bool) -> list[ListedObject]:
    return [
        ListedObject.of(
            row,
            key=spell(row.object_key.decode()),
            owner=Owner.of(row) if owner else msgspec.UNSET,
        )
        for row in page.rows
    ]


def prefixes(page: Page[Any], spell: Spell) -> list[CommonPrefix]:
    """Show the groups of a page."""
    return [CommonPrefix(prefix=spell(each.decode())) for each in page.groups]


@on_bucket(
    "ListObjects",
    "GET",
    audit="data",
    conditions=conditions,
    raises=(BadArgument,),
    root="ListBucketResult",
    scans=True,
)
def list_objects(
    ctx: Context,
    bucket: BucketRow,
    *,
    prefix: Prefix = "",
    marker: Annotated[str, Doc("Only what comes behind it.")] = "",
    delimiter: Delimiter = "",
    max_keys: MaxKeys = DEFAULT,
    encoding_type: Encoding = None,
) -> ObjectList:
    """List the objects of a bucket by key."""
    checked(prefix=prefix, marker=marker)
    page = page_of(ctx.tx, _walk(bucket, prefix, marker.encode(), delimiter, max_keys))
    spell = spelling(encoding_type)
    return ObjectList(
        name=bucket.bucket_name,
        prefix=spell(prefix),
        marker=spell(marker),
        max_keys=max_keys,
        delimiter=spell(delimiter),
        encoding_type=encoding_type or msgspec.UNSET,
        is_truncated=page.last is not None,
        next_marker=spell(page.key) if page.key else msgspec.UNSET,
        contents=_shown(page, spell, owner=True),
        common_prefixes=prefixes(page, spell),
    )


@on_bucket(
    "ListObjectsV2",
    "GET",
    "list-type",
    audit="data",
    action="oss:ListObjects",
    conditions=conditions,
    raises=(BadArgument,),
    root="ListBucketResult",
    scans=True,
)
def list_objects_v2(
    ctx: Context,
    bucket: BucketRow,
    *,
    list_type: Annotated[str, Wire("list-type"), OneOf(("2",)), Doc("`2`.")],  # noqa: ARG001  # a mark
    prefix: Prefix = "",
    start_after: Annotated[str, Wire("start-after"), Doc("Only what comes behind it.")] = "",
    continuation_token: Annotated[
        str | None, Wire("continuation-token"), Doc("Of the page before; goes before start-after.")
    ] = None,
    delimiter: Delimiter = "",
    fetch_owner: Annotated[bool, Wire("fetch-owner"), Doc("Show whose objects are.")] = False,
    max_keys: MaxKeys = DEFAULT,
    encoding_type: Encoding = None,
) -> ObjectListV2:
    """List the objects of a bucket by key, in pages that a token continues."""
    checked(prefix=prefix, start_after=start_after)
    after = _after(continuation_token) if continuation_token else start_after.encode()
    page = page_of(ctx.tx, _walk(bucket, prefix, after, delimiter, max_keys))
    spell = spelling(encoding_type)
    return ObjectListV2(
        name=bucket.bucket_name,
        prefix=spell(prefix),
        start_after=spell(start_after) if start_after else msgspec.UNSET,
        continuation_token=continuation_token or msgspec.UNSET,
        max_keys=max_keys,
        delimiter=spell(delimiter),
        encoding_type=encoding_type or msgspec.UNSET,
        is_truncated=page.last is not None,
        next_continuation_token=_token(page.key) if page.key else msgspec.UNSET,
        contents=_shown(page, spell, owner=fetch_owner),
        common_prefixes=prefixes(page, spell),
        key_count=len(page.rows) + len(page.groups),
    )


def _token(after: str) -> str:
    """Write a token of letters that clients decode to themselves."""
    return base64.urlsafe_b64encode(after.encode()).decode().rstrip("=")


def _after(token: str) -> bytes:
    try:
        found = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        found.decode()
    except (binascii.Error, ValueError):
        raise BadArgument(ArgumentName="continuation-token") from None
    return found
