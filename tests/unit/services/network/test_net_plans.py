"""`juyong net compare` of plans that make, move and end things: instances, ACLs, NAT entries."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.commands import juyong
from tests.local import local_platform
from tests.unit.services.network import network_rows as rows
from tests.unit.services.network.plan_cases import RULE, acl, change, compare, flows, new, rule, way

from juyong.base.ids import AccountId
from juyong.engines.packet import Packet
from juyong.services.network.comparing import planned
from juyong.services.network.peering.tables import PeeringRow
from juyong.services.network.view import view
from juyong.store.transaction import Transaction

OTHER = AccountId("1000000000000002")
INSTANCE = "alicloud_instance"
NEW = "alicloud_instance.new (new)"
APP = "alicloud_instance.app (app)"


def shop(tx: Transaction) -> None:
    rows.two_tiers(tx)
    rows.rule(tx, "sgr-pg", "sg-db", port_range="5432/5432", peer_group_id="sg-web")
    rows.eip(tx, "eip-web", "198.18.0.9", "eni-web", "10.0.0.5")
    rows.eip(tx, "eip-nat", "198.18.0.11", "", "")
    rows.eip(tx, "eip-out", "198.18.0.12", "", "")
    rows.nat(tx, "ngw-a", "vsw-web", snat_table_id="stb-a", forward_table_id="ftb-a")
    rows.forward(tx, "fwd-a", "ngw-a", "198.18.0.11", "2222", "10.0.1.5", "22")
    rows.rule(tx, "sgr-ssh", "sg-db", port_range="22/22", peer_cidr="203.0.113.0/24")
    rows.route(tx, "rte-a", "vtb-a", "0.0.0.0/0", "ngw-a")
    rows.acl(
        tx, "nacl-a", "ingress accept all -1/-1 0.0.0.0/0", "egress accept all -1/-1 0.0.0.0/0"
    )
    rows.prefix_list(tx, "pl-a", "192.0.2.0/24")
    rows.vpc(tx, "vpc-b", "10.7.0.0/16")
    rows.vswitch(tx, "vsw-far", "10.7.0.0/24", "vpc-b")
    rows.group(tx, "sg-far", "vpc-b")
    rows.rule(tx, "sgr-far", "sg-far", port_range="22/22", peer_cidr="10.0.0.0/24")
    rows.interface(
        tx, "eni-far", "vsw-far", "10.7.0.5", "sg-far", vpc_id="vpc-b", instance_id="i-far",
        is_primary=True,
    )  # fmt: skip
    rows.vpc(tx, "vpc-c", "10.5.0.0/16", account_id=OTHER)
    rows.vswitch(tx, "vsw-other", "10.5.0.0/24", "vpc-c")
    rows.group(tx, "sg-other", "vpc-c")
    rows.rule(tx, "sgr-other", "sg-other", port_range="22/22", peer_cidr="10.0.0.0/24")
    rows.interface(
        tx, "eni-other", "vsw-other", "10.5.0.5", "sg-other", vpc_id="vpc-c",
        instance_id="i-other", is_primary=True,
    )  # fmt: skip
    tx.insert(
        rows.make(
            PeeringRow, peering_id="pcc-wait", vpc_id="vpc-a", accepting_vpc_id="vpc-c",
            accepting_account_id=OTHER, accepting_region=rows.REGION, status="Accepting",
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plans") / "home"
    with local_platform(path) as local:
        local.running.store.call(shop)
    return path


@pytest.fixture
def told(home: Path, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def tell(*changes: dict[str, Any], status: int | None = None) -> dict[str, Any]:
        done = compare(home, tmp_path, *changes)
        found: dict[str, Any] = json.loads(done.out)
        if status is not None:
            assert done.status == status, found
        found["opened"], found["closed"] = flows(done, "opened"), flows(done, "closed")
        return found

    return tell


def instance(name: str = "new", **more: Any) -> dict[str, Any]:
    known = {"vswitch_id": "vsw-web", "security_groups": ["sg-web"], "instance_name": name}
    return change(INSTANCE, None, known | more, name=name)


def test_a_new_instance_is_judged_at_the_lowest_free_address(told: Any) -> None:
    found = told(instance(), status=0)
    assert (NEW, "i-db", "tcp/5432") in found["opened"]
    assert found["closed"] == []
    assert found["assumed"] == [
        "alicloud_instance.new: 10.0.0.1 is its address, the lowest free one"
    ]
    there = told(instance(private_ip="10.0.0.77"), status=0)
    assert there["assumed"] == []
    assert there["opened"] == found["opened"]


def test_a_new_instance_whose_address_matters_is_named(told: Any) -> None:
    narrow = change(RULE, None, rule(cidr_ip="10.0.0.8/29", security_group_id="sg-db"))
    found = told(narrow, instance(), status=2)
    (unknown,) = found["unknown"]
    assert "judged at 10.0.0.1, and rules tell that address from others of `vsw-web`" in unknown
    exact = told(narrow, instance(private_ip="10.0.0.9"), status=0)
    assert (NEW, "i-db", "tcp/22, tcp/5432") in exact["opened"]
    # A block that holds all of the vSwitch, or none, tells nothing apart; nor one that is taken.
    wide = change(RULE, None, rule(cidr_ip="10.0.0.0/23", security_group_id="sg-db"))
    assert told(wide, instance(), status=0)["unknown"] == []
    taken = change(RULE, None, rule(cidr_ip="10.0.0.5/32", security_group_id="sg-db"))
    assert told(taken, instance(), status=0)["unknown"] == []


def test_an_instance_that_changes_groups_or_ends(told: Any) -> None:
    before = {"id": "i-web", "vswitch_id": "vsw-web", "security_groups": ["sg-web"]}
    moved = told(change(INSTANCE, before, before | {"security_groups": ["sg-db"]}), status=0)
    assert moved["closed"] == [("i-web", "i-db", "tcp/5432")]
    assert [each[:2] for each in moved["opened"]] == [("internet", "i-web")]
    same = change(INSTANCE, before, before | {"instance_name": "other"})
    assert told(same, status=1)["opened"] == []
    ended = told(change(INSTANCE, before, None), status=0)
    assert {each[:2] for each in ended["closed"]} == {("i-web", "i-db"), ("i-web", "internet")}
    assert ended["opened"] == []
    there = told(change(INSTANCE, before, before | {"vswitch_id": "vsw-db"}), status=0)
    assert there["assumed"] == [
        "alicloud_instance.it: 10.0.1.1 is its address, the lowest free one"
    ]


def test_a_network_acl_closes_what_it_does_not_let_pass(told: Any) -> None:
    bound = told(change("alicloud_network_acl", None, acl("vsw-db")), status=0)
    assert bound["opened"] == []
    assert ("i-web", "i-db", "tcp/5432") not in bound["closed"]
    assert ("internet", "i-db", "tcp/22") in bound["closed"]
    other = told(change("alicloud_network_acl", None, acl("vsw-db", port="3306/3306")), status=0)
    assert ("i-web", "i-db", "tcp/5432") in other["closed"]
    # An ACL that exists gets a vSwitch by an attachment, and other entries by an update.
    attached = {"network_acl_id": "nacl-a", "resource_id": "vsw-db", "resource_type": "VSwitch"}
    assert told(change("alicloud_vpc_network_acl_attachment", None, attached), status=1)
    filled = acl("vsw-db") | {"id": "nacl-a"}
    done = told(change("alicloud_network_acl", {"id": "nacl-a", "resources": []}, filled), status=0)
    assert done["closed"] == bound["closed"]
    gone = told(change("alicloud_network_acl", {"id": "nacl-a"}, None), status=1)
    assert gone["unknown"] == []


def test_entries_of_nat_gateways(told: Any) -> None:
    snat = {"snat_table_id": "stb-a", "source_vswitch_id": "vsw-db", "snat_ip": "198.18.0.12"}
    out = told(change("alicloud_snat_entry", None, snat), status=0)
    assert [each[:2] for each in out["opened"]] == [("i-db", "internet")]
    forward = {
        "forward_table_id": "ftb-a",
        "external_ip": "198.18.0.11",
        "external_port": "8022",
        "internal_ip": "10.0.1.5",
        "internal_port": "22",
        "ip_protocol": "tcp",
    }
    inward = told(change("alicloud_forward_entry", None, forward), status=0)
    assert inward["opened"] == [("internet", "i-db", "tcp/22")] or inward["opened"] == [
        ("internet", "i-db", "tcp/8022")
    ]
    gone = {**forward, "external_port": "2222", "forward_entry_id": "fwd-a"}
    ended = told(change("alicloud_forward_entry", gone, None), status=0)
    assert [each[:2] for each in ended["closed"]] == [("internet", "i-db")]
    moved = told(change("alicloud_forward_entry", gone, {**gone, "internal_port": "23"}), status=0)
    assert (len(moved["opened"]), len(moved["closed"])) == (0, 1)


def test_blocks_of_prefix_lists(told: Any) -> None:
    named = change(RULE, None, rule(cidr_ip=None, prefix_list_id="pl-a"))
    assert [each[0] for each in told(named)["opened"]] == ["internet"]
    filled = {"id": "pl-a", "entrys": [{"cidr": "10.0.1.0/24"}]}
    wider = change("alicloud_vpc_prefix_list", {"id": "pl-a", "entrys": []}, filled)
    assert [each[0] for each in told(named, wider)["opened"]] == ["i-db"]
    fresh = new(
        "alicloud_ecs_prefix_list", {"address_family": "IPv4", "entry": [{"cidr": "10.0.1.5/32"}]}
    )
    by_name = new(RULE, rule(cidr_ip=None), prefix_list_id="alicloud_ecs_prefix_list.it.id")
    del by_name["change"]["after"]["prefix_list_id"]
    assert [each[0] for each in told(by_name, fresh)["opened"]] == ["i-db"]


def stack(count: int = 0) -> list[dict[str, Any]]:
    """A VPC of its own, of which no id is known before it is made, in no useful order."""
    index = [f"[{number}]" for number in range(count)] or [""]
    group, vswitch = "alicloud_security_group.app", "alicloud_vswitch.app"
    bound = {"resource_type": "VSwitch"}
    walls = acl() | {"resources": [bound]}
    del walls["vpc_id"]
    entries = new("alicloud_network_acl", walls, "app", vpc_id="alicloud_vpc.app.id")
    references = {"references": [f"{vswitch}.id", vswitch]}
    entries["expressions"]["resources"] = [{"resource_id": references}]
    entry = without(rule(), "security_group_id")
    return [
        new("alicloud_eip_association", {}, "app", allocation_id="alicloud_eip_address.app.id",
            instance_id=f"alicloud_instance.app{index[0]}.id"),
        new(RULE, entry | {"port_range": "443/443"}, "app", security_group_id=f"{group}.id"),
        entries,
        *(
            new(INSTANCE, {"instance_name": "app", "tags": {"tier": "app"}}, f"app{each}",
                vswitch_id=f"{vswitch}.id", security_groups=[f"{group}.id"])
            for each in index
        ),
        new("alicloud_security_group", {"inner_access_policy": "Drop"}, "app",
            vpc_id="alicloud_vswitch.app.vpc_id"),
        new("alicloud_vswitch", {"cidr_block": "10.9.1.0/24"}, "app", vpc_id="alicloud_vpc.app.id"),
        change("alicloud_vpc", None, {"cidr_block": "10.9.0.0/16"}, name="app"),
        change("alicloud_eip_address", None, {}, name="app"),
    ]  # fmt: skip


def without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def test_things_that_name_each_other_before_they_have_ids(told: Any) -> None:
    found = told(*stack()[:2], *stack()[3:], status=0)
    assert ("internet", APP, "tcp/443") in found["opened"]
    assert {each[:2] for each in found["opened"]} == {
        ("internet", APP),
        (APP, "internet"),
        (APP, APP),
    }
    assert found["assumed"] == [
        "alicloud_eip_address.app: 198.19.255.254 stands for its address, of eip-plan1",
        "alicloud_instance.app: 10.9.1.1 is its address, the lowest free one",
    ]
    # The ACL lets 5432 in from 10.0.0.0/24 alone.
    walled = told(*stack(), status=0)
    assert ("internet", APP) not in {each[:2] for each in walled["opened"]}


def test_several_of_which_one_is_meant(told: Any) -> None:
    found = told(*stack(2), status=0)
    assert {each[0] for each in found["opened"]} >= {
        *("alicloud_instance.app[0] (app)", "alicloud_instance.app[1] (app)")
    }
    unclear = stack(2)
    unclear[0]["expressions"]["instance_id"]["references"] = [
        "alicloud_instance.app",
        "count.index",
    ]
    (unknown,) = told(*unclear, status=2)["unknown"]
    assert unknown == (
        "alicloud_eip_association.app: `instance_id` depends on several things,"
        " and the plan does not say how"
    )
    local = stack()
    local[0]["expressions"]["instance_id"]["references"] = ["local.chosen"]
    (unknown,) = told(*local, status=2)["unknown"]
    assert unknown.endswith("`instance_id` is not known before it is made")


def test_a_new_thing_that_is_refused_takes_down_what_names_it_and_nothing_else(told: Any) -> None:
    parts = stack()
    parts[5]["change"]["after"]["cidr_block"] = "10.8.0.0/24"  # Outside of its VPC.
    found = told(*parts, instance(), status=2)
    assert {each.partition(":")[0] for each in found["unknown"]} >= {
        *("alicloud_vswitch.app", "alicloud_instance.app", "alicloud_eip_association.app")
    }
    assert (NEW, "i-db", "tcp/5432") in found["opened"]


def test_modules_are_followed_inward_and_outward(home: Path, tmp_path: Path) -> None:
    """A module makes the group and the vSwitch; another one is told of both by variables."""
    made = [
        new("alicloud_vswitch", {"cidr_block": "10.0.9.0/24", "vpc_id": "vpc-a"}, "w"),
        new("alicloud_security_group", {"vpc_id": "vpc-a"}, "g"),
        new(INSTANCE, {}, "web", vswitch_id="var.place.x", security_groups=["var.groups.x"]),
    ]
    for each, path in zip(
        made, ('module.net["a.b"]', 'module.net["a.b"]', "module.app[0]"), strict=True
    ):
        each["address"] = f"{path}.{each['address']}"
    written = {each["address"].rpartition("].")[2]: each.pop("expressions") for each in made}
    net = {
        "resources": [
            {"address": name, "expressions": written[name]} for name in list(written)[:2]
        ],
        "outputs": {
            "place": {
                "expression": {"references": ["alicloud_vswitch.w.id", "alicloud_vswitch.w"]}
            },
            "group": {"expression": {"references": ["alicloud_security_group.g"]}},
        },
    }
    for each in written["alicloud_instance.web"].values():
        each["references"] = [each["references"][1]]
    app = {
        "resources": [
            {"address": "alicloud_instance.web", "expressions": written["alicloud_instance.web"]}
        ]
    }
    calls = {
        "net": {"module": net},
        "app": {
            "module": app,
            "expressions": {
                "place": {
                    "references": ['module.net["a.b"].place', 'module.net["a.b"]', "module.net"]
                },
                "groups": {
                    "references": ['module.net["a.b"].group', 'module.net["a.b"]', "module.net"]
                },
            },
        },
    }
    plan = {
        "format_version": "1.2",
        "resource_changes": made,
        "configuration": {"root_module": {"module_calls": calls}},
    }
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    done = juyong("net", "compare", tmp_path / "plan.json", "--home", home, "--json")
    found = json.loads(done.out)
    assert (done.status, found["unknown"]) == (0, [])
    assert {each["source"] for each in found["opened"]} == {"module.app[0].alicloud_instance.web"}
    # A module that calls itself, or is not there, is no end of time.
    calls["net"]["module"]["outputs"]["place"] = {
        "expression": {"references": ["module.net.place"]}
    }
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    done = juyong("net", "compare", tmp_path / "plan.json", "--home", home, "--json")
    assert done.status == 2


def test_assertions_are_proved_of_new_instances(home: Path, tmp_path: Path) -> None:
    parts = stack()
    compare(home, tmp_path, *parts[:2], *parts[3:])
    lines = tmp_path / "lines"
    lines.write_text("allow internet -> tag:tier=app tcp/443\ndeny internet -> app tcp/22\n")
    done = juyong("net", "prove", lines, "--plan", tmp_path / "plan.json", "--home", home)
    assert done.status == 0, done.out
    lines.write_text("deny internet -> alicloud_instance.app tcp/443\n")
    done = juyong("net", "prove", lines, "--plan", tmp_path / "plan.json", "--home", home)
    assert (done.status, "internet → alicloud_instance.app (app)" in done.out) == (1, True)


def test_each_flow_has_a_packet_that_the_engine_replays(home: Path, tmp_path: Path) -> None:
    done = compare(home, tmp_path, *stack(2), change(RULE, None, rule(), name="b"))
    data = (tmp_path / "plan.json").read_bytes()
    with local_platform(home) as local:
        before = local.running.store.call(view)
        after = local.running.store.call(lambda tx: planned(tx, before, data))
    opened = json.loads(done.out)["opened"]
    assert len(opened) > 5
    for each in opened:
        shown = dict(each["packet"])
        start = shown.pop("start")
        packet = Packet.of(
            {6: "tcp", 17: "udp", 1: "icmp", 58: "icmpv6"}.get(shown["protocol"], str(shown.pop("protocol"))),
            shown["source"], shown["target"],
            source_port=shown["source_port"], target_port=shown["target_port"],
            icmp_type=shown["icmp_type"],
        )  # fmt: skip
        assert after.compiled.explain(packet, start).delivered, each
        if start in {*before.picture.compiled.parts.interfaces, "internet"}:
            assert not before.picture.compiled.explain(packet, start).delivered, each


def test_routes_tables_and_blocks(told: Any) -> None:
    table = change("alicloud_route_table", None, {"vpc_id": "vpc-a"})
    led = new("alicloud_route_table_attachment", {"vswitch_id": "vsw-db"},
              route_table_id="alicloud_route_table.it.id")  # fmt: skip
    snat = {"snat_table_id": "stb-a", "source_vswitch_id": "vsw-db", "snat_ip": "198.18.0.12"}
    out = change("alicloud_snat_entry", None, snat)
    # A table without a route to the gateway leads nowhere.
    assert told(table, led, out, status=0)["opened"] == []
    entry = new("alicloud_route_entry", without(way("NatGateway", "ngw-a"), "route_table_id"),
                route_table_id="alicloud_route_table.it.id")  # fmt: skip
    assert [each[:2] for each in told(table, led, out, entry, status=0)["opened"]] == [
        ("i-db", "internet")
    ]
    ended = change("alicloud_route_entry", way("NatGateway", "ngw-a"), None)
    assert told(ended, out, status=0)["opened"] == []
    block = {"vpc_id": "vpc-a", "secondary_cidr_block": "192.168.0.0/16"}
    more = [
        change("alicloud_vpc_ipv4_cidr_block", None, block),
        change("alicloud_vswitch", None, {"vpc_id": "vpc-a", "cidr_block": "192.168.1.0/24"}),
        new(INSTANCE, {"security_groups": ["sg-web"]}, vswitch_id="alicloud_vswitch.it.id"),
    ]
    assert ("alicloud_instance.it", "i-db", "tcp/5432") in told(*more, status=0)["opened"]
    assert told(*more[1:], status=2)["unknown"]


def test_peering_connections_of_one_account(told: Any) -> None:
    joined = {
        "vpc_id": "vpc-a",
        "accepting_ali_uid": int(rows.ACCOUNT),
        "accepting_vpc_id": "vpc-b",
    }
    peering = change("alicloud_vpc_peer_connection", None, joined)
    there = without(way("VpcPeer", ""), "nexthop_id") | {"destination_cidrblock": "10.7.0.0/16"}
    routes = [
        new("alicloud_route_entry", there, "there", nexthop_id=f"{peering['address']}.id"),
        new("alicloud_route_entry", there | {"route_table_id": "vtb-b",
            "destination_cidrblock": "10.0.0.0/16"}, "back", nexthop_id=f"{peering['address']}.id"),
    ]  # fmt: skip
    found = told(peering, *routes, status=0)
    assert [each[:2] for each in found["opened"]] == [("i-web", "i-far")]
    assert told(peering, status=1)["unknown"] == []
    gone = change("alicloud_vpc_peer_connection", {"id": "pcc-none"}, None)
    assert "there is no peering connection `pcc-none`" in told(gone, status=2)["unknown"][0]
    fresh = [
        change("alicloud_vpc", None, {"cidr_block": "10.8.0.0/16"}, name="one"),
        change("alicloud_vpc", None, {"cidr_block": "10.6.0.0/16"}, name="two"),
        new("alicloud_vpc_peer_connection", {"accepting_ali_uid": 7}, vpc_id="alicloud_vpc.one.id",
            accepting_vpc_id="alicloud_vpc.two.id"),
    ]  # fmt: skip
    assert "both VPCs are of one account" in told(*fresh, status=1)["assumed"][0]
    mixed = [fresh[0], new("alicloud_vpc_peer_connection", without(joined, "vpc_id"),
             vpc_id="alicloud_vpc.one.id")]  # fmt: skip
    assert told(*mixed, status=1)["assumed"] == [f"{peering['address']}: {accepts(rows.ACCOUNT)}"]


def accepts(account_id: str) -> str:
    return f"the account `{account_id}` accepts the connection"


def to_other(accepting_vpc_id: str = "vpc-c", account_id: str = OTHER) -> dict[str, Any]:
    """A connection to a VPC of another account, and what leads there and back."""
    ends = {
        "vpc_id": "vpc-a",
        "accepting_vpc_id": accepting_vpc_id,
        "accepting_ali_uid": int(account_id),
    }
    return change("alicloud_vpc_peer_connection", None, ends)


def ways(*, known: str = "", named: str = "") -> list[dict[str, Any]]:
    """Routes there and back over a connection, by its id or by what names it."""
    found = []
    for table_id, block in (("vtb-a", "10.5.0.0/16"), ("vtb-c", "10.0.0.0/16")):
        values = {"route_table_id": table_id, "destination_cidrblock": block}
        values |= {"nexthop_type": "VpcPeer"} | ({"nexthop_id": known} if known else {})
        references = {"nexthop_id": named} if named else {}
        found.append(new("alicloud_route_entry", values, table_id, **references))
    return found


def test_a_peering_connection_to_another_account_is_judged_as_if_that_account_accepts(
    told: Any,
) -> None:
    peering = to_other()
    routes = ways(named=f"{peering['address']}.id")
    found = told(peering, *routes, status=0)
    assert [each[:2] for each in found["opened"]] == [("i-web", "i-other")]
    assert found["assumed"] == [f"{peering['address']}: {accepts(OTHER)}"]
    accepter = new(
        "alicloud_vpc_peer_connection_accepter", {}, instance_id=f"{peering['address']}.id"
    )
    accepted = told(peering, accepter, *routes, status=0)
    assert accepted["opened"] == found["opened"]
    assert accepted["assumed"] == []


def test_a_plan_accepts_and_parts_a_connection_that_waits(told: Any) -> None:
    values = {"instance_id": "pcc-wait"}
    accepter = change("alicloud_vpc_peer_connection_accepter", None, values)
    found = told(accepter, *ways(known="pcc-wait"), status=0)
    assert [each[:2] for each in found["opened"]] == [("i-web", "i-other")]
    assert found["assumed"] == []
    gone = change("alicloud_vpc_peer_connection_accepter", values | {"id": "pcc-wait"}, None)
    assert told(gone, status=1)["unknown"] == []
    none = change("alicloud_vpc_peer_connection_accepter", None, {"instance_id": "pcc-none"})
    assert "there is no peering connection `pcc-none`" in told(none, status=2)["unknown"][0]


def test_a_peering_connection_says_why_its_other_end_cannot_be_judged(told: Any) -> None:
    elsewhere = told(to_other("vpc-far", "7"), status=2)["unknown"][0]
    assert "the VPC `vpc-far` of the account `7` is not of this platform" in elsewhere
    wrong = told(to_other("vpc-c", "7"), status=2)["unknown"][0]
    assert f"`vpc-c` is a VPC of the account `{OTHER}`, and not of `7`" in wrong


def test_addresses_of_a_plan_say_nothing_to_a_terminal(told: Any) -> None:
    evil = 'alicloud_instance.new["\x1b[31m\r"]'
    made = instance() | {"address": evil}
    unfit = change("alicloud_slb", None, {}) | {"address": "alicloud_slb.a\x1b]0;x\x07"}
    found = told(made, unfit, status=2)
    text = json.dumps(found, ensure_ascii=True)
    assert 'alicloud_instance.new[\\"[31m\\"] (new)' in text
    assert "\\u00" not in text


def test_interfaces_of_their_own(told: Any) -> None:
    made = {
        "vswitch_id": "vsw-web",
        "security_group_ids": ["sg-web"],
        "primary_ip_address": "10.0.0.9",
        "secondary_private_ip_address_count": 2,
    }
    found = told(change("alicloud_ecs_network_interface", None, made), status=0)
    assert ("alicloud_ecs_network_interface.it", "i-db", "tcp/5432") in found["opened"]
    assert len(found["assumed"]) == 1
    before = {"id": "eni-web", "vswitch_id": "vsw-web", "security_group_ids": ["sg-web"]}
    gone = told(change("alicloud_ecs_network_interface", before, None), status=0)
    assert ("i-web", "i-db", "tcp/5432") in gone["closed"]
    moved = before | {"security_group_ids": ["sg-db"]}
    other = told(change("alicloud_ecs_network_interface", before, moved), status=0)
    assert ("i-web", "i-db", "tcp/5432") in other["closed"]


def test_what_others_name_goes_last(told: Any) -> None:
    """A group goes while its member moves to another, as Terraform orders both."""
    before = {"id": "i-web", "vswitch_id": "vsw-web", "security_groups": ["sg-web"]}
    parts = [
        change("alicloud_security_group", {"id": "sg-web"}, None),
        change(INSTANCE, before, before | {"security_groups": ["sg-db"]}),
        change(RULE, rule(cidr_ip=None, source_security_group_id="sg-web", port_range="5432/5432",
                          security_group_id="sg-db"), None),
    ]  # fmt: skip
    found = told(*parts, status=0)
    assert found["unknown"] == []
    assert ("i-web", "i-db", "tcp/5432") in found["closed"]
