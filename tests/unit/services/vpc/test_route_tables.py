"""Route tables: made, bound to vSwitches, listed and deleted, and the calls that are refused."""

import pytest
from tests.local import refused
from tests.platforms import quotas
from tests.unit.services.networks import new_interface, new_vpc, new_vswitch


@pytest.fixture
def made(call):
    return call("Vpc", "CreateVpc", CidrBlock="10.0.0.0/8")


def new_table(call, vpc_id, **params):
    return call("Vpc", "CreateRouteTable", VpcId=vpc_id, **params)["RouteTableId"]


def listed(call, **params):
    found = call("Vpc", "DescribeRouteTableList", **params)
    return found["RouterTableList"]["RouterTableListType"]


def ids(call, **params):
    return [each["RouteTableId"] for each in listed(call, **params)]


def bind(call, table_id, vswitch_id):
    call("Vpc", "AssociateRouteTable", RouteTableId=table_id, VSwitchId=vswitch_id)


def test_a_vpc_begins_with_the_systems_table(call, made):
    (table,) = listed(call, VpcId=made["VpcId"])
    assert table["RouteTableId"] == made["RouteTableId"]
    assert (table["RouteTableType"], table["Status"]) == ("System", "Available")
    assert table["RouterId"] == made["VRouterId"]


def test_a_table_is_shown_and_changed(call, made):
    tag = [{"Key": "env", "Value": "dev"}]
    table_id = new_table(call, made["VpcId"], RouteTableName="one", Description="first", Tag=tag)
    call("Vpc", "ModifyRouteTableAttributes", RouteTableId=table_id, RouteTableName="two")
    (table,) = listed(call, RouteTableId=table_id)
    assert (table["RouteTableName"], table["Description"]) == ("two", "first")
    assert (table["RouteTableType"], table["AssociateType"]) == ("Custom", "VSwitch")
    assert table["Tags"] == {"Tag": tag}
    vpc = call("Vpc", "DescribeVpcs", VpcId=made["VpcId"])["Vpcs"]["Vpc"][0]
    assert vpc["RouterTableIds"]["RouterTableIds"] == [made["RouteTableId"], table_id]


def test_lists_are_filtered(call, made):
    one = new_table(call, made["VpcId"], RouteTableName="one", Tag=[{"Key": "k", "Value": "v"}])
    other = call("Vpc", "CreateVpc")
    assert set(ids(call)) == {made["RouteTableId"], one, other["RouteTableId"]}
    assert set(ids(call, RouterId=made["VRouterId"])) == {made["RouteTableId"], one}
    assert ids(call, VpcId=other["VpcId"]) == [other["RouteTableId"]]
    for only in (
        {"RouteTableName": "one"},
        {"RouteTableType": "Custom"},
        {"Tag": [{"Key": "k"}]},
    ):
        assert ids(call, **only) == [one]
    assert ids(call, RouterType="VBR") == []


def test_old_lists_show_entries_and_vrouters(call, made):
    vswitch_id = new_vswitch(call, made["VpcId"])
    found = call("Vpc", "DescribeRouteTables", VRouterId=made["VRouterId"])
    (table,) = found["RouteTables"]["RouteTable"]
    assert table["VSwitchIds"] == {"VSwitchId": [vswitch_id]}
    entries = {e["DestinationCidrBlock"]: e for e in table["RouteEntrys"]["RouteEntry"]}
    assert set(entries) == {"10.1.0.0/16", "100.64.0.0/10"}
    assert entries["10.1.0.0/16"]["NextHopType"] == "local"
    for none in ({"RouterType": "VBR"}, {"Type": "Custom"}, {"RouterId": "vrt-none"}):
        assert call("Vpc", "DescribeRouteTables", **none)["TotalCount"] == 0
    assert call("Vpc", "DescribeRouteTables", RouteTableName="x")["TotalCount"] == 0
    (router,) = call("Vpc", "DescribeVRouters", VRouterId=made["VRouterId"])["VRouters"]["VRouter"]
    assert router["VpcId"] == made["VpcId"]
    assert router["RouteTableIds"] == {"RouteTableId": [made["RouteTableId"]]}
    assert call("Vpc", "DescribeVRouters", VRouterId="vrt-none")["TotalCount"] == 0


def test_a_table_is_bound_and_taken_off(call, made):
    vswitch_id = new_vswitch(call, made["VpcId"])
    table_id, other = (new_table(call, made["VpcId"]) for _ in range(2))
    bind(call, table_id, vswitch_id)
    shown = call("Vpc", "DescribeVSwitchAttributes", VSwitchId=vswitch_id)
    assert shown["RouteTable"] == {"RouteTableId": table_id, "RouteTableType": "Custom"}
    assert listed(call, RouteTableId=table_id)[0]["VSwitchIds"] == {"VSwitchId": [vswitch_id]}
    with refused("InvalidVSwitch.BindingExist", 400):
        bind(call, other, vswitch_id)
    with refused("DependencyViolation.VSwitch", 400):
        call("Vpc", "DeleteRouteTable", RouteTableId=table_id)
    with refused("DependencyViolation.RouteTable", 400):
        call("Vpc", "DeleteVSwitch", VSwitchId=vswitch_id)
    with refused("InvalidVSwitch.NotBinding", 400):
        call("Vpc", "UnassociateRouteTable", RouteTableId=other, VSwitchId=vswitch_id)
    call("Vpc", "UnassociateRouteTable", RouteTableId=table_id, VSwitchId=vswitch_id)
    shown = call("Vpc", "DescribeVSwitchAttributes", VSwitchId=vswitch_id)
    assert shown["RouteTable"]["RouteTableId"] == made["RouteTableId"]
    call("Vpc", "DeleteVSwitch", VSwitchId=vswitch_id)
    with refused("DependencyViolation.RouteTable", 400):
        call("Vpc", "DeleteVpc", VpcId=made["VpcId"])
    for each in (table_id, other):
        call("Vpc", "DeleteRouteTable", RouteTableId=each)
    call("Vpc", "DeleteVpc", VpcId=made["VpcId"])
    assert listed(call) == []


def test_tables_of_the_system_and_of_other_vpcs_are_not_bound(call, made):
    vswitch_id = new_vswitch(call, made["VpcId"])
    other = new_table(call, new_vpc(call))
    with refused("Mismatch.RouteTableAndVSwitch", 400):
        bind(call, other, vswitch_id)
    given = {"RouteTableId": made["RouteTableId"], "VSwitchId": vswitch_id}
    for action in ("AssociateRouteTable", "UnassociateRouteTable", "DeleteRouteTable"):
        with refused("OperationDenied.SystemRouteTable", 400):
            call("Vpc", action, **given)


@pytest.mark.parametrize(
    "action",
    [
        *("ModifyRouteTableAttributes", "DeleteRouteTable", "AssociateRouteTable"),
        *("UnassociateRouteTable", "DescribeRouteEntryList"),
    ],
)
def test_what_is_not_there(call, made, action):
    with refused("InvalidRouteTableId.NotFound", 404):
        call("Vpc", action, RouteTableId="vtb-none", VSwitchId="vsw-none")
    if action in ("AssociateRouteTable", "UnassociateRouteTable"):
        with refused("InvalidVSwitchId.NotFound", 404):
            call("Vpc", action, RouteTableId=made["RouteTableId"], VSwitchId="vsw-none")


def test_a_table_with_an_entry_is_not_deleted(call, made):
    vswitch_id, table_id = new_vswitch(call, made["VpcId"]), new_table(call, made["VpcId"])
    call(
        "Vpc",
        "CreateRouteEntry",
        RouteTableId=table_id,
        DestinationCidrBlock="0.0.0.0/0",
        NextHopType="NetworkInterface",
        NextHopId=new_interface(call, vswitch_id).interface_id,
    )
    with refused("DependencyViolation.RouteEntry", 400):
        call("Vpc", "DeleteRouteTable", RouteTableId=table_id)


def test_the_call_that_makes_a_table_has_its_rules(call, made, local):
    vpc_id = made["VpcId"]
    with refused("UnsupportedOperation", 400):
        new_table(call, vpc_id, AssociateType="Gateway")
    with refused("InvalidVpcId.NotFound", 404):
        new_table(call, "vpc-none")
    with quotas(local, {"vpc.route-tables": 0}), refused("QuotaExceeded.RouteTable", 400):
        new_table(call, vpc_id)
    for tags, code in (
        ([{"Key": "acs:k"}], "InvalidTagKey.Malformed"),
        ([{"Key": "k", "Value": "acs:v"}], "InvalidTagValue.Malformed"),
        ([{"Key": "k"}, {"Key": "k"}], "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            new_table(call, vpc_id, Tag=tags)
