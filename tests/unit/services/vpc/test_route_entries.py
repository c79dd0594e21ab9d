"""Entries of route tables: added, listed, changed and deleted, and the calls that are refused."""

import pytest
from tests.local import refused
from tests.platforms import quotas
from tests.unit.services.networks import new_interface, new_vpc, new_vswitch

from juyong.base.ids import new_instance_id

BLOCK = "192.168.0.0/16"


class Place:
    """A VPC with a vSwitch, an interface, and an instance with its primary interface."""

    def __init__(self, call):
        made = call("Vpc", "CreateVpc", CidrBlock="10.0.0.0/8")
        self.call, self.vpc_id, self.table_id = call, made["VpcId"], made["RouteTableId"]
        self.vswitch_id = new_vswitch(call, self.vpc_id)
        self.interface_id = new_interface(call, self.vswitch_id).interface_id
        self.instance_id = new_instance_id("i")
        new_interface(call, self.vswitch_id, self.instance_id, primary=True)

    def add(self, destination=BLOCK, hop="NetworkInterface", hop_id=None, **params):
        given = {
            "RouteTableId": self.table_id,
            "DestinationCidrBlock": destination,
            "NextHopType": hop,
            "NextHopId": hop_id or self.interface_id,
            **params,
        }
        return self.call("Vpc", "CreateRouteEntry", **given)["RouteEntryId"]

    def page(self, **params):
        given = {"RouteTableId": self.table_id, **params}
        return self.call("Vpc", "DescribeRouteEntryList", **given)

    def entries(self, **params):
        return self.page(**params)["RouteEntrys"]["RouteEntry"]


@pytest.fixture
def place(call):
    return Place(call)


def hop(kind, hop_id):
    return [{"NextHopType": kind, "NextHopId": hop_id, "Enabled": 1, "Weight": 0}]


def test_an_entry_is_shown_with_what_the_call_gave(place):
    entry_id = place.add(RouteEntryName="one", Description="first")
    (entry,) = place.entries(RouteEntryType="Custom")
    assert (entry["RouteEntryId"], entry["RouteTableId"]) == (entry_id, place.table_id)
    assert (entry["RouteEntryName"], entry["Description"]) == ("one", "first")
    assert (entry["DestinationCidrBlock"], entry["Status"]) == (BLOCK, "Available")
    assert entry["NextHops"]["NextHop"] == hop("NetworkInterface", place.interface_id)


def test_an_instance_is_the_hop_by_default(place):
    place.add(hop=None, hop_id=place.instance_id)
    (entry,) = place.entries(NextHopType="Instance", NextHopId=place.instance_id)
    assert entry["NextHops"]["NextHop"] == hop("Instance", place.instance_id)


def test_a_nat_gateway_is_a_hop_and_stays_while_it_is(place):
    call = place.call
    nat_id = call(
        "Vpc",
        "CreateNatGateway",
        RegionId="cn-hangzhou",
        VpcId=place.vpc_id,
        VSwitchId=place.vswitch_id,
        NatType="Enhanced",
    )["NatGatewayId"]
    entry_id = place.add("0.0.0.0/0", "NatGateway", nat_id)
    with refused("DependencyViolation.RouteEntry", 400):
        call("Vpc", "DeleteNatGateway", RegionId="cn-hangzhou", NatGatewayId=nat_id)
    call("Vpc", "DeleteRouteEntry", RouteEntryId=entry_id)
    call("Vpc", "DeleteNatGateway", RegionId="cn-hangzhou", NatGatewayId=nat_id)


def test_entries_of_the_system_are_listed_and_not_deleted(place):
    listed = {each["DestinationCidrBlock"]: each for each in place.entries(RouteEntryType="System")}
    assert set(listed) == {"10.1.0.0/16", "100.64.0.0/10"}
    for block in listed:
        with refused("OperationDenied", 400):
            place.call(
                "Vpc", "DeleteRouteEntry", RouteTableId=place.table_id, DestinationCidrBlock=block
            )


def test_lists_are_filtered_and_cut_into_pages(place):
    ids = {place.add(f"192.168.{n}.0/24", RouteEntryName=f"r{n}") for n in range(4)}
    assert {each["RouteEntryId"] for each in place.entries(RouteEntryType="Custom")} == ids
    assert len(place.entries(RouteEntryName="r2")) == 1
    assert len(place.entries(DestinationCidrBlock="192.168.3.0/24")) == 1
    assert len(place.entries(DestCidrBlockList=["192.168.3.0/24", "192.168.1.0/24"])) == 2
    assert place.entries(IpVersion="IPv6") == place.entries(ServiceType="TR") == []
    first = place.page(MaxResult=4)
    assert first["TotalCount"] == 6
    rest = place.page(MaxResult=4, NextToken=first["NextToken"])
    assert "NextToken" not in rest
    assert len(rest["RouteEntrys"]["RouteEntry"]) == 2
    with refused("InvalidNextToken.Malformed", 400):
        place.page(NextToken="other")


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("192.168.1.1/24", "InvalidCidrBlock.Malformed"),
        ("ten", "InvalidCidrBlock.Malformed"),
        ("100.64.0.0/10", "InvalidCidrBlock"),
        ("100.100.0.0/16", "InvalidCidrBlock"),
        ("10.1.0.0/16", "InvalidCidrBlock"),
        ("10.1.2.0/24", "InvalidCidrBlock"),
        ("fd00::/8", "UnsupportedOperation"),
        ("pl-one", "UnsupportedOperation"),
    ],
)
def test_destinations_have_their_rules(place, block, code):
    with refused(code, 400):
        place.add(block)


def test_one_address_is_a_block(place):
    place.add("192.168.0.1")
    assert place.entries(RouteEntryType="Custom")[0]["DestinationCidrBlock"] == "192.168.0.1/32"


def test_a_vswitch_takes_no_block_that_a_route_leads_to(place):
    place.add("10.2.0.0/16")
    for block in ("10.2.0.0/16",):
        with refused("InvalidCidrBlock.Overlapped", 400):
            new_vswitch(place.call, place.vpc_id, block)
    new_vswitch(place.call, place.vpc_id, "10.2.1.0/24")


@pytest.mark.parametrize("action", ["CreateRouteEntry", "ModifyRouteEntry"])
@pytest.mark.parametrize(
    ("kind", "hop_id", "code", "status"),
    [
        ("Instance", "i-none", "InvalidInstanId.NotFound", 404),
        ("NetworkInterface", "eni-none", "InvalidNextHopId.NotFound", 404),
        ("NatGateway", "ngw-none", "InvalidNextHopId.NotFound", 404),
        ("Other", "x", "InvalidNextHopType", 400),
        ("NetworkInterface", "of another VPC", "INVALID_VPC_ID", 400),
        *(
            (kind, "x", "UnsupportedOperation", 400)
            for kind in (
                *("HaVip", "RouterInterface", "VpnGateway", "IPv6Gateway", "Attachment"),
                *("Ipv4Gateway", "GatewayEndpoint", "Ecr", "RouteTargetGroup"),
                "GatewayLoadBalancerEndpoint",
            )
        ),
    ],
)
def test_next_hops_have_their_rules(place, action, kind, hop_id, code, status):  # noqa: PLR0917
    if hop_id == "of another VPC":
        hop_id = Place(place.call).interface_id
    if action == "CreateRouteEntry":
        with refused(code, status):
            place.add(hop=kind, hop_id=hop_id)
        return
    entry_id = place.add()
    with refused(code, status):
        given = {"NewNextHopType": kind, "NewNextHopId": hop_id}
        place.call("Vpc", action, RouteEntryId=entry_id, **given)


def test_a_table_has_one_entry_for_a_destination_and_a_quota(place, local):
    place.add()
    with refused("RouterEntryConflict.Duplicated", 400):
        place.add()
    with quotas(local, {"vpc.route-entries": 1}), refused("QuotaExceeded", 400):
        place.add("192.169.0.0/16")
    with refused("InvalidRouteTableId.NotFound", 404):
        place.add("192.169.0.0/16", RouteTableId="vtb-none")
    with refused("DryRunOperation", 400):
        place.add("192.169.0.0/16", DryRun=True)
    assert len(place.entries(RouteEntryType="Custom")) == 1


def test_a_repeated_call_adds_one_entry(place):
    assert place.add(ClientToken="t") == place.add(ClientToken="t")


def test_an_entry_is_changed(place):
    entry_id = place.add(RouteEntryName="one", Description="first")
    place.call("Vpc", "ModifyRouteEntry", RouteEntryId=entry_id, RouteEntryName="two")
    place.call(
        "Vpc",
        "ModifyRouteEntry",
        RouteTableId=place.table_id,
        DestinationCidrBlock=BLOCK,
        NewNextHopType="Instance",
        NewNextHopId=place.instance_id,
    )
    (entry,) = place.entries(RouteEntryType="Custom")
    assert (entry["RouteEntryName"], entry["Description"]) == ("two", "first")
    assert entry["NextHops"]["NextHop"] == hop("Instance", place.instance_id)


@pytest.mark.parametrize("action", ["DeleteRouteEntry", "ModifyRouteEntry"])
@pytest.mark.parametrize(
    ("given", "code", "status"),
    [
        ({}, "MissingParameter", 400),
        ({"RouteTableId": "own"}, "MissingParameter", 400),
        ({"RouteEntryId": "rte-none"}, "InvalidRouteEntry.NotFound", 400),
        ({"RouteEntryId": "own", "RouteTableId": "x"}, "InvalidRouteEntry.NotFound", 400),
        (
            {"RouteTableId": "own", "DestinationCidrBlock": "1.0.0.0/8"},
            "InvalidRouteEntry.NotFound",
            400,
        ),
        (
            {"RouteTableId": "own", "DestinationCidrBlock": "x"},
            "InvalidCidrBlock.Malformed",
            400,
        ),
        ({"RouteTableId": "own", "DestinationCidrBlock": "pl-x"}, "UnsupportedOperation", 400),
        ({"RouteTableId": "own", "DestinationCidrBlock": "10.1.0.0/16"}, "OperationDenied", 400),
        (
            {"RouteTableId": "vtb-none", "DestinationCidrBlock": BLOCK},
            "InvalidRouteTableId.NotFound",
            404,
        ),
    ],
)
def test_calls_name_an_entry(place, action, given, code, status):
    own = {"RouteEntryId": place.add(), "RouteTableId": place.table_id}
    asked = {name: own[name] if value == "own" else value for name, value in given.items()}
    with refused(code, status):
        place.call("Vpc", action, **asked)
    assert len(place.entries(RouteEntryType="Custom")) == 1


def test_an_entry_is_deleted_if_its_hop_is_the_one_named(place):
    place.add()
    named = {"RouteTableId": place.table_id, "DestinationCidrBlock": BLOCK}
    with refused("InvalidRouteEntry.NotFound", 400):
        place.call("Vpc", "DeleteRouteEntry", NextHopId="eni-other", **named)
    with refused("DependencyViolation.RouteEntry", 400):
        place.call("Vpc", "DeleteVpc", VpcId=place.vpc_id)
    place.call("Vpc", "DeleteRouteEntry", NextHopId=place.interface_id, **named)
    assert place.entries(RouteEntryType="Custom") == []


def test_many_entries_are_added_and_deleted_each_by_itself(place):
    def asked(block, **other):
        given = {
            "RouteTableId": place.table_id,
            "DstCidrBlock": block,
            "NextHop": place.interface_id,
            "NextHopType": "NetworkInterface",
        }
        return {**given, **other}

    wanted = [
        asked("192.168.0.0/16", Name="one"),
        asked("192.168.0.0/16"),
        asked("192.169.0.0/16", NextHop="eni-none"),
        asked("192.170.0.0/16"),
        asked("192.171.0.0/16", RouteTableId="vtb-none"),
    ]
    made = place.call("Vpc", "CreateRouteEntries", RouteEntries=wanted)
    assert (made["SuccessCount"], made["FailedCount"]) == (2, 3)
    assert [each["FailedCode"] for each in made["FailedRouteEntries"]] == [
        "RouterEntryConflict.Duplicated",
        "InvalidNextHopId.NotFound",
        "InvalidRouteTableId.NotFound",
    ]
    listed = {each["RouteEntryId"] for each in place.entries(RouteEntryType="Custom")}
    assert listed == set(made["RouteEntryIds"])
    gone = [
        {"RouteTableId": place.table_id, "RouteEntryId": made["RouteEntryIds"][0]},
        {"RouteTableId": place.table_id, "DstCidrBlock": "192.170.0.0/16", "NextHop": "x"},
        {"RouteTableId": place.table_id, "DstCidrBlock": "10.1.0.0/16"},
    ]
    done = place.call("Vpc", "DeleteRouteEntries", RouteEntries=gone)
    assert (done["SuccessCount"], done["FailedCount"]) == (1, 2)
    assert [each["FailedCode"] for each in done["FailedRouteEntries"]] == [
        "InvalidRouteEntry.NotFound",
        "OperationDenied",
    ]
    assert len(place.entries(RouteEntryType="Custom")) == 1


def test_each_table_of_a_call_must_be_allowed(place):
    other = new_vpc(place.call)
    alice = place.call.new_user("alice")
    place.call(
        "Ram",
        "CreatePolicy",
        PolicyName="one",
        PolicyDocument=(
            '{"Version":"1","Statement":[{"Effect":"Allow","Action":"vpc:*","Resource":'
            '"acs:vpc:*:*:routetable/ID"}]}'
        ).replace("ID", place.table_id),
    )
    named = {"PolicyType": "Custom", "PolicyName": "one", "UserName": "alice"}
    place.call("Ram", "AttachPolicyToUser", **named)
    (table,) = place.call("Vpc", "DescribeRouteTableList", VpcId=other)["RouterTableList"][
        "RouterTableListType"
    ]

    def asked(*tables):
        return [
            {
                "RouteTableId": each,
                "DstCidrBlock": BLOCK,
                "NextHop": place.interface_id,
                "NextHopType": "NetworkInterface",
            }
            for each in tables
        ]

    made = alice("Vpc", "CreateRouteEntries", RouteEntries=asked(place.table_id))
    assert made["SuccessCount"] == 1
    with refused("Forbidden.RAM", 403):
        alice(
            "Vpc", "CreateRouteEntries", RouteEntries=asked(place.table_id, table["RouteTableId"])
        )
    (entry_id,) = made["RouteEntryIds"]
    alice("Vpc", "DeleteRouteEntry", RouteEntryId=entry_id)
