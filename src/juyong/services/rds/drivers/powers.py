"""The accounts of MySQL and MariaDB with powers beyond their own databases.

SECURITY: the harmless privileges are listed, not the dangerous ones, since new versions of servers
bring new privileges.
"""

from collections.abc import Callable
from typing import Any

import pymysql
from pymysql.constants import ER

Rows = Callable[[str], list[Any]]

_HARMLESS = frozenset(
    {
        *("USAGE", "PROCESS", "SHOW DATABASES"),
        *("REPLICATION CLIENT", "BINLOG MONITOR", "SLAVE MONITOR", "REPLICA MONITOR"),
    }
)
"""Global privileges that only show how the server is doing."""
_GLOBAL = "SELECT GRANTEE, PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.USER_PRIVILEGES"
_ON_SYSTEM = (
    # A schema's name is a pattern here.
    "SELECT GRANTEE FROM information_schema.SCHEMA_PRIVILEGES WHERE 'mysql' LIKE TABLE_SCHEMA",
    "SELECT GRANTEE FROM information_schema.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = 'mysql'",
    "SELECT GRANTEE FROM information_schema.COLUMN_PRIVILEGES WHERE TABLE_SCHEMA = 'mysql'",
)
_NAMED = (
    "SELECT User, Host FROM mysql.procs_priv WHERE Db = 'mysql'",
    "SELECT User, Host FROM mysql.proxies_priv",
)
_ROLES_MARIADB = "SELECT User, Host, Role, '' FROM mysql.roles_mapping"
_ROLES_MYSQL = "SELECT TO_USER, TO_HOST, FROM_USER, FROM_HOST FROM mysql.role_edges"
_NO_HOST = ""
"""The host of MariaDB's roles, which have none."""


def powerful(rows: Rows, *, mariadb: bool) -> set[str]:
    """Return the accounts with such powers, held or through roles, as the server spells grantees.

    Args:
        rows: Runs a statement as the server's administrator.
        mariadb: Whether the server is MariaDB.
    """
    edges = _members(rows, mariadb=mariadb)
    found = {
        grantee
        for grantee, kind, grantable in rows(_GLOBAL)
        if kind not in _HARMLESS or grantable == "YES"
    }
    found |= {grantee for statement in _ON_SYSTEM for (grantee,) in rows(statement)}
    found |= {_grantee(*row) for statement in _NAMED for row in rows(statement)}
    if mariadb:
        roles = {role for _, _, role, _ in edges}
        found |= {_grantee(role, _NO_HOST) for role in roles if not _harmless_role(rows, role)}
    return _spread(found, edges)


def _members(rows: Rows, *, mariadb: bool) -> list[Any]:
    """Return (member, its host, role, its host); MySQL has no roles before its version 8."""
    try:
        return rows(_ROLES_MARIADB if mariadb else _ROLES_MYSQL)
    except pymysql.MySQLError as failure:
        if failure.args[:1] == (ER.NO_SUCH_TABLE,):
            return []
        raise


def _harmless_role(rows: Rows, role: str) -> bool:
    """Judge a role's global privileges, which MariaDB's USER_PRIVILEGES leaves out."""
    doubled = role.replace("`", "``")
    granted = [line.partition(" ON *.* TO ") for (line,) in rows(f"SHOW GRANTS FOR `{doubled}`")]
    own = [head for head, _, tail in granted if tail in (f"`{doubled}`", f"'{role}'")]
    everywhere = [head for head, found, _ in granted if found]
    return (
        bool(own)
        and own == everywhere
        and all(set(head.removeprefix("GRANT ").split(", ")) <= _HARMLESS for head in own)
    )


def _spread(found: set[str], edges: list[Any]) -> set[str]:
    """Add the members of powerful roles, and the members of those members."""
    members: dict[str, set[str]] = {}
    for name, host, role, role_host in edges:
        members.setdefault(_grantee(role, role_host), set()).add(_grantee(name, host))
    reached, waiting = set(found), list(found)
    while waiting:
        new = members.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return reached


def _grantee(name: str, host: str) -> str:
    return f"'{name}'@'{host}'"
