"""Answers of IMS operations that more than one module gives."""

from collections.abc import Mapping
from typing import Any

import msgspec

from juyong.api.shape import Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.services.identity.account.principal_names import principal_name
from juyong.services.identity.tagging import TagList, tag_list
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import TextIfSet, set_or_absent

ACTIVE = "active"
"""The status of every user: no operation of this interface freezes one."""


class ChangedUser(Shape, frozen=True, kw_only=True):
    """A user as UpdateUser returns it.

    MobilePhone and Email are absent where they are not set; LastLoginDate is empty if the user
    never signed in.
    """

    user_id: str
    user_principal_name: str
    display_name: str
    mobile_phone: TextIfSet = msgspec.UNSET
    email: TextIfSet = msgspec.UNSET
    comments: str
    create_date: str
    update_date: str
    last_login_date: str
    provision_type: str


class TaggedUser(ChangedUser, frozen=True, kw_only=True):
    """A user with its tags."""

    tags: TagList


class NamedUser(TaggedUser, frozen=True, kw_only=True):
    """A user as GetUser returns it."""

    user_name: str


class ListedUser(TaggedUser, frozen=True, kw_only=True):
    """A user as ListUsers returns it."""

    status: str


def changed_user(row: UserRow, domain: str) -> ChangedUser:
    """Present a user row."""
    return ChangedUser(**_common(row, domain))


def tagged_user(row: UserRow, domain: str, tags: Mapping[str, str]) -> TaggedUser:
    """Present a user row and its tags."""
    return TaggedUser(**_common(row, domain), tags=tag_list(tags))


def named_user(row: UserRow, domain: str, tags: Mapping[str, str]) -> NamedUser:
    """Present a user row, its plain name and its tags."""
    return NamedUser(**_common(row, domain), tags=tag_list(tags), user_name=row.user_name)


def listed_user(row: UserRow, domain: str, tags: Mapping[str, str]) -> ListedUser:
    """Present a user row in a listing."""
    return ListedUser(**_common(row, domain), tags=tag_list(tags), status=ACTIVE)


def _common(row: UserRow, domain: str) -> dict[str, Any]:
    return {
        "user_id": row.user_id,
        "user_principal_name": principal_name(row.user_name, domain),
        "display_name": row.display_name,
        "mobile_phone": set_or_absent(row.mobile_phone),
        "email": set_or_absent(row.email),
        "comments": row.comments,
        "create_date": iso(row.created_at),
        "update_date": iso(row.updated_at),
        "last_login_date": iso_or_empty(row.last_login_at),
        "provision_type": row.provision_type,
    }
