"""Rules that SNAT and DNAT entries have in common: names, and the gateway of a list."""

import re
from typing import Annotated

from juyong.api.access import ResourceRule
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Clearable, Doc, Raises
from juyong.api.resource import Resource
from juyong.services.network.public.nat import NAT_GATEWAY
from juyong.services.network.public.tables import NatRow
from juyong.services.vpc.nats.fields import NoTable

_NAME = re.compile(r"(?s)(?!https?://)[A-Za-z\u4e00-\u9fff].{1,127}")
BadName = fact(
    "InvalidParameter.Name.Malformed",
    400,
    "The specified Name is not valid.",
    why="The name of an entry does not begin with a letter, is a link, or has not 2 to 128"
    " characters.",
)
EntryName = Annotated[
    str, Clearable(), Raises((BadName,)), Doc("2 to 128 characters, a letter first; or empty.")
]


def checked_name(name: str) -> str:
    """Return a name that an entry can have.

    Raises:
        BadName: none can have the name.
    """
    if name and _NAME.fullmatch(name) is None:
        raise BadName
    return name


def on_table(table: Resource[NatRow], parameter: str) -> ResourceRule:
    """Name the table of a list; a list of a gateway's entries is about all tables."""

    def named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
        return (table.arn_named(ctx, arguments.get(parameter) or "*"),)

    return named


def gateway_of(
    ctx: Context, table: Resource[NatRow], table_id: str | None, nat_id: str | None
) -> NatRow:
    """Return the gateway that a list is about, by a table, by the gateway, or by both.

    Raises:
        NoTable: neither is given. ApiError: there is no such table, or gateway, or they differ.
    """
    if table_id is None:
        if nat_id is None:
            raise NoTable
        return NAT_GATEWAY.the(ctx, nat_id)
    row = table.the(ctx, table_id)
    if nat_id not in (None, row.nat_id):
        raise table.errors[0]
    return row
