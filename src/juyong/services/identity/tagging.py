"""Tags: what they may be, how they are stored, and the condition keys they feed.

Source: RAM API reference, TagResources; acs:RequestTag and acs:ResourceTag (documented). That two
keys of one resource may not differ in case alone is assumed: condition keys compare without case,
so that a policy could not tell such tags apart.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items
from juyong.api.shape import Shape
from juyong.api.tag_keys import clashes
from juyong.base.ids import AccountId
from juyong.base.names import BadResourceName, parse_resource_name
from juyong.services.identity.policies.tables import TagRow
from juyong.services.identity.roles.lookup import find_role
from juyong.services.identity.users.tables import UserRow
from juyong.store.transaction import Transaction

MOST = 20


_LONGEST = 128


_RESERVED = re.compile(r"(?i)(aliyun|acs:)")


_LINK = re.compile(r"(?i)https?://")


class BadTag(ApiError):
    """A key or value is too long, reserved, holds a link, or repeats another key."""

    code, status, text = "InvalidParameter.Tag", 400, 'The parameter - "Tag" is incorrect.'


class TooManyTags(ApiError):
    """The resource would hold more than its quota `ram.tags`."""

    code, status, text = "LimitExceeded.Tag", 409, "The count of tags beyond the current limits."


class TagParameter(Shape, frozen=True, kw_only=True):
    """One tag as a request gives it; as a filter, an empty value means any."""

    key: str
    value: str = ""


class Tag(Shape, frozen=True, kw_only=True):
    """One tag as lists return it."""

    tag_key: str
    tag_value: str


class TagList(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of tags."""

    tag: list[Tag]


Tags = Annotated[list[TagParameter], Items(1, MOST), Doc("1 to 20 tags.")]


def tag_list(tags: Mapping[str, str]) -> TagList:
    """Present the tags of one resource, by key."""
    return TagList(tag=[Tag(tag_key=k, tag_value=v) for k, v in sorted(tags.items())])


def tags_of(
    tx: Transaction, account_id: AccountId, resource_type: str, resource_id: str
) -> dict[str, str]:
    """Return the tags of one resource."""
    rows = tx.find(
        TagRow, account_id=account_id, resource_type=resource_type, resource_id=resource_id
    )
    return {row.tag_key: row.tag_value for row in rows}


def tags_by_resource(ctx: Context, resource_type: str) -> Mapping[str, Mapping[str, str]]:
    """Return resource id to tags for every tagged resource of a type in the account.

    Cost: one indexed read of all those tags.
    """
    held: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in ctx.tx.find(TagRow, account_id=ctx.account_id, resource_type=resource_type):
        held[row.resource_id][row.tag_key] = row.tag_value
    return held


def tagged_with(
    tags: Mapping[str, Mapping[str, str]], wanted: list[TagParameter]
) -> frozenset[str]:
    """Return the ids of the resources that bear all the tags wanted."""
    return frozenset(
        resource_id
        for resource_id, held in tags.items()
        if all(t.key in held and t.value in ("", held[t.key]) for t in wanted)
    )


def set_tags(ctx: Context, resource_type: str, resource_id: str, tags: list[TagParameter]) -> None:
    """Add tags to a resource or change their values.

    Raises:
        BadTag: a tag is refused.
        TooManyTags: the resource would hold more than `ram.tags` (20).
    """
    _check(tags)
    held = {
        row.tag_key: row
        for row in ctx.tx.find(
            TagRow,
            account_id=ctx.account_id,
            resource_type=resource_type,
            resource_id=resource_id,
        )
    }
    keys = {*held, *(tag.key for tag in tags)}
    if clashes(held, (tag.key for tag in tags)):
        raise BadTag
    if len(keys) > ctx.quota("ram.tags", MOST):
        raise TooManyTags
    for tag in tags:
        row = held.get(tag.key)
        if row is not None:
            ctx.tx.update(row, tag_value=tag.value)
            continue
        ctx.tx.insert(
            TagRow(
                account_id=ctx.account_id,
                resource_type=resource_type,
                resource_id=resource_id,
                tag_key=tag.key,
                tag_value=tag.value,
            )
        )


def remove_tags(
    ctx: Context, resource_type: str, resource_id: str, keys: Iterable[str] | None = None
) -> None:
    """Take tags off a resource: those named, or all."""
    wanted = None if keys is None else frozenset(keys)
    for row in ctx.tx.find(
        TagRow, account_id=ctx.account_id, resource_type=resource_type, resource_id=resource_id
    ):
        if wanted is None or row.tag_key in wanted:
            ctx.tx.delete(row)


def _check(tags: list[TagParameter]) -> None:
    for tag in tags:
        good = (
            1 <= len(tag.key) <= _LONGEST
            and len(tag.value) <= _LONGEST
            and not _RESERVED.match(tag.key)
            and not _LINK.search(tag.key)
            and not _LINK.search(tag.value)
        )
        if not good:
            raise BadTag
    if clashes((), (tag.key for tag in tags)):
        raise BadTag


def request_tags(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key> and acs:TagKeys of a call that sends tags or tag keys."""
    tags: list[TagParameter] = arguments.get("tag") or []
    keys = [tag.key for tag in tags] + (arguments.get("tag_keys") or [])
    found: dict[str, tuple[str, ...]] = {f"acs:RequestTag/{tag.key}": (tag.value,) for tag in tags}
    if keys:
        found["acs:TagKeys"] = tuple(keys)
    return found


def resource_tags(ctx: Context, resource: str) -> dict[str, tuple[str, ...]]:
    """Return acs:ResourceTag/<key> of one user, role or policy of the caller's account.

    Cost: one or two indexed reads.
    """
    try:
        name = parse_resource_name(resource)
    except BadResourceName:
        return {}
    sort, _, label = name.relative.partition("/")
    if name.account_id != ctx.account_id or not label or label == "*":
        return {}
    resource_id = _id_of(ctx, sort, label)
    if resource_id is None:
        return {}
    held = tags_of(ctx.tx, ctx.account_id, sort, resource_id)
    return {f"acs:ResourceTag/{key}": (value,) for key, value in held.items()}


def _id_of(ctx: Context, sort: str, label: str) -> str | None:
    if sort == "policy":
        return label
    if sort == "role":
        role = find_role(ctx.tx, ctx.account_id, label)
        return role.role_id if role else None
    if sort == "user":
        user = ctx.tx.find_one(UserRow, account_id=ctx.account_id, user_name=label)
        return user.user_id if user else None
    return None
