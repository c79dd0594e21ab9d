"""NAT gateways, and their SNAT and DNAT entries."""

from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.platforms import quotas
from tests.unit.services.networks import new_vpc, new_vswitch
from tests.unit.services.vpc.places import REGION, Place

from juyong.base.ids import new_instance_id

HERE = {"RegionId": REGION}
Members = dict[str, Any]


class Gateway:
    """A NAT gateway of a new VPC, and EIPs for it."""

    def __init__(self, call: Caller, place: Place | None = None, **params: Any) -> None:
        self.call, self.place = call, place or Place(call)
        made = call(
            "Vpc",
            "CreateNatGateway",
            VpcId=self.place.vpc_id,
            VSwitchId=self.place.vswitch_id,
            **HERE,
            **params,
        )
        self.nat_id = made["NatGatewayId"]
        (self.snat_table,) = made["SnatTableIds"]["SnatTableId"]
        (self.forward_table,) = made["ForwardTableIds"]["ForwardTableId"]

    def eip(self) -> Members:
        """Allocate an EIP and bind it."""
        made = self.call("Vpc", "AllocateEipAddress", **HERE)
        self.bind(made)
        return made

    def bind(self, eip: Members, **params: Any) -> None:
        asked = {"InstanceId": self.nat_id, "InstanceType": "Nat", **params}
        self.call("Vpc", "AssociateEipAddress", AllocationId=eip["AllocationId"], **asked)

    def shown(self) -> Members:
        found = self.call("Vpc", "DescribeNatGateways", NatGatewayId=self.nat_id, **HERE)
        (only,) = found["NatGateways"]["NatGateway"]
        members: Members = only
        return members

    def snat(self, **params: Any) -> str:
        asked = {"SnatTableId": self.snat_table, **HERE, **params}
        made: str = self.call("Vpc", "CreateSnatEntry", **asked)["SnatEntryId"]
        return made

    def snats(self, **params: Any) -> list[Members]:
        asked = {"SnatTableId": self.snat_table, **HERE, **params}
        found = self.call("Vpc", "DescribeSnatTableEntries", **asked)
        listed: list[Members] = found["SnatTableEntries"]["SnatTableEntry"]
        return listed

    def forward(self, eip: Members, **params: Any) -> str:
        asked = {
            "ForwardTableId": self.forward_table,
            "ExternalIp": eip["EipAddress"],
            "ExternalPort": "80",
            "InternalIp": "10.1.0.50",
            "InternalPort": "8080",
            "IpProtocol": "TCP",
            **HERE,
            **params,
        }
        made: str = self.call("Vpc", "CreateForwardEntry", **asked)["ForwardEntryId"]
        return made

    def forwards(self, **params: Any) -> list[Members]:
        asked = {"ForwardTableId": self.forward_table, **HERE, **params}
        found = self.call("Vpc", "DescribeForwardTableEntries", **asked)
        listed: list[Members] = found["ForwardTableEntries"]["ForwardTableEntry"]
        return listed

    def delete(self, **params: Any) -> None:
        self.call("Vpc", "DeleteNatGateway", NatGatewayId=self.nat_id, **HERE, **params)


@pytest.fixture
def gateway(call: Caller) -> Gateway:
    return Gateway(call)


def test_a_gateway_takes_an_address_of_its_vswitch(call: Caller, gateway: Gateway) -> None:
    found = gateway.shown()
    assert (found["Status"], found["NatType"], found["NetworkType"]) == (
        "Available",
        "Enhanced",
        "internet",
    )
    assert found["Name"] == gateway.nat_id
    assert found["NatGatewayPrivateInfo"]["VswitchId"] == gateway.place.vswitch_id
    assert found["NatGatewayPrivateInfo"]["PrivateIpAddress"] == "10.1.0.1"
    assert gateway.place.interface().address == "10.1.0.2"
    gateway.delete()
    assert gateway.place.interface().address == "10.1.0.1"
    assert call("Vpc", "DescribeNatGateways", **HERE)["TotalCount"] == 0


def test_a_gateway_is_changed(call: Caller, gateway: Gateway) -> None:
    call(
        "Vpc",
        "ModifyNatGatewayAttribute",
        NatGatewayId=gateway.nat_id,
        Name="out",
        Description="the way out",
        **HERE,
    )
    found = gateway.shown()
    assert (found["Name"], found["Description"]) == ("out", "the way out")
    one = call("Vpc", "GetNatGatewayAttribute", NatGatewayId=gateway.nat_id, **HERE)
    assert (one["Name"], one["SnatTable"]["SnatTableId"]) == ("out", gateway.snat_table)
    assert one["ForwardTable"] == {
        "ForwardTableId": gateway.forward_table,
        "ForwardEntryCount": 0,
    }


@pytest.mark.parametrize(
    ("params", "code", "status"),
    [
        ({"VpcId": "vpc-none"}, "InvalidVpcId.NotFound", 404),
        ({"VSwitchId": "vsw-none"}, "InvalidVSwitchId.NotFound", 404),
        ({"VSwitchId": None}, "MissingParameter", 400),
        ({"NetworkType": "intranet"}, "UnsupportedOperation", 400),
        ({"InstanceChargeType": "PrePaid"}, "UnsupportedOperation", 400),
        ({"IcmpReplyEnabled": True}, "UnsupportedOperation", 400),
        ({"NatType": "Normal"}, "InvalidNatType.Malformed", 400),
    ],
)
def test_what_no_gateway_is_made_of(call: Caller, params: Members, code: str, status: int) -> None:
    place = Place(call)
    asked = {"VpcId": place.vpc_id, "VSwitchId": place.vswitch_id, **HERE, **params}
    with refused(code, status):
        call("Vpc", "CreateNatGateway", **asked)


def test_a_vswitch_of_another_vpc_has_no_gateway_of_this_one(call: Caller) -> None:
    one, other = Place(call), Place(call)
    with refused("OperationFailed.VswNotBelongToVpc", 400):
        call(
            "Vpc",
            "CreateNatGateway",
            VpcId=one.vpc_id,
            VSwitchId=other.vswitch_id,
            **HERE,
        )


def test_a_full_vswitch_has_no_gateway(call: Caller) -> None:
    place = Place(call, vswitch="10.1.0.0/29")
    for _ in range(4):
        place.interface()
    with refused("InvalidVSwitchId.IpNotEnough", 400):
        Gateway(call, place)


def test_the_quotas_are_kept(local: Local, call: Caller, gateway: Gateway) -> None:
    eip, other = gateway.eip(), gateway.eip()
    few = {"vpc.nat-gateways": 1, "vpc.snat-entries": 1, "vpc.forward-entries": 1}
    with quotas(local, few):
        with refused("OperationFailed.EnhancedQuotaExceed", 400):
            Gateway(call, gateway.place)
        gateway.snat(SnatIp=eip["EipAddress"], SourceCIDR="10.1.0.0/24")
        with refused("Forbidden.SnatEntryCountLimited", 400):
            gateway.snat(SnatIp=eip["EipAddress"], SourceCIDR="10.2.0.0/24")
        gateway.forward(other)
        with refused("Forbidden.ForwardEntryCountLimited", 400):
            gateway.forward(other, ExternalPort="81")


def test_what_a_gateway_holds_keeps_it_unless_by_force(call: Caller, gateway: Gateway) -> None:
    out, to = gateway.eip(), gateway.eip()
    snat = gateway.snat(SnatIp=out["EipAddress"], SourceCIDR="10.1.0.0/24")
    forward = gateway.forward(to)
    with refused("DependencyViolation.SnatEntry", 400):
        gateway.delete()
    call(
        "Vpc",
        "DeleteSnatEntry",
        SnatTableId=gateway.snat_table,
        SnatEntryId=snat,
        **HERE,
    )
    with refused("DependencyViolation.ForwardEntry", 400):
        gateway.delete()
    call(
        "Vpc",
        "DeleteForwardEntry",
        ForwardTableId=gateway.forward_table,
        ForwardEntryId=forward,
        **HERE,
    )
    with refused("DependencyViolation.EIPS", 400):
        gateway.delete()
    gateway.snat(SnatIp=out["EipAddress"], SourceCIDR="10.1.0.0/24")
    gateway.delete(Force=True)
    found = call("Vpc", "DescribeEipAddresses", **HERE)["EipAddresses"]["EipAddress"]
    assert {each["Status"] for each in found} == {"Available"}
    with refused("InvalidNatGatewayId.NotFound", 404):
        gateway.delete()


def test_deletion_protection_holds_against_force(call: Caller, gateway: Gateway) -> None:
    eip = call("Vpc", "AllocateEipAddress", **HERE)
    for kind, name in (("NATGW", gateway.nat_id), ("EIP", eip["AllocationId"])):
        call(
            "Vpc",
            "DeletionProtection",
            Type=kind,
            InstanceId=name,
            ProtectionEnable=True,
            **HERE,
        )
    assert gateway.shown()["DeletionProtection"] is True
    with refused("InvalidOperation.DeletionProtection", 400):
        gateway.delete(Force=True)
    with refused("InvalidOperation.DeletionProtection", 400):
        call("Vpc", "ReleaseEipAddress", AllocationId=eip["AllocationId"])
    call(
        "Vpc",
        "DeletionProtection",
        Type="NATGW",
        InstanceId=gateway.nat_id,
        ProtectionEnable=False,
        **HERE,
    )
    gateway.delete()
    for kind, code in (
        ("NATGW", "InvalidNatGatewayId.NotFound"),
        ("EIP", "InvalidAllocationId.NotFound"),
    ):
        with refused(code, 404):
            call(
                "Vpc",
                "DeletionProtection",
                Type=kind,
                InstanceId="none-a",
                ProtectionEnable=True,
                **HERE,
            )


def test_eips_of_a_gateway_say_what_uses_them(call: Caller, gateway: Gateway) -> None:
    out, to, idle = gateway.eip(), gateway.eip(), gateway.eip()
    gateway.snat(SnatIp=out["EipAddress"], SourceCIDR="10.1.0.0/24")
    gateway.forward(to)
    listed = gateway.shown()["IpLists"]["IpList"]
    used = {each["IpAddress"]: each["UsingStatus"] for each in listed}
    assert used == {
        out["EipAddress"]: "UsedBySnatTable",
        to["EipAddress"]: "UsedByForwardTable",
        idle["EipAddress"]: "Idle",
    }
    one = call("Vpc", "GetNatGatewayAttribute", NatGatewayId=gateway.nat_id, **HERE)
    assert {each["IpAddress"]: each["UsingStatus"] for each in one["IpList"]} == used
    assert one["SnatTable"]["SnatEntryCount"] == 1


def test_an_eip_that_entries_have_is_unbound_by_force_alone(call: Caller, gateway: Gateway) -> None:
    out, to = gateway.eip(), gateway.eip()
    gateway.snat(SnatIp=out["EipAddress"], SourceCIDR="10.1.0.0/24")
    gateway.forward(to)

    def unbind(eip: Members, **params: Any) -> None:
        asked = {"AllocationId": eip["AllocationId"], "InstanceType": "Nat", **params}
        call("Vpc", "UnassociateEipAddress", InstanceId=gateway.nat_id, **asked)

    with refused("InvalidIpStatus.HasBeenUsedBySnatTable", 400):
        unbind(out)
    with refused("InvalidIpStatus.HasBeenUsedByForwardEntry", 400):
        unbind(to)
    unbind(out, Force=True)
    unbind(to, Force=True)
    assert (gateway.snats(), gateway.forwards()) == ([], [])


def test_in_the_mode_nat_each_eip_takes_an_address(call: Caller) -> None:
    place = Place(call, vswitch="10.1.0.0/29")
    gateway = Gateway(call, place, EipBindMode="NAT")
    first, second = gateway.eip(), gateway.eip()
    third, fourth = (call("Vpc", "AllocateEipAddress", **HERE) for _ in range(2))
    with refused("InvalidPrivateIpAddress", 400):
        gateway.bind(third, PrivateIpAddress="10.1.0.7")
    with refused("InvalidPrivateIpAddress", 400):
        gateway.bind(third, PrivateIpAddress="10.1.0.2")
    gateway.bind(third, PrivateIpAddress="10.1.0.4")
    with refused("InvalidVSwitchId.IpNotEnough", 400):
        gateway.bind(fourth)
    listed = gateway.shown()["IpLists"]["IpList"]
    assert sorted(each["PrivateIpAddress"] for each in listed) == [
        "10.1.0.2",
        "10.1.0.3",
        "10.1.0.4",
    ]
    call("Vpc", "UnassociateEipAddress", AllocationId=second["AllocationId"])
    gateway.bind(fourth)
    assert first["EipAddress"] in {
        each["IpAddress"] for each in gateway.shown()["IpLists"]["IpList"]
    }


def test_the_mode_becomes_nat_and_no_other(call: Caller, gateway: Gateway) -> None:
    eip = gateway.eip()
    other = call("Vpc", "AllocateEipAddress", **HERE)
    with refused("InvalidPrivateIpAddress", 400):
        gateway.bind(other, PrivateIpAddress="10.1.0.9")

    def change(**params: Any) -> None:
        call("Vpc", "ModifyNatGatewayAttribute", NatGatewayId=gateway.nat_id, **HERE, **params)

    change(EipBindMode="NAT")
    found = call("Vpc", "DescribeEipAddresses", AllocationId=eip["AllocationId"], **HERE)
    (shown,) = found["EipAddresses"]["EipAddress"]
    assert (shown["PrivateIpAddress"], shown["Mode"]) == ("10.1.0.2", "NAT")
    with refused("OperationUnsupported.EipBindMode", 400):
        change(EipBindMode="MULTI_BINDED")
    for params in ({"IcmpReplyEnabled": True}, {"EnableSessionLog": True}):
        with refused("UnsupportedOperation", 400):
            change(**params)


def test_a_vswitch_without_room_keeps_the_mode(call: Caller) -> None:
    place = Place(call, vswitch="10.1.0.0/29")
    gateway = Gateway(call, place)
    gateway.eip()
    for _ in range(3):
        place.interface()
    with refused("InvalidVSwitchId.IpNotEnough", 400):
        call(
            "Vpc",
            "ModifyNatGatewayAttribute",
            NatGatewayId=gateway.nat_id,
            EipBindMode="NAT",
            **HERE,
        )


# --- SNAT ---


def test_sources_are_a_block_or_a_vswitch(call: Caller, gateway: Gateway) -> None:
    eip = gateway.eip()
    by_block = gateway.snat(SnatIp=eip["EipAddress"], SourceCIDR="10.0.0.0/8", SnatEntryName="all")
    by_vswitch = gateway.snat(SnatIp=eip["EipAddress"], SourceVSwitchId=gateway.place.vswitch_id)
    found = {each["SnatEntryId"]: each for each in gateway.snats()}
    assert found[by_block]["SourceCIDR"] == "10.0.0.0/8"
    assert found[by_block]["SnatEntryName"] == "all"
    assert found[by_vswitch]["SourceVSwitchId"] == gateway.place.vswitch_id
    assert found[by_vswitch]["SourceCIDR"] == "10.1.0.0/24"
    assert {each["Status"] for each in found.values()} == {"Available"}

    def ids(**params: Any) -> list[str]:
        return [each["SnatEntryId"] for each in gateway.snats(**params)]

    assert ids(SnatEntryId=by_block) == [by_block]
    assert ids(SnatEntryName="all") == [by_block]
    assert ids(SourceCIDR="10.1.0.0/24") == [by_vswitch]
    assert ids(SourceVSwitchId=gateway.place.vswitch_id) == [by_vswitch]
    assert ids(SnatIp="198.18.0.0") == []
    assert len(ids(SnatTableId=None, NatGatewayId=gateway.nat_id)) == 2


@pytest.mark.parametrize(
    ("params", "code", "status"),
    [
        ({"SnatIp": "a"}, "InvalidSnatIp.Malformed", 400),
        ({"SnatIp": None}, "InvalidSnatIp.Malformed", 400),
        ({"SnatIp": "198.19.255.255"}, "InvalidSnatIp.NotFound", 404),
        ({"SnatIp": "198.18.0.1,198.18.0.2"}, "SNAT_IP_POOL_COUNT_TOO_MANY", 400),
        ({"SourceCIDR": "10.1.0.1/24"}, "INVALID_PARAMETER", 400),
        ({"SourceCIDR": "fd00::/8"}, "INVALID_PARAMETER", 400),
        ({"SourceCIDR": None}, "INVALID_PARAMETER", 400),
        ({"SourceCIDR": None, "SourceVSwitchId": "vsw-none"}, "InvalidVSwitchId.NotFound", 404),
        ({"SnatTableId": "stb-none"}, "InvalidSnatTableId.NotFound", 404),
        ({"SnatEntryName": "a"}, "InvalidParameter.Name.Malformed", 400),
        ({"EipAffinity": 1}, "InvalidEipAffinity.Malformed", 400),
        ({"NetworkInterfaceId": "eni-a"}, "UnsupportedOperation", 400),
        ({"DryRun": True}, "DryRunOperation", 400),
    ],
)
def test_what_is_no_snat_entry(gateway: Gateway, params: Members, code: str, status: int) -> None:
    eip = gateway.eip()
    asked = {"SnatIp": eip["EipAddress"], "SourceCIDR": "10.1.0.0/24", **params}
    with refused(code, status):
        gateway.snat(**asked)
    assert gateway.snats() == []


def test_a_block_has_one_snat_entry(call: Caller, gateway: Gateway) -> None:
    eip, to = gateway.eip(), gateway.eip()
    asked = {"SnatIp": eip["EipAddress"]}
    gateway.snat(SourceCIDR="10.1.0.0/24", **asked)
    with refused("OperationUnsupported.CidrConflict", 400):
        gateway.snat(SourceCIDR="10.1.0.0/24", **asked)
    with refused("Forbidden.SourceVSwitchId.Duplicated", 400):
        gateway.snat(SourceVSwitchId=gateway.place.vswitch_id, **asked)
    with refused("INVALID_PARAMETER", 400):
        gateway.snat(SourceCIDR="10.2.0.0/24", SourceVSwitchId=gateway.place.vswitch_id, **asked)
    gateway.forward(to, ExternalPort="any", InternalPort="any", IpProtocol="any")
    with refused("Forbidden.IpUsedInForwardTable", 400):
        gateway.snat(SourceCIDR="10.2.0.0/24", SnatIp=to["EipAddress"])


def test_an_snat_entry_is_changed(call: Caller, gateway: Gateway) -> None:
    first, second = gateway.eip(), gateway.eip()
    entry = gateway.snat(SnatIp=first["EipAddress"], SourceCIDR="10.1.0.0/24")

    def change(**params: Any) -> None:
        asked = {"SnatTableId": gateway.snat_table, "SnatEntryId": entry, **HERE, **params}
        call("Vpc", "ModifySnatEntry", **asked)

    change(SnatEntryName="out")
    change(SnatIp=second["EipAddress"])
    change()
    (found,) = gateway.snats()
    assert (found["SnatEntryName"], found["SnatIp"]) == ("out", second["EipAddress"])
    third = gateway.eip()
    gateway.forward(third, ExternalPort="any", InternalPort="any", IpProtocol="any")
    for params, code, status in (
        ({"SnatIp": "a"}, "InvalidSnatIp.Malformed", 400),
        ({"SnatIp": "a,b"}, "SNAT_IP_POOL_COUNT_TOO_MANY", 400),
        ({"SnatIp": "198.19.255.255"}, "InvalidSnatIp.NotFound", 404),
        ({"SnatIp": third["EipAddress"]}, "Forbidden.IpUsedInForwardTable", 400),
        ({"SnatEntryName": "1"}, "InvalidParameter.Name.Malformed", 400),
        ({"SnatEntryId": "snat-none"}, "InvalidSnatEntryId.NotFound", 404),
        ({"SnatTableId": "stb-none"}, "InvalidSnatTableId.NotFound", 404),
        ({"SnatEntryName": "ab", "DryRun": True}, "DryRunOperation", 400),
    ):
        with refused(code, status):
            change(**params)
    with refused("InvalidSnatEntryId.NotFound", 404):
        call(
            "Vpc",
            "DeleteSnatEntry",
            SnatTableId=gateway.snat_table,
            SnatEntryId="snat-none",
            **HERE,
        )
    with refused("InvalidSnatTableId.NotFound", 404):
        call(
            "Vpc",
            "DeleteSnatEntry",
            SnatTableId="stb-none",
            SnatEntryId=entry,
            **HERE,
        )


# --- DNAT ---


def test_ports_are_mapped_one_by_one_in_ranges_or_all(call: Caller, gateway: Gateway) -> None:
    one, whole = gateway.eip(), gateway.eip()
    port = gateway.forward(one, ForwardEntryName="web")
    ports = gateway.forward(
        one,
        ExternalPort="1000/1010",
        InternalPort="2000/2010",
        IpProtocol="udp",
        InternalIp="10.2.0.9",
    )
    every = gateway.forward(
        whole,
        ExternalPort="Any",
        InternalPort="any",
        IpProtocol="Any",
        InternalIp="10.3.0.9",
    )
    found = {each["ForwardEntryId"]: each for each in gateway.forwards()}
    assert (found[port]["IpProtocol"], found[port]["ExternalPort"]) == ("tcp", "80")
    assert (found[ports]["IpProtocol"], found[ports]["InternalPort"]) == ("udp", "2000/2010")
    assert (found[every]["IpProtocol"], found[every]["ExternalPort"]) == ("any", "any")

    def ids(**params: Any) -> list[str]:
        return [each["ForwardEntryId"] for each in gateway.forwards(**params)]

    assert ids(ForwardEntryId=port) == ids(ForwardEntryName="web") == [port]
    assert ids(ExternalIp=whole["EipAddress"]) == ids(ExternalPort="Any") == [every]
    assert ids(InternalIp="10.2.0.9") == ids(InternalPort="2000/2010") == [ports]
    assert ids(IpProtocol="UDP") == [ports]
    assert len(ids(ForwardTableId=None, NatGatewayId=gateway.nat_id)) == 3


@pytest.mark.parametrize(
    ("params", "code", "status"),
    [
        ({"ExternalIp": "a"}, "InvalidExternalIp.Malformed", 400),
        ({"ExternalIp": "::1"}, "InvalidExternalIp.Malformed", 400),
        ({"ExternalIp": "198.19.255.255"}, "InvalidIp.NotInNatgw", 400),
        ({"InternalIp": "a"}, "InvalidInternalIp.Malformed", 400),
        ({"InternalIp": "11.0.0.1"}, "Forbidden.InternalIpOutOfVpcCIDR", 400),
        ({"ExternalPort": "0"}, "InvalidExternalPort.Malformed", 400),
        ({"ExternalPort": "any"}, "InvalidExternalPort.Malformed", 400),
        ({"ExternalPort": "-1/-1"}, "InvalidExternalPort.Malformed", 400),
        ({"InternalPort": "65536"}, "InvalidInternalPort.Malformed", 400),
        ({"InternalPort": "80/81"}, "InvalidInternalPort.Malformed", 400),
        ({"IpProtocol": "icmp"}, "InvalidProtocal.ValueNotSupported", 400),
        ({"IpProtocol": "Any"}, "InvalidExternalPort.Malformed", 400),
        ({"IpProtocol": "Any", "ExternalPort": "any"}, "InvalidInternalPort.Malformed", 400),
        ({"ForwardTableId": "ftb-none"}, "InvalidForwardTableId.NotFound", 404),
        ({"ForwardEntryName": "a"}, "InvalidParameter.Name.Malformed", 400),
        ({"DryRun": True}, "DryRunOperation", 400),
    ],
)
def test_what_is_no_dnat_entry(gateway: Gateway, params: Members, code: str, status: int) -> None:
    eip = gateway.eip()
    with refused(code, status):
        gateway.forward(eip, **params)
    assert gateway.forwards() == []


def test_a_port_has_one_dnat_entry(gateway: Gateway) -> None:
    eip, other, out = gateway.eip(), gateway.eip(), gateway.eip()
    gateway.forward(eip, ExternalPort="80/89", InternalPort="80/89")
    everything = {"ExternalPort": "any", "InternalPort": "any", "IpProtocol": "any"}
    for params in (
        {"ExternalPort": "89", "InternalPort": "1"},
        everything,
    ):
        with refused("Forbidden.Already.Bounded", 400):
            gateway.forward(eip, InternalIp="10.9.0.1", **params)
    with refused("Forbidden.Already.Bounded", 400):
        gateway.forward(other, ExternalPort="180/189", InternalPort="80/89")
    gateway.forward(eip, ExternalPort="80", IpProtocol="udp")
    gateway.forward(eip, ExternalPort="90")
    gateway.forward(other, InternalIp="10.9.0.1", **everything)
    with refused("Forbidden.Already.Bounded", 400):
        gateway.forward(other)
    gateway.snat(SnatIp=out["EipAddress"], SourceCIDR="10.1.0.0/24")
    with refused("Forbidden.ExternalIp.UsedInSnatTable", 400):
        gateway.forward(out, InternalIp="10.9.0.2", **everything)


def test_ports_of_an_address_of_snat_are_mapped(call: Caller, gateway: Gateway) -> None:
    """One EIP of a gateway serves both ways, which saves the second one."""
    eip, all_of_it = gateway.eip(), {"ExternalPort": "any", "InternalPort": "any"}
    gateway.snat(SnatIp=eip["EipAddress"], SourceCIDR="10.1.0.0/24")
    entry = gateway.forward(eip, ExternalPort="1024", InternalPort="80")
    for port in ("1025", "1020/1030"):
        inner = {"InternalIp": "10.9.0.1", "InternalPort": port}
        with refused("Forbidden.ExternalIp.UsedInSnatTable", 400):
            gateway.forward(eip, ExternalPort=port, **inner)
    high = gateway.forward(eip, ExternalPort="8080", InternalPort="8080", PortBreak=True)
    asked = {"ForwardTableId": gateway.forward_table, **HERE}

    def change(entry_id: str, **params: Any) -> None:
        call("Vpc", "ModifyForwardEntry", ForwardEntryId=entry_id, **asked, **params)

    change(high, ForwardEntryName="broken-off")
    change(entry, ExternalPort="443")
    for params in ({"ExternalPort": "8443"}, {"IpProtocol": "any", **all_of_it}):
        with refused("Forbidden.ExternalIp.UsedInSnatTable", 400):
            change(entry, **params)
    change(entry, ExternalPort="8443", PortBreak=True)
    other = gateway.eip()
    gateway.forward(other, ExternalPort="8080", InternalIp="10.9.0.1")
    gateway.snat(SnatIp=other["EipAddress"], SourceCIDR="10.2.0.0/24")


def test_an_address_has_an_eip_or_dnat_entries(call: Caller, gateway: Gateway) -> None:
    instance = gateway.place.instance()
    to, own = gateway.eip(), call("Vpc", "AllocateEipAddress", **HERE)
    asked = {"AllocationId": own["AllocationId"], "InstanceId": instance.instance_id}
    forward = gateway.forward(to, InternalIp=instance.address)
    with refused("BIND_INSTANCE_HAVE_PORTMAP_OR_BIND_EIP", 400):
        call("Vpc", "AssociateEipAddress", **asked)
    call(
        "Vpc",
        "DeleteForwardEntry",
        ForwardTableId=gateway.forward_table,
        ForwardEntryId=forward,
        **HERE,
    )
    call("Vpc", "AssociateEipAddress", **asked)
    with refused("Forbindden", 400):
        gateway.forward(to, InternalIp=instance.address)


def test_a_dnat_entry_is_changed(call: Caller, gateway: Gateway) -> None:
    eip = gateway.eip()
    entry = gateway.forward(eip)

    def change(**params: Any) -> None:
        asked = {
            "ForwardTableId": gateway.forward_table,
            "ForwardEntryId": entry,
            **HERE,
            **params,
        }
        call("Vpc", "ModifyForwardEntry", **asked)

    change(ExternalPort="443", ForwardEntryName="tls")
    change(InternalPort="8443", IpProtocol="udp")
    (found,) = gateway.forwards()
    assert (found["ForwardEntryName"], found["ExternalPort"]) == ("tls", "443")
    assert (found["InternalPort"], found["IpProtocol"]) == ("8443", "udp")
    gateway.forward(eip, ExternalPort="53", InternalPort="53", IpProtocol="udp")
    instance, own = gateway.place.instance(), call("Vpc", "AllocateEipAddress", **HERE)
    named = {"AllocationId": own["AllocationId"], "InstanceId": instance.instance_id}
    call("Vpc", "AssociateEipAddress", **named)
    for params, code, status in (
        ({"ExternalPort": "0"}, "InvalidExternalPort.Malformed", 400),
        ({"InternalPort": "1/2"}, "InvalidInternalPort.Malformed", 400),
        ({"InternalIp": "a"}, "InvalidInternalIp.Malformed", 400),
        ({"InternalIp": "11.0.0.1"}, "Forbidden.InternalIpOutOfVpcCIDR", 400),
        ({"InternalIp": instance.address}, "Forbindden", 400),
        ({"IpProtocol": "gre"}, "InvalidProtocal.ValueNotSupported", 400),
        ({"ExternalPort": "53"}, "Forbidden.Already.Bounded", 400),
        ({"ExternalIp": "a"}, "InvalidExternalIp.Malformed", 400),
        ({"ForwardEntryName": "http://a"}, "InvalidParameter.Name.Malformed", 400),
        ({"ForwardEntryId": "fwd-none"}, "InvalidForwardEntryId.NotFound", 404),
        ({"ForwardTableId": "ftb-none"}, "InvalidForwardTableId.NotFound", 404),
        ({"ForwardEntryName": "ab", "DryRun": True}, "DryRunOperation", 400),
    ):
        with refused(code, status):
            change(**params)
    for params, code in (
        ({"ForwardEntryId": "fwd-none"}, "InvalidForwardEntryId.NotFound"),
        ({"ForwardTableId": "ftb-none"}, "InvalidForwardTableId.NotFound"),
    ):
        asked = {"ForwardTableId": gateway.forward_table, "ForwardEntryId": entry, **HERE}
        with refused(code, 404):
            call("Vpc", "DeleteForwardEntry", **{**asked, **params})


def test_lists_name_a_table_or_a_gateway(call: Caller, gateway: Gateway) -> None:
    other = Gateway(call, gateway.place)
    for action, parameter, table, code in (
        (
            "DescribeSnatTableEntries",
            "SnatTableId",
            other.snat_table,
            "InvalidSnatTableId.NotFound",
        ),
        (
            "DescribeForwardTableEntries",
            "ForwardTableId",
            other.forward_table,
            "InvalidForwardTableId.NotFound",
        ),
    ):
        with refused("MissingParameter", 400):
            call("Vpc", action, **HERE)
        with refused("InvalidNatGatewayId.NotFound", 404):
            call("Vpc", action, NatGatewayId="ngw-none", **HERE)
        with refused(code, 404):
            call("Vpc", action, **{parameter: "none-a"}, **HERE)
        with refused(code, 404):
            call("Vpc", action, NatGatewayId=gateway.nat_id, **{parameter: table}, **HERE)


def test_a_gateway_of_another_account_is_not_there(local: Local, gateway: Gateway) -> None:
    other = local.administrator(local.new_account())
    for action, params in (
        ("DeleteNatGateway", {}),
        ("GetNatGatewayAttribute", {}),
        ("ModifyNatGatewayAttribute", {"Name": "mine"}),
    ):
        with refused("InvalidNatGatewayId.NotFound", 404):
            other("Vpc", action, NatGatewayId=gateway.nat_id, **HERE, **params)
    with refused("InvalidSnatTableId.NotFound", 404):
        other(
            "Vpc",
            "CreateSnatEntry",
            SnatTableId=gateway.snat_table,
            SnatIp="198.18.0.1",
            SourceCIDR="10.0.0.0/8",
            **HERE,
        )
    assert other("Vpc", "DescribeNatGateways", **HERE)["TotalCount"] == 0


def test_a_repeated_token_makes_one_gateway(call: Caller) -> None:
    place, token = Place(call), new_instance_id("t")
    first = Gateway(call, place, ClientToken=token)
    again = Gateway(call, place, ClientToken=token)
    assert first.nat_id == again.nat_id
    assert call("Vpc", "DescribeNatGateways", **HERE)["TotalCount"] == 1
    with refused("UnsupportedOperation", 400):
        call("Vpc", "DescribeNatGateways", InstanceChargeType="PrePaid", **HERE)
    with refused("DryRunOperation", 400):
        call("Vpc", "DescribeNatGateways", DryRun=True, **HERE)


def test_gateways_have_tags(call: Caller) -> None:
    tag = {"Key": "env", "Value": "dev"}
    gateway = Gateway(call, Tag=[tag])
    Gateway(call, gateway.place)
    found = call("Vpc", "DescribeNatGateways", Tag=[tag], **HERE)["NatGateways"]["NatGateway"]
    assert [each["NatGatewayId"] for each in found] == [gateway.nat_id]
    assert found[0]["Tags"] == {"Tag": [{"TagKey": "env", "TagValue": "dev"}]}
    asked = {"VpcId": gateway.place.vpc_id, "VSwitchId": gateway.place.vswitch_id, **HERE}
    for wrong, code in (
        ([{"Key": "acs:a"}], "InvalidTagKey.Malformed"),
        ([{"Key": "a", "Value": "acs:b"}], "InvalidTagValue.Malformed"),
        ([{"Key": "a"}, {"Key": "a"}], "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            call("Vpc", "CreateNatGateway", Tag=wrong, **asked)


def test_a_vswitch_with_a_gateway_or_as_a_source_is_not_deleted(call: Caller) -> None:
    vpc_id = new_vpc(call)
    vswitch_id, other = new_vswitch(call, vpc_id), new_vswitch(call, vpc_id, "10.2.0.0/16")
    asked = {"VpcId": vpc_id, "VSwitchId": vswitch_id, **HERE}
    made = call("Vpc", "CreateNatGateway", **asked)
    (table,) = made["SnatTableIds"]["SnatTableId"]
    eip = call("Vpc", "AllocateEipAddress", **HERE)
    nat = {"InstanceId": made["NatGatewayId"], "InstanceType": "Nat"}
    call("Vpc", "AssociateEipAddress", AllocationId=eip["AllocationId"], **nat)
    entry = {"SnatTableId": table, "SnatIp": eip["EipAddress"], "SourceVSwitchId": other}
    call("Vpc", "CreateSnatEntry", **entry, **HERE)
    with refused("DependencyViolation.EnhancedNatgw", 400):
        call("Vpc", "DeleteVSwitch", VSwitchId=vswitch_id)
    with refused("DependencyViolation.SnatEntry", 400):
        call("Vpc", "DeleteVSwitch", VSwitchId=other)
    with refused("DependencyViolation.NatGateway", 400):
        call("Vpc", "DeleteVpc", VpcId=vpc_id)
    call("Vpc", "DeleteNatGateway", NatGatewayId=made["NatGatewayId"], Force=True, **HERE)
    for each in (vswitch_id, other):
        call("Vpc", "DeleteVSwitch", VSwitchId=each)


def test_a_route_keeps_its_gateway_by_force_too(call: Caller) -> None:
    vpc_id = new_vpc(call)
    vswitch_id = new_vswitch(call, vpc_id)
    made = call("Vpc", "CreateNatGateway", VpcId=vpc_id, VSwitchId=vswitch_id, **HERE)
    nat_id = made["NatGatewayId"]
    vpc = call("Vpc", "DescribeVpcs", VpcId=vpc_id)["Vpcs"]["Vpc"][0]
    route = {
        "RouteTableId": vpc["RouterTableIds"]["RouterTableIds"][0],
        "DestinationCidrBlock": "0.0.0.0/0",
        "NextHopId": nat_id,
    }
    call("Vpc", "CreateRouteEntry", NextHopType="NatGateway", **route)
    for force in (False, True):
        with refused("DependencyViolation.RouteEntry", 400):
            call("Vpc", "DeleteNatGateway", NatGatewayId=nat_id, Force=force, **HERE)
    call("Vpc", "DeleteRouteEntry", **route)
    call("Vpc", "DeleteNatGateway", NatGatewayId=nat_id, **HERE)


def test_a_block_that_a_dnat_entry_leads_to_stays(call: Caller) -> None:
    vpc_id = new_vpc(call, "172.16.0.0/16")
    vswitch_id = new_vswitch(call, vpc_id, "172.16.1.0/24")
    second = {"VpcId": vpc_id, "SecondaryCidrBlock": "192.168.0.0/16"}
    call("Vpc", "AssociateVpcCidrBlock", **second)
    made = call("Vpc", "CreateNatGateway", VpcId=vpc_id, VSwitchId=vswitch_id, **HERE)
    eip = call("Vpc", "AllocateEipAddress", **HERE)
    nat = {"InstanceId": made["NatGatewayId"], "InstanceType": "Nat"}
    call("Vpc", "AssociateEipAddress", AllocationId=eip["AllocationId"], **nat)
    table = {"ForwardTableId": made["ForwardTableIds"]["ForwardTableId"][0], **HERE}
    asked = {"ExternalIp": eip["EipAddress"], "ExternalPort": "80", "IpProtocol": "TCP"}
    to = {"InternalIp": "192.168.3.4", "InternalPort": "80"}
    entry = call("Vpc", "CreateForwardEntry", **asked, **to, **table)["ForwardEntryId"]
    with refused("DependencyViolation.ForwardEntry", 400):
        call("Vpc", "UnassociateVpcCidrBlock", **second)
    call("Vpc", "DeleteForwardEntry", ForwardEntryId=entry, **table)
    call("Vpc", "UnassociateVpcCidrBlock", **second)
