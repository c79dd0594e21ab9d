"""The inventory knows the groups and addresses of interfaces, and the entries of lists."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

_MOST_KEPT = 200
_REF = ("account_id", "resource_type", "region", "resource_id")
_resources = sa.table(
    "store_resource",
    *map(sa.column, (*_REF, "name", "arn", "state", "tags", "links", "at", "request_id")),
)
_history = sa.table(
    "store_resource_event",
    *map(sa.column, (*_REF, "name", "arn", "change", "snapshot", "tags", "links")),
    *map(sa.column, ("request_id", "at", "whole")),
)


def upgrade() -> None:
    """Apply the revision: each interface and list takes one more state, of the present time.

    What an interface or a list had before is not known, since not each change was told.
    """
    connection = op.get_bind()
    now = _now(connection)
    for kind, members in _MEMBERS.items():
        held = sa.select(_resources).where(_resources.c.resource_type == kind)
        for each in connection.execute(held).mappings().all():
            more = members(connection, each["resource_id"])
            if more is not None:
                _tell(connection, {**each, "at": now}, more)


def _now(connection: sa.Connection) -> int:
    """Return the database's time in seconds."""
    epoch: sa.ColumnElement[Any] = sa.extract("epoch", sa.func.now())
    if connection.dialect.name == "sqlite":
        epoch = sa.func.strftime("%s", "now")
    return int(float(connection.execute(sa.select(epoch)).scalar_one()))


def _tell(connection: sa.Connection, held: dict[str, Any], more: Mapping[str, object]) -> None:
    added = json.dumps(more, ensure_ascii=False, separators=(",", ":"))[1:-1]
    state = f"{held.pop('state')[:-1]},{added}}}"
    same = sa.and_(*(_resources.c[name] == held[name] for name in _REF))
    connection.execute(sa.update(_resources).where(same).values(state=state, at=held["at"]))
    event = {**held, "change": "updated", "snapshot": state, "whole": True}
    connection.execute(sa.insert(_history).values(**event))


def _column(
    connection: sa.Connection, table: str, column: str, order: str = "", **where: str
) -> list[Any]:
    """Return the values of a column, by another one if that is named."""
    names = dict.fromkeys((order or column, column, *where))
    rows = sa.table(table, *map(sa.column, names))
    same = (rows.c[name] == value for name, value in where.items())
    found = connection.execute(sa.select(rows.c[order or column], rows.c[column]).where(*same))
    # Texts are in the order of their letters, whatever the database's collation says.
    return [value for _, value in sorted(tuple(pair) for pair in found)]


def _of_interface(connection: sa.Connection, interface_id: str) -> dict[str, object] | None:
    own = {"interface_id": interface_id}
    address = _column(connection, "network_interface", "address", **own)
    if not address:
        return None
    primary = _column(connection, "network_interface", "is_primary", **own)
    found = _column(connection, "network_address", "address", "number", owner_id=interface_id)
    return {
        "Primary": bool(primary[0]),
        "SecurityGroupIds": _column(connection, "network_member", "group_id", **own),
        "PrivateIpAddresses": sorted(found, key=lambda text: text != address[0]),
    }


def _of_prefix_list(connection: sa.Connection, list_id: str) -> dict[str, object] | None:
    most = _column(connection, "network_prefix_list", "max_entries", list_id=list_id)
    if not most or most[0] > _MOST_KEPT:
        return None
    return {"Entries": _column(connection, "network_prefix", "cidr", list_id=list_id)}


def _of_port_list(connection: sa.Connection, list_id: str) -> dict[str, object]:
    return {"PortRanges": _column(connection, "network_ports", "port_range", list_id=list_id)}


_MEMBERS: dict[str, Callable[[sa.Connection, str], Mapping[str, object] | None]] = {
    "ACS::ECS::NetworkInterface": _of_interface,
    "ACS::ECS::PrefixList": _of_prefix_list,
    "ACS::ECS::PortRangeList": _of_port_list,
}
