"""VPCs and vSwitches through the official SDK."""

import pytest
from alibabacloud_vpc20160428 import models as m
from alibabacloud_vpc20160428.client import Client
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount

REGION, ZONE = "cn-hangzhou", "cn-hangzhou-h"


@pytest.fixture
def vpc(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


def create(vpc: Client, cidr: str = "10.0.0.0/8", **given) -> m.CreateVpcResponseBody:
    return vpc.create_vpc(m.CreateVpcRequest(region_id=REGION, cidr_block=cidr, **given)).body


def attribute(vpc: Client, vpc_id: str) -> m.DescribeVpcAttributeResponseBody:
    asked = m.DescribeVpcAttributeRequest(region_id=REGION, vpc_id=vpc_id)
    return vpc.describe_vpc_attribute(asked).body


def create_vswitch(vpc: Client, vpc_id: str, cidr: str = "10.1.0.0/16", **given) -> str:
    asked = m.CreateVSwitchRequest(
        region_id=REGION, vpc_id=vpc_id, zone_id=ZONE, cidr_block=cidr, **given
    )
    return vpc.create_vswitch(asked).body.v_switch_id


def test_a_vpc_and_its_vswitch_from_begin_to_end(vpc: Client) -> None:
    tags = [m.CreateVpcRequestTag(key="env", value="dev")]
    made = create(vpc, vpc_name="one", description="first", tag=tags)
    vswitch_id = create_vswitch(
        vpc, made.vpc_id, tag=[m.CreateVSwitchRequestTag(key="env", value="dev")]
    )
    listed = vpc.describe_vpcs(m.DescribeVpcsRequest(region_id=REGION, vpc_id=made.vpc_id)).body
    (shown,) = listed.vpcs.vpc
    assert listed.total_count == 1
    assert (shown.vpc_name, shown.status, shown.is_default) == ("one", "Available", False)
    assert shown.v_switch_ids.v_switch_id == [vswitch_id]
    assert shown.router_table_ids.router_table_ids == [made.route_table_id]
    assert [(each.key, each.value) for each in shown.tags.tag] == [("env", "dev")]
    vpc.modify_vpc_attribute(
        m.ModifyVpcAttributeRequest(region_id=REGION, vpc_id=made.vpc_id, vpc_name="two")
    )
    vpc.modify_vswitch_attribute(
        m.ModifyVSwitchAttributeRequest(
            region_id=REGION, v_switch_id=vswitch_id, v_switch_name="two"
        )
    )
    found = attribute(vpc, made.vpc_id)
    assert (found.vpc_name, found.description, found.cidr_block) == ("two", "first", "10.0.0.0/8")
    (listed_vswitch,) = vpc.describe_vswitches(
        m.DescribeVSwitchesRequest(region_id=REGION, vpc_id=made.vpc_id)
    ).body.v_switches.v_switch
    described = vpc.describe_vswitch_attributes(
        m.DescribeVSwitchAttributesRequest(region_id=REGION, v_switch_id=vswitch_id)
    ).body
    for each in (listed_vswitch, described):
        assert (each.v_switch_name, each.zone_id, each.status) == ("two", ZONE, "Available")
        assert each.route_table.route_table_id == made.route_table_id
        assert each.available_ip_address_count == 2**16 - 4
    vpc.delete_vswitch(m.DeleteVSwitchRequest(region_id=REGION, v_switch_id=vswitch_id))
    vpc.delete_vpc(m.DeleteVpcRequest(region_id=REGION, vpc_id=made.vpc_id))
    with refused("InvalidVpcID.NotFound", 404):
        attribute(vpc, made.vpc_id)


def test_the_default_vpc_and_vswitch(vpc: Client) -> None:
    made = vpc.create_default_vpc(m.CreateDefaultVpcRequest(region_id=REGION)).body
    asked = m.CreateDefaultVSwitchRequest(region_id=REGION, zone_id=ZONE)
    vswitch_id = vpc.create_default_vswitch(asked).body.v_switch_id
    found = attribute(vpc, made.vpc_id)
    assert (found.is_default, found.v_switch_ids.v_switch_id) == (True, [vswitch_id])


def test_a_client_token_makes_one_vpc(vpc: Client) -> None:
    one, two = (create(vpc, client_token="token-1") for _ in range(2))
    assert (one.vpc_id, one.route_table_id) == (two.vpc_id, two.route_table_id)
    assert one.request_id != two.request_id
    with refused("IdempotentParameterMismatch", 400):
        create(vpc, "192.168.0.0/16", client_token="token-1")


def test_a_dry_run_is_answered_by_its_own_error(vpc: Client) -> None:
    with refused("DryRunOperation", 400):
        create(vpc, dry_run=True)
    with refused("InvalidParameter", 400):
        create(vpc, "127.0.0.0/8", dry_run=True)
