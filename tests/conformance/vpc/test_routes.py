"""Route tables and entries through the official SDK."""

import pytest
from alibabacloud_vpc20160428 import models as m
from alibabacloud_vpc20160428.client import Client
from tests.conformance.harness import Server, refused

from juyong.base.clock import Instant
from juyong.base.ids import AccountId, new_instance_id
from juyong.services.identity.facade import NewAccount
from juyong.services.network.tables import InterfaceRow

REGION, ZONE, BLOCK = "cn-hangzhou", "cn-hangzhou-h", "192.168.0.0/16"


@pytest.fixture
def vpc(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


@pytest.fixture
def made(vpc: Client) -> m.CreateVpcResponseBody:
    return vpc.create_vpc(m.CreateVpcRequest(region_id=REGION, cidr_block="10.0.0.0/8")).body


def vswitch(vpc: Client, vpc_id: str) -> str:
    asked = m.CreateVSwitchRequest(
        region_id=REGION, vpc_id=vpc_id, zone_id=ZONE, cidr_block="10.1.0.0/16"
    )
    return vpc.create_vswitch(asked).body.v_switch_id


def interface(server: Server, account: AccountId, vpc_id: str, vswitch_id: str) -> str:
    row = InterfaceRow(
        interface_id=new_instance_id("eni"),
        account_id=account,
        region=REGION,
        vpc_id=vpc_id,
        vswitch_id=vswitch_id,
        zone_id=ZONE,
        interface_name="",
        description="",
        mac="00:16:3e:00:00:01",
        address="10.1.0.1",
        status="Available",
        created_at=Instant(1_790_000_000),
    )
    server.running.store.call(lambda tx: tx.insert(row))
    return row.interface_id


def test_a_table_from_begin_to_end(vpc: Client, made: m.CreateVpcResponseBody) -> None:
    vswitch_id = vswitch(vpc, made.vpc_id)
    asked = m.CreateRouteTableRequest(
        region_id=REGION, vpc_id=made.vpc_id, route_table_name="one", client_token="t"
    )
    table_id = vpc.create_route_table(asked).body.route_table_id
    assert vpc.create_route_table(asked).body.route_table_id == table_id
    vpc.modify_route_table_attributes(
        m.ModifyRouteTableAttributesRequest(
            region_id=REGION, route_table_id=table_id, description="text"
        )
    )
    vpc.associate_route_table(
        m.AssociateRouteTableRequest(
            region_id=REGION, route_table_id=table_id, v_switch_id=vswitch_id
        )
    )
    listed = vpc.describe_route_table_list(
        m.DescribeRouteTableListRequest(region_id=REGION, route_table_id=table_id)
    ).body
    (table,) = listed.router_table_list.router_table_list_type
    assert (table.route_table_name, table.description) == ("one", "text")
    assert table.v_switch_ids.v_switch_id == [vswitch_id]
    old = vpc.describe_route_tables(
        m.DescribeRouteTablesRequest(region_id=REGION, route_table_id=table_id)
    ).body
    assert len(old.route_tables.route_table[0].route_entrys.route_entry) == 2
    routers = vpc.describe_vrouters(
        m.DescribeVRoutersRequest(region_id=REGION, vrouter_id=made.vrouter_id)
    ).body
    (router,) = routers.vrouters.vrouter
    assert router.route_table_ids.route_table_id == [made.route_table_id, table_id]
    vpc.unassociate_route_table(
        m.UnassociateRouteTableRequest(
            region_id=REGION, route_table_id=table_id, v_switch_id=vswitch_id
        )
    )
    vpc.delete_route_table(m.DeleteRouteTableRequest(region_id=REGION, route_table_id=table_id))
    with refused("InvalidRouteTableId.NotFound", 404):
        vpc.delete_route_table(m.DeleteRouteTableRequest(region_id=REGION, route_table_id=table_id))


def test_entries_from_begin_to_end(
    vpc: Client, server: Server, account: NewAccount, made: m.CreateVpcResponseBody
) -> None:
    vswitch_id = vswitch(vpc, made.vpc_id)
    hop = interface(server, account.account_id, made.vpc_id, vswitch_id)
    table = {"region_id": REGION, "route_table_id": made.route_table_id}
    entry_id = vpc.create_route_entry(
        m.CreateRouteEntryRequest(
            **table,
            destination_cidr_block=BLOCK,
            next_hop_type="NetworkInterface",
            next_hop_id=hop,
            route_entry_name="one",
        )
    ).body.route_entry_id
    vpc.modify_route_entry(
        m.ModifyRouteEntryRequest(region_id=REGION, route_entry_id=entry_id, description="text")
    )
    listed = vpc.describe_route_entry_list(
        m.DescribeRouteEntryListRequest(**table, destination_cidr_block=BLOCK)
    ).body
    (entry,) = listed.route_entrys.route_entry
    assert (entry.route_entry_name, entry.description, entry.type) == ("one", "text", "Custom")
    assert [each.next_hop_id for each in entry.next_hops.next_hop] == [hop]
    vpc.delete_route_entry(
        m.DeleteRouteEntryRequest(**table, destination_cidr_block=BLOCK, next_hop_id=hop)
    )
    with refused("InvalidRouteEntry.NotFound", 400):
        vpc.delete_route_entry(
            m.DeleteRouteEntryRequest(**table, destination_cidr_block=BLOCK, next_hop_id=hop)
        )


def test_many_entries_at_once(
    vpc: Client, server: Server, account: NewAccount, made: m.CreateVpcResponseBody
) -> None:
    hop = interface(server, account.account_id, made.vpc_id, vswitch(vpc, made.vpc_id))
    blocks = ("192.168.0.0/16", "192.169.0.0/16", "100.64.0.0/16")
    asked = [
        m.CreateRouteEntriesRequestRouteEntries(
            route_table_id=made.route_table_id,
            dst_cidr_block=block,
            next_hop=hop,
            next_hop_type="NetworkInterface",
        )
        for block in blocks
    ]
    done = vpc.create_route_entries(
        m.CreateRouteEntriesRequest(region_id=REGION, route_entries=asked)
    ).body
    assert (done.success_count, done.failed_count) == (2, 1)
    assert done.failed_route_entries[0].failed_code == "InvalidCidrBlock"
    named = [
        m.DeleteRouteEntriesRequestRouteEntries(
            route_table_id=made.route_table_id, route_entry_id=each
        )
        for each in done.route_entry_ids
    ]
    gone = vpc.delete_route_entries(
        m.DeleteRouteEntriesRequest(region_id=REGION, route_entries=named)
    ).body
    assert (gone.success_count, gone.failed_count) == (2, 0)


def test_secondary_blocks_regions_and_zones(vpc: Client, made: m.CreateVpcResponseBody) -> None:
    given = {"region_id": REGION, "vpc_id": made.vpc_id, "secondary_cidr_block": BLOCK}
    added = vpc.associate_vpc_cidr_block(m.AssociateVpcCidrBlockRequest(**given)).body
    assert added.cidr_block == BLOCK
    vpc.unassociate_vpc_cidr_block(m.UnassociateVpcCidrBlockRequest(**given))
    regions = vpc.describe_regions(m.DescribeRegionsRequest()).body.regions.region
    assert REGION in {each.region_id for each in regions}
    zones = vpc.describe_zones(m.DescribeZonesRequest(region_id=REGION)).body.zones.zone
    assert ZONE in {each.zone_id for each in zones}
