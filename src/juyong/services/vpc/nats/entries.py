"""Rules that SNAT and DNAT entries have in common: which gateway a list is about."""

from juyong.api.access import ResourceRule
from juyong.api.context import Arguments, Context
from juyong.api.resource import Resource
from juyong.services.network.public.nat import NAT_GATEWAY
from juyong.services.network.public.tables import NatRow
from juyong.services.vpc.nats.fields import NoTable


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
