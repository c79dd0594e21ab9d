"""Answers of RAM operations that more than one module gives."""

from typing import Any

import msgspec

from juyong.api.shape import Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.services.ram.tables import UserRow

TextIfSet = str | msgspec.UnsetType
"""A text that is absent where nothing was set (observed in ListUsers, 2021-05)."""


def set_or_absent(text: str) -> TextIfSet:
    """Return a text as answers show it that are without what was not set."""
    return text or msgspec.UNSET


class NewUser(Shape, frozen=True, kw_only=True):
    """A user as CreateUser returns it; MobilePhone and Email are absent where they are not set."""

    user_id: str
    user_name: str
    display_name: str
    mobile_phone: TextIfSet = msgspec.UNSET
    email: TextIfSet = msgspec.UNSET
    comments: str
    create_date: str


class ListedUser(NewUser, frozen=True, kw_only=True):
    """A user as lists and UpdateUser return it."""

    update_date: str


class User(ListedUser, frozen=True, kw_only=True):
    """A user as GetUser returns it; LastLoginDate is empty if it never signed in."""

    last_login_date: str


def new_user_of(row: UserRow) -> NewUser:
    """Present a user that was just created."""
    return NewUser(**_basics(row))


def listed_user_of(row: UserRow) -> ListedUser:
    """Present a user in a list."""
    return ListedUser(**_basics(row), update_date=iso(row.updated_at))


def user_of(row: UserRow) -> User:
    """Present a user row in full."""
    return User(
        **_basics(row),
        update_date=iso(row.updated_at),
        last_login_date=iso_or_empty(row.last_login_at),
    )


def _basics(row: UserRow) -> dict[str, Any]:
    return {
        "user_id": row.user_id,
        "user_name": row.user_name,
        "display_name": row.display_name,
        "mobile_phone": set_or_absent(row.mobile_phone),
        "email": set_or_absent(row.email),
        "comments": row.comments,
        "create_date": iso(row.created_at),
    }
