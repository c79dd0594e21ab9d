"""Networks of the past: `--as-of` tells what was so, and says where the past is not known."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.commands import juyong
from tests.local import Caller, Local, local_platform
from tests.platforms import quotas
from tests.unit.services.networks import new_vpc, new_vswitch

from juyong.app.state import check, state_of
from juyong.base.clock import Instant, iso
from juyong.engines.packet import AclEntry, Network
from juyong.services.ecs.planes import DATAPLANE
from juyong.services.network.facade import desired
from juyong.services.network.past import then
from juyong.services.network.view import view
from juyong.store.inventory import ResourceEventRow
from juyong.store.inventory_reads import newest, types_changed

REGION = "cn-hangzhou"
IMAGE = "debian_12_6_x64_20G_alibase_20240711.vhd"
Step = Callable[[], object]


class Shop:
    """A network that calls make and change, step by step, at times of their own."""

    def __init__(self, local: Local) -> None:
        self.local = local
        self.call: Caller = local.administrator(local.new_account())
        self.at: list[Instant] = []
        self.before = local.running.store.call(lambda tx: (newest(tx), desired(tx)))
        self.networks: list[Network] = []

    def ecs(self, action: str, **params: Any) -> Any:
        return self.call("Ecs", action, RegionId=REGION, **params)

    def vpc(self, action: str, **params: Any) -> Any:
        return self.call("Vpc", action, RegionId=REGION, **params)

    def look(self) -> None:
        """Remember the networks of now, and let a minute pass."""
        self._told()
        self.at.append(self.local.clock())
        self.networks.append(
            plain(self.local.running.store.call(view).picture.compiled.parts.network)
        )
        self.local.clock.offset += 60

    def _told(self) -> None:
        """Whatever changes what the network plane carries tells so, or packets pass by old rules."""
        mark, carried = self.before
        call = self.local.running.store.call
        self.before = call(lambda tx: (newest(tx), desired(tx)))
        if self.before[1] != carried:
            types = call(lambda tx: types_changed(tx, mark)) or set()
            assert any(each.startswith(DATAPLANE.wakes) for each in types), types

    def instance(self, vswitch: str, group: str, name: str) -> str:
        wanted = {"ImageId": IMAGE, "InstanceType": "ecs.c6.large", "InstanceName": name}
        made = self.ecs("RunInstances", VSwitchId=vswitch, SecurityGroupIds=[group], **wanted)
        (found,) = made["InstanceIdSets"]["InstanceIdSet"]
        return str(found)

    def group(self, vpc_id: str) -> str:
        return str(self.ecs("CreateSecurityGroup", VpcId=vpc_id)["SecurityGroupId"])

    def rule(self, group: str, port: int, **peer: str) -> dict[str, str]:
        rule = {"IpProtocol": "tcp", "PortRange": f"{port}/{port}", **peer}
        self.ecs("AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=[rule])
        return rule

    def live(self) -> None:
        """Change each kind of thing, and look after each change."""
        vpc = new_vpc(self.call, "10.0.0.0/16")
        web, db = (new_vswitch(self.call, vpc, f"10.0.{each}.0/24") for each in (0, 1))
        a, b = self.group(vpc), self.group(vpc)
        one, two = self.instance(web, a, "web"), self.instance(db, b, "db")
        blocks = self.ecs(
            "CreatePrefixList", PrefixListName="list", AddressFamily="IPv4", MaxEntries=9,
            Entry=[{"Cidr": "192.0.2.0/24"}],
        )["PrefixListId"]  # fmt: skip
        ports = self.ecs(
            "CreatePortRangeList", PortRangeListName="list", MaxEntries=9,
            Entry=[{"PortRange": "80/80"}],
        )["PortRangeListId"]  # fmt: skip
        rule = self.rule(b, 5432, SourceGroupId=a)
        listed = {"IpProtocol": "tcp", "PortRangeListId": ports, "SourcePrefixListId": blocks}
        (card,) = self.ecs("DescribeNetworkInterfaces", InstanceId=one)["NetworkInterfaceSets"][
            "NetworkInterfaceSet"
        ]
        eni = {"NetworkInterfaceId": card["NetworkInterfaceId"]}
        eip = self.vpc("AllocateEipAddress")
        acl = self.vpc("CreateNetworkAcl", VpcId=vpc)["NetworkAclId"]
        entry = {
            "Policy": "accept",
            "Protocol": "all",
            "Port": "-1/-1",
            "SourceCidrIp": "10.0.0.0/8",
        }
        bound = [{"ResourceType": "VSwitch", "ResourceId": db}]
        nat = self.vpc(
            "CreateNatGateway", VpcId=vpc, VSwitchId=web, NatType="Enhanced"
        )  # fmt: skip
        out = self.vpc("AllocateEipAddress")
        steps: list[Step] = [
            lambda: self.ecs("AuthorizeSecurityGroup", SecurityGroupId=a, Permissions=[listed]),
            lambda: self.ecs("ModifyPrefixList", PrefixListId=blocks, AddEntry=[{"Cidr": "10.9.0.0/16"}]),
            lambda: self.ecs(
                "ModifyPortRangeList", PortRangeListId=ports, AddEntry=[{"PortRange": "443/443"}]
            ),
            lambda: self.ecs("JoinSecurityGroup", SecurityGroupId=b, InstanceId=one),
            lambda: self.ecs("LeaveSecurityGroup", SecurityGroupId=a, InstanceId=one),
            lambda: self.ecs("ModifyInstanceAttribute", InstanceId=one, SecurityGroupIds=[a, b]),
            lambda: self.ecs("ModifyNetworkInterfaceAttribute", SecurityGroupId=[a], **eni),
            lambda: self.ecs("AssignPrivateIpAddresses", SecondaryPrivateIpAddressCount=2, **eni),
            lambda: self.vpc("AssociateEipAddress", AllocationId=eip["AllocationId"], InstanceId=one),
            lambda: self.vpc(
                "UpdateNetworkAclEntries", NetworkAclId=acl, UpdateIngressAclEntries=True,
                IngressAclEntries=[entry],
            ),
            lambda: self.vpc("AssociateNetworkAcl", NetworkAclId=acl, Resource=bound),
            lambda: self.vpc("UnassociateNetworkAcl", NetworkAclId=acl, Resource=bound),
            lambda: self.vpc(
                "AssociateEipAddress", AllocationId=out["AllocationId"],
                InstanceId=nat["NatGatewayId"], InstanceType="Nat",
            ),
            lambda: self.vpc(
                "CreateSnatEntry", SnatTableId=nat["SnatTableIds"]["SnatTableId"][0],
                SourceVSwitchId=db, SnatIp=out["EipAddress"],
            ),
            lambda: self.vpc(
                "CreateRouteEntry", RouteTableId=self.table(vpc), DestinationCidrBlock="0.0.0.0/0",
                NextHopType="NatGateway", NextHopId=nat["NatGatewayId"],
            ),
            lambda: self.ecs("RevokeSecurityGroup", SecurityGroupId=b, Permissions=[rule]),
            lambda: self.ecs("ModifySecurityGroupPolicy", SecurityGroupId=a, InnerAccessPolicy="Drop"),
            lambda: self.ecs("StopInstances", InstanceId=[two]),
            lambda: self.ecs("DeleteInstance", InstanceId=two, Force=True),
        ]  # fmt: skip
        self.look()
        for step in steps:
            step()
            self.look()

    def table(self, vpc_id: str) -> str:
        listed = self.vpc("DescribeRouteTableList", VpcId=vpc_id)
        return str(listed["RouterTableList"]["RouterTableListType"][0]["RouteTableId"])


def placed(acl_id: str, way: str, entries: tuple[AclEntry, ...]) -> Iterator[AclEntry]:
    number = acl_id.partition("-")[2]
    yield from (replace(e, id=f"{way}-{n}of{number}") for n, e in enumerate(entries, start=1))


def plain(network: Network) -> Network:
    """Return a network with the places of ACL entries for their ids, which no state tells."""
    numbered = [
        replace(
            acl,
            ingress=tuple(placed(acl.id, "ingress", acl.ingress)),
            egress=tuple(placed(acl.id, "egress", acl.egress)),
        )
        for acl in network.acls
    ]
    tables = [each for each in network.tables if not each.id.startswith("vtb-of")]
    return replace(network, acls=tuple(numbered), tables=tuple(sorted(tables, key=lambda t: t.id)))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Shop]:
    path = tmp_path_factory.mktemp("past") / "home"
    with local_platform(path) as local:
        shop = Shop(local)
        shop.live()
        assert check(state_of(local.running)) == []
        for at, network in zip(shop.at, shop.networks, strict=True):
            found = local.running.store.call(lambda tx, at=at: view(then(tx, at)))
            assert found.picture.left_out == ()
            told = found.picture.compiled.parts.network
            assert plain(told) == network, iso(at)
            # Entries have the names that the page tells.
            assert plain(told).acls == told.acls
    return path, shop


def asked(home: Path, *words: object, at: Instant | str) -> Any:
    moment = at if isinstance(at, str) else iso(at)
    return juyong("net", *words, "--home", home, "--as-of", moment)


def test_each_change_is_in_the_past_at_its_time(lived: tuple[Path, Shop]) -> None:
    _, shop = lived
    assert len(shop.at) == 20
    # Each step but the stop of an instance changed what judges or carries packets.
    same = [one == other for one, other in zip(shop.networks, shop.networks[1:], strict=False)]
    assert sum(same) <= 3, same


def test_questions_about_the_past(lived: tuple[Path, Shop]) -> None:
    home, shop = lived
    first, last = shop.at[0], shop.at[-1]
    before = asked(home, "can", "web", "db", "tcp/5432", at=first)
    assert (before.status, before.out.splitlines()[-1]) == (
        0,
        f"judged by the rules of {iso(first)}; no packet was sent",
    )
    assert asked(home, "can", "web", "db", "tcp/5432", at=shop.at[-3]).status == 1
    assert asked(home, "can", "web", "db", "tcp/5432", at=last).status == 3  # db is gone
    told = json.loads(asked(home, "paths", "web", "--json", at=first).out)
    assert (told["as_of"], {e["target"].partition(" ")[2] for e in told["flows"]}) == (
        iso(first),
        {"(db)", "(web)"},
    )
    assert asked(home, "exposed", at=first).status == 1


def test_what_opened_and_closed_since(lived: tuple[Path, Shop]) -> None:
    home, shop = lived
    done = asked(home, "compare", "--json", at=shop.at[0])
    told = json.loads(done.out)
    assert done.status == 0
    assert {(e["source"][-5:], e["target"][-4:]) for e in told["closed"]} >= {("(web)", "(db)")}
    assert "internet" in {each["target"] for each in told["opened"]}
    same = asked(home, "compare", at=shop.at[-1])
    assert (same.status, same.out) == (1, "no flow opened or closed\n")
    both = juyong("net", "compare", "plan.json", "--as-of", "7d", "--home", home)
    assert (both.status, "not both" in both.err) == (3, True)
    assert juyong("net", "compare", "--home", home).status == 3
    assert asked(home, "can", "web", "db", "tcp/5432", at="yesterday").status == 3


def test_the_past_that_is_not_known_is_said(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with local_platform(home) as local:
        shop = Shop(local)
        shop.live()
        known = shop.at[4]

        def expire(tx: Any) -> None:
            from juyong.store.inventory_retention import forget_history

            forget_history(tx, known, 1000)

        local.running.store.call(expire)
    gone = asked(home, "can", "web", "db", "tcp/5432", at=shop.at[0])
    assert (gone.status, f"they are kept from {iso(known)} on" in gone.err) == (2, True)
    assert asked(home, "can", "web", "db", "tcp/5432", at=known).status in (0, 1)
    assert asked(home, "compare", at=shop.at[0]).status == 2

    with local_platform(home) as local:

        def older(tx: Any) -> None:
            for row in tx.find(ResourceEventRow, resource_type="ACS::ECS::NetworkInterface"):
                state = json.loads(row.snapshot)
                del state["SecurityGroupIds"]
                tx.delete(row)
                tx.insert(replace(row, snapshot=json.dumps(state)))

        local.running.store.call(older)
    less = asked(home, "can", "web", "db", "tcp/5432", at=known)
    assert (less.status, "of a version that kept no groups" in less.err) == (2, True)


def test_long_lists_are_not_kept_and_what_they_decide_cannot_be_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with (
        local_platform(home) as local,
        quotas(
            local,
            {
                "ecs.prefix-list-entries": 1000,
                "ecs.rules-per-group": 1000,
                "ecs.rules-per-interface": 2000,
            },
        ),
    ):
        shop = Shop(local)
        vpc = new_vpc(shop.call, "10.0.0.0/16")
        group = shop.group(vpc)
        shop.instance(new_vswitch(shop.call, vpc, "10.0.0.0/24"), group, "web")
        wanted = {"PrefixListName": "list", "AddressFamily": "IPv4", "MaxEntries": 201}
        blocks = shop.ecs("CreatePrefixList", **wanted, Entry=[{"Cidr": "10.0.0.0/8"}])
        shop.rule(group, 22, SourcePrefixListId=blocks["PrefixListId"])
        shop.look()
        assert check(state_of(local.running)) == []
    there = asked(home, "can", "web", "web", "tcp/22", at=shop.at[0])
    assert there.status == 2, there.out
    assert asked(home, "paths", "internet", at=shop.at[0]).status == 2
