"""Quote names for MySQL and MariaDB, whose driver has no facility of its own."""

import re

from juyong.services.rds.errors import Refused

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.$-]{0,63}", re.ASCII)
EVERYWHERE = "%"
"""The host part of the accounts that are managed: from any address."""


def quoted(name: str) -> str:
    """Quote an account's or a database's name.

    Raises:
        Refused: it holds anything but ASCII letters, digits and `_ . $ -`.
    """
    if not _NAME.fullmatch(name):
        raise Refused("a name has 1 to 64 ASCII letters, digits, `_`, `.`, `$` or `-`")
    return f"`{name}`"


def account(name: str) -> str:
    """Quote an account's name with its host part."""
    return f"{quoted(name)}@`{EVERYWHERE}`"


def database_in_grant(name: str) -> str:
    """Quote a database's name where it is a pattern: `_` would stand for any character."""
    return quoted(name).replace("_", r"\_")


def from_grant(pattern: str) -> str:
    """Return the database that a pattern made by database_in_grant is for."""
    return pattern.replace(r"\_", "_")
