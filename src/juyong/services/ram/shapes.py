"""Answers of RAM operations that more than one module gives."""

from juyong.api.shape import Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.services.ram.tables import UserRow


class User(Shape, frozen=True, kw_only=True):
    """A user as GetUser returns it; LastLoginDate is empty if it never signed in."""

    user_id: str
    user_name: str
    display_name: str
    mobile_phone: str
    email: str
    comments: str
    create_date: str
    update_date: str
    last_login_date: str


def user_of(row: UserRow) -> User:
    """Present a user row."""
    return User(
        user_id=row.user_id,
        user_name=row.user_name,
        display_name=row.display_name,
        mobile_phone=row.mobile_phone,
        email=row.email,
        comments=row.comments,
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
        last_login_date=iso_or_empty(row.last_login_at),
    )
