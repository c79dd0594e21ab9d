"""Tags: what they may be, how they are stored, the conditions they feed.

Source: KMS API reference, CreateKey, TagResource, TagResources (documented). Assumed: a request
that repeats a key, or breaks a rule in the JSON form, gets the codes TagResources documents; two
keys of one resource may not differ in case alone.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.tag_keys import clashes
from juyong.base.ids import AccountId
from juyong.base.names import BadResourceName, parse_resource_name
from juyong.services.kms.errors import InvalidParameter, LimitExceeded
from juyong.services.kms.tables import TagRow
from juyong.store.transaction import Transaction

KEY = "key"
SECRET = "secret"  # noqa: S105  # a type of resource
INSTANCE = "instance"
MOST = 20
_KINDS = {"key": KEY, "secret": SECRET, "keystore": INSTANCE}
"""How names of resources begin, and the type of resource each means."""
_LONGEST = 128
_RESERVED = re.compile(r"(?i)(aliyun|acs:)")


class DuplicateTagKey(ApiError):
    """Two tags of the request have the same key."""

    code, status, text = "Duplicate.TagKey", 400, "The tag key is duplicated."


class BadTagKey(ApiError):
    """A key is empty, too long, or begins like those of the platform."""

    code, status, text = "InvalidParameter.TagKey", 400, "The tag key is not valid."


class BadTagValue(ApiError):
    """A value is too long."""

    code, status, text = "InvalidParameter.TagValue", 400, "The tag value is not valid."


BAD_TAGS = (InvalidParameter, DuplicateTagKey, BadTagKey, BadTagValue, LimitExceeded)
"""What an operation that takes tags as JSON may answer for them."""


class Tagged(msgspec.Struct, frozen=True, kw_only=True):
    """The resource that bears tags."""

    account_id: AccountId
    region: str
    resource_type: str
    resource_id: str


class _Tag(msgspec.Struct, frozen=True, rename="pascal", forbid_unknown_fields=True):
    tag_key: str
    tag_value: str = ""


_decoder = msgspec.json.Decoder(list[_Tag])


def parse_tags(text: str, *, most: int = MOST) -> dict[str, str]:
    """Read `[{"TagKey":"k","TagValue":"v"}]`.

    Raises:
        InvalidParameter: another form, or more than `most` tags.
        DuplicateTagKey, BadTagKey, BadTagValue: one of them is refused.
    """
    try:
        tags = _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise InvalidParameter(name="Tags") from None
    if len(tags) > most:
        raise InvalidParameter(name="Tags")
    return checked_tags((tag.tag_key, tag.tag_value) for tag in tags)


def checked_tags(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the tags of a request by key.

    Raises:
        DuplicateTagKey, BadTagKey, BadTagValue: one of them is refused.
    """
    found: dict[str, str] = {}
    for key, value in tags:
        if not 1 <= len(key) <= _LONGEST or _RESERVED.match(key) or "\0" in key:
            raise BadTagKey
        if len(value) > _LONGEST or "\0" in value:
            raise BadTagValue
        if key in found:
            raise DuplicateTagKey
        found[key] = value
    return found


def tags_of(tx: Transaction, tagged: Tagged) -> dict[str, str]:
    """Return the tags of one resource, by key."""
    return {row.tag_key: row.tag_value for row in _rows(tx, tagged)}


def set_tags(ctx: Context, tagged: Tagged, tags: Mapping[str, str]) -> None:
    """Add tags to a resource or change their values.

    Raises:
        BadTagKey: a new key differs from another in case alone.
        LimitExceeded: it would hold more than its quota `kms.tags` (20).
    """
    held = {row.tag_key: row for row in _rows(ctx.tx, tagged)}
    if clashes(held, tags):
        raise BadTagKey
    if len({*held, *tags}) > ctx.quota("kms.tags", MOST):
        raise LimitExceeded
    for key, value in tags.items():
        row = held.get(key)
        if row is not None:
            ctx.tx.update(row, tag_value=value)
            continue
        ctx.tx.insert(
            TagRow(
                account_id=tagged.account_id,
                region=tagged.region,
                resource_type=tagged.resource_type,
                resource_id=tagged.resource_id,
                tag_key=key,
                tag_value=value,
            )
        )


def remove_tags(tx: Transaction, tagged: Tagged, keys: Iterable[str] | None = None) -> None:
    """Take tags off a resource, all of them without keys; keys it does not bear are passed over."""
    wanted = None if keys is None else frozenset(keys)
    for row in _rows(tx, tagged):
        if wanted is None or row.tag_key in wanted:
            tx.delete(row)


def tagged_of(resource: str) -> Tagged | None:
    """Return what a resource name of something with tags names, or None for other names."""
    try:
        name = parse_resource_name(resource)
    except BadResourceName:
        return None
    start, _, resource_id = name.relative.partition("/")
    kind = _KINDS.get(start)
    if kind is None or not resource_id:
        return None
    account_id = AccountId(name.account_id)
    if kind == INSTANCE:
        return instance_tagged(account_id, resource_id)
    return Tagged(
        account_id=account_id, region=name.region, resource_type=kind, resource_id=resource_id
    )


def instance_tagged(account_id: AccountId, instance_id: str) -> Tagged:
    """Return an instance, which every region shows, as something that bears tags."""
    return Tagged(account_id=account_id, region="", resource_type=INSTANCE, resource_id=instance_id)


def resource_tags(ctx: Context, resource: str) -> Mapping[str, tuple[str, ...]]:
    """Return kms:tag/<key> and acs:ResourceTag/<key> of one resource of a call."""
    tagged = tagged_of(resource)
    found: dict[str, tuple[str, ...]] = {}
    for key, value in (tags_of(ctx.tx, tagged) if tagged else {}).items():
        found[f"kms:tag/{key}"] = found[f"acs:ResourceTag/{key}"] = (value,)
    return found


def request_tags(ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:  # noqa: ARG001
    """Return acs:RequestTag/<key> of a call with a Tags parameter; tags refused later feed none."""
    text = arguments.get("tags")
    try:
        tags = parse_tags(text) if text else {}
    except ApiError:
        return {}
    return {f"acs:RequestTag/{key}": (value,) for key, value in tags.items()}


def _rows(tx: Transaction, tagged: Tagged) -> list[TagRow]:
    return tx.find(
        TagRow,
        order=("tag_key",),
        account_id=tagged.account_id,
        region=tagged.region,
        resource_type=tagged.resource_type,
        resource_id=tagged.resource_id,
    )
