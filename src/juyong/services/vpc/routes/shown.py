"""Entries of route tables as lists show them, those of the system among them.

Source: VPC API reference, DescribeRouteEntryList, DescribeRouteTables (documented); that entries of
the system have ids like others (documented), made here of the table and the destination (assumed).
"""

import hashlib
from typing import Annotated

from juyong.api.context import Context
from juyong.api.shape import Of, Shape, Within
from juyong.base.clock import Instant, iso
from juyong.engines.packet.addresses import Cidr
from juyong.services.network.cidrs import SERVICES
from juyong.services.network.routes.tables import RouteRow, RouteTableRow
from juyong.services.network.tables import VSwitchRow

SYSTEM, CUSTOM, LOCAL = "System", "Custom", "local"
_SERVICE = "service"
_ID_LETTERS = 17


class NextHop(Shape, frozen=True, kw_only=True):
    """The next hop of an entry."""

    next_hop_id: str
    next_hop_type: str
    enabled: int = 1
    weight: int = 0


class ShownRoute(Shape, frozen=True, kw_only=True):
    """One entry in DescribeRouteEntryList."""

    route_entry_id: str
    route_entry_name: str
    route_table_id: str
    destination_cidr_block: str
    description: str
    type: str
    status: str = "Available"
    origin: str
    ip_version: str = "ipv4"
    gmt_modified: str
    next_hops: Annotated[list[NextHop], Within("NextHop")]


class OldRoute(Shape, frozen=True, kw_only=True):
    """One entry in DescribeRouteTables."""

    route_entry_id: str
    route_entry_name: str
    route_table_id: str
    destination_cidr_block: str
    description: str
    type: str
    status: str
    next_hop_type: str
    instance_id: str
    next_hops: Annotated[list[NextHop], Within("NextHop")]


class Entry(Shape, frozen=True, kw_only=True):
    """One entry of a table, whoever made it."""

    entry_id: Annotated[str, Of("entry_id")]
    route_name: str = ""
    table_id: str
    destination: str
    description: str = ""
    type: str
    hop_kind: str
    hop_id: str
    updated_at: Instant

    def shown(self) -> ShownRoute:
        """Show the entry as DescribeRouteEntryList does."""
        hop = NextHop(next_hop_id=self.hop_id, next_hop_type=self.hop_kind)
        return ShownRoute(
            route_entry_id=self.entry_id,
            route_entry_name=self.route_name,
            route_table_id=self.table_id,
            destination_cidr_block=self.destination,
            description=self.description,
            type=self.type,
            origin="RouteTable",
            gmt_modified=iso(self.updated_at),
            next_hops=[hop],
        )

    def shown_in_table(self) -> OldRoute:
        """Show the entry as DescribeRouteTables does."""
        shown = self.shown()
        return OldRoute.of(
            shown,
            next_hop_type=self.hop_kind,
            instance_id=self.hop_id,
            next_hops=[NextHop(next_hop_id=self.hop_id, next_hop_type=self.hop_kind)],
        )


def entries_of(ctx: Context, table: RouteTableRow) -> list[Entry]:
    """Return all entries of a table, by destination.

    Cost: the entries of the table and the vSwitches of its VPC.
    """
    found = [Entry.of(row, type=CUSTOM) for row in ctx.tx.find(RouteRow, table_id=table.table_id)]
    found += [
        _system(table, row.cidr, LOCAL, row.created_at)
        for row in ctx.tx.find(VSwitchRow, vpc_id=table.vpc_id)
    ]
    found.append(_system(table, str(SERVICES), _SERVICE, table.created_at))
    return sorted(found, key=lambda each: Cidr.parse(each.destination))


def _system(table: RouteTableRow, destination: str, kind: str, since: Instant) -> Entry:
    digest = hashlib.sha256(f"{table.table_id} {destination}".encode()).hexdigest()
    return Entry(
        entry_id=f"rte-{digest[:_ID_LETTERS]}",
        table_id=table.table_id,
        destination=destination,
        description="Created by system.",
        type=SYSTEM,
        hop_kind=kind,
        hop_id="",
        updated_at=since,
    )
