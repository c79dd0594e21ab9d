"""Tags of objects: brought by the header of a write, or put, shown and deleted by themselves.

Source: OSS API reference, PutObjectTagging (documented): numbers, lengths and letters.
"""

import re
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import unquote_to_bytes

import msgspec

from juyong.api.access import ActionWith, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Doc, Header, Raises, XmlBody
from juyong.api.operation import Route, operation
from juyong.api.shape import Shape, Within
from juyong.services.oss.errors import BadTag
from juyong.services.oss.objects.object import ONE_VERSION, Held
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import ObjectRow

_MOST = 10
_LONGEST_KEY = 128
_LONGEST_VALUE = 256
_LETTERS = re.compile(r"[a-zA-Z0-9 +\-=._:/]*", re.ASCII)
TAGGING = "x-oss-tagging"
Tagging = Annotated[
    str | None, Header(TAGGING), Raises((BadTag,)), Doc("Tags: `key=value&key=value`.")
]


class Tag(Shape, frozen=True, kw_only=True):
    """One tag."""

    key: str
    value: str


class Tags(Shape, frozen=True, kw_only=True):
    """The tags of an object."""

    tag_set: Annotated[list[Tag], Within("Tag")]


class GivenTag(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One tag as sent; a value may be empty."""

    key: str
    value: str = ""


class GivenSet(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The wrapper around tags as sent."""

    tag: list[GivenTag] = []


class GivenTags(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """All tags of an object, in place of those before."""

    tag_set: GivenSet = GivenSet()


def checked(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return tags that an object may have, in their order.

    Raises:
        BadTag: a key comes twice or is empty, a text is too long or has other letters, or there
            are more than ten.
    """
    found: dict[str, str] = {}
    for key, value in pairs:
        fits = 1 <= len(key) <= _LONGEST_KEY and len(value) <= _LONGEST_VALUE
        if not fits or key in found or not _LETTERS.fullmatch(key + value):
            raise BadTag(Key=key, Value=value)
        found[key] = value
    if len(found) > _MOST:
        raise BadTag
    return found


def tags_in(header: str | None) -> dict[str, str]:
    """Read the header: `k=v&k2`, each part encoded as in an address.

    Raises:
        BadTag: as `checked`, or a part has two `=`.
    """
    pairs = []
    for part in header.split("&") if header else ():
        key, _, value = part.partition("=")
        if "=" in value:
            raise BadTag
        pairs.append((_decoded(key), _decoded(value)))
    return checked(pairs)


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise BadTag from None


def tags_of(row: ObjectRow) -> dict[str, str]:
    """Return the tags of an object."""
    return msgspec.json.decode(row.tags, type=dict[str, str])


def put_tags(ctx: Context, row: ObjectRow, tags: dict[str, str]) -> None:
    """Replace all tags of an object; when it was changed stays as it is."""
    ctx.tx.update(row, tags=msgspec.json.encode(tags).decode())


@operation(
    OSS,
    "PutObjectTagging",
    on=ONE_VERSION,
    action_with=ActionWith("version_id", "oss:PutObjectVersionTagging"),
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="PUT", path="/{bucket}/{key+}", marks="tagging"),
    raises=(BadTag,),
)
def put_object_tagging(
    ctx: Context,
    held: Held,
    *,
    tagging: Annotated[GivenTags, XmlBody("Tagging"), Doc("All tags that it shall have.")],
) -> RawAnswer:
    """Replace the tags of an object."""
    put_tags(ctx, held.row, checked((each.key, each.value) for each in tagging.tag_set.tag))
    return RawAnswer(headers=held.version_headers, content_type="application/xml")


@operation(
    OSS,
    "GetObjectTagging",
    on=ONE_VERSION,
    action_with=ActionWith("version_id", "oss:GetObjectVersionTagging"),
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="GET", path="/{bucket}/{key+}", marks="tagging"),
    root="Tagging",
    reads_only=True,
)
def get_object_tagging(_ctx: Context, held: Held) -> RawAnswer:
    """Show the tags of an object; none are an empty set."""
    tags = [Tag(key=key, value=value) for key, value in tags_of(held.row).items()]
    return RawAnswer(headers=held.version_headers, shape=Tags(tag_set=tags))


@operation(
    OSS,
    "DeleteObjectTagging",
    on=ONE_VERSION,
    action_with=ActionWith("version_id", "oss:DeleteObjectVersionTagging"),
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="DELETE", path="/{bucket}/{key+}", marks="tagging"),
)
def delete_object_tagging(ctx: Context, held: Held) -> RawAnswer:
    """Take all tags off an object."""
    put_tags(ctx, held.row, {})
    return RawAnswer(status=204, headers=held.version_headers)
