"""Answers of RAM operations that more than one module gives."""

from juyong.api.shape import Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.services.ram.tables import UserRow


class NewUser(Shape, frozen=True, kw_only=True):
    """A user as CreateUser returns it."""

    user_id: str
    user_name: str
    display_name: str
    mobile_phone: str
    email: str
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


def _basics(row: UserRow) -> dict[str, str]:
    return {
        "user_id": row.user_id,
        "user_name": row.user_name,
        "display_name": row.display_name,
        "mobile_phone": row.mobile_phone,
        "email": row.email,
        "comments": row.comments,
        "create_date": iso(row.created_at),
    }
