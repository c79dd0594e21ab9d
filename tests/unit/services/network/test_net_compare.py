"""`juyong net compare`: the flows that a Terraform plan opens and closes, and what it cannot tell."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.commands import juyong
from tests.local import local_platform
from tests.unit.services.network import network_rows as rows
from tests.unit.services.network.plan_cases import RULE, acl, change, compare, flows, rule, way

from juyong.store.transaction import Transaction


def shop(tx: Transaction) -> None:
    rows.two_tiers(tx)
    rows.rule(tx, "sgr-pg", "sg-db", port_range="5432/5432", peer_group_id="sg-web")
    rows.eip(tx, "eip-web", "198.18.0.9", "eni-web", "10.0.0.5")
    rows.eip(tx, "eip-free", "198.18.0.10", "", "")
    rows.nat(tx, "ngw-a", "vsw-web", snat_table_id="stb-a", forward_table_id="ftb-a")
    rows.snat(tx, "snat-a", "ngw-a", "10.0.1.0/24", "198.18.0.11")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("compare") / "home"
    with local_platform(path) as local:
        local.running.store.call(shop)
    return path


PG = rule(
    port_range="5432/5432",
    cidr_ip=None,
    source_security_group_id="sg-web",
    security_group_id="sg-db",
)


def test_a_plan_that_changes_nothing(home: Path, tmp_path: Path) -> None:
    same = change(RULE, PG, PG, actions=["no-op"])
    done = compare(home, tmp_path, same)
    assert done.status == 1
    assert json.loads(done.out) == {
        "opened": [],
        "closed": [],
        "unknown": [],
        "assumed": [],
        "as_of": None,
    }
    assert (
        "no flow opens or closes"
        in juyong("net", "compare", tmp_path / "plan.json", "--home", home).out
    )


def test_a_rule_for_everyone_opens_web_from_the_internet_and_from_db(
    home: Path, tmp_path: Path
) -> None:
    done = compare(home, tmp_path, change(RULE, None, rule()))
    assert done.status == 0
    assert set(flows(done, "opened")) == {
        ("internet", "i-web", "tcp/22"),
        ("i-db", "i-web", "tcp/22"),
        ("i-web", "i-web", "tcp/22"),
    }
    assert flows(done, "closed") == []
    packets = [each["packet"] for each in json.loads(done.out)["opened"]]
    assert {each["target_port"] for each in packets} == {22}


def test_a_rule_that_goes_closes_and_a_changed_one_does_both(home: Path, tmp_path: Path) -> None:
    done = compare(home, tmp_path, change(RULE, PG, None))
    assert flows(done, "closed") == [("i-web", "i-db", "tcp/5432")]
    moved = compare(home, tmp_path, change(RULE, PG, {**PG, "port_range": "3306/3306"}))
    assert flows(moved, "closed") == [("i-web", "i-db", "tcp/5432")]
    assert flows(moved, "opened") == [("i-web", "i-db", "tcp/3306")]
    replaced = change(RULE, PG, PG, actions=["delete", "create"])
    assert compare(home, tmp_path, replaced).status == 1


def test_an_accept_behind_a_drop_opens_nothing(home: Path, tmp_path: Path) -> None:
    drop, accept = rule(policy="drop", priority=1), rule(priority=2)
    done = compare(home, tmp_path, change(RULE, None, accept), change(RULE, None, drop, name="b"))
    assert done.status == 1


def test_inner_access_routes_and_public_addresses(home: Path, tmp_path: Path) -> None:
    inner = {"id": "sg-db", "inner_access_policy": "Accept"}
    before = {"id": "sg-db", "inner_access_policy": "Drop"}
    done = compare(home, tmp_path, change("alicloud_security_group", before, inner))
    assert [each[:2] for each in flows(done, "opened")] == [("i-db", "i-db")]
    routed = change("alicloud_route_entry", None, way("NatGateway", "ngw-a"))
    led = compare(home, tmp_path, routed)
    assert [each[:2] for each in flows(led, "opened")] == [("i-db", "internet")]
    bound = {"allocation_id": "eip-free", "instance_id": "i-db"}
    eip = compare(home, tmp_path, change("alicloud_eip_association", None, bound))
    assert [each[:2] for each in flows(eip, "opened")] == [("i-db", "internet")]
    gone = {"allocation_id": "eip-web", "instance_id": "i-web"}
    less = compare(home, tmp_path, change("alicloud_eip_association", gone, None))
    assert [each[:2] for each in flows(less, "closed")] == [("i-web", "internet")]


def without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


@pytest.mark.parametrize(
    "harmless",
    [
        change("alicloud_oss_bucket", None, {}),
        change("alicloud_security_group", None, {"vpc_id": "vpc-a"}),
        change("random_id", None, {}),
        change("alicloud_instances", None, None, actions=["read"]) | {"mode": "data"},
        change("alicloud_vswitch", {"vswitch_name": "a"}, {"vswitch_name": "b"}),
        change("alicloud_network_acl", {"resources": []}, {"resources": [], "tags": {"a": "b"}}),
    ],
)
def test_what_opens_nothing_by_itself_is_passed_over(
    home: Path, tmp_path: Path, harmless: dict[str, Any]
) -> None:
    done = compare(home, tmp_path, harmless)
    assert (done.status, json.loads(done.out)["unknown"]) == (1, [])


@pytest.mark.parametrize(
    ("unjudged", "reason"),
    [
        (change("alicloud_slb", None, {}), "`create` of `alicloud_slb` is not judged"),
        (change("alicloud_instance", None, {}), "`vswitch_id` is not known before it is made"),
        (
            change("alicloud_instance", None, {"internet_max_bandwidth_out": 5}),
            "a public address of the instance's own is not judged",
        ),
        (
            change("alicloud_instance", None, {"vswitch_id": "vsw-web"}),
            "the security groups are not known",
        ),
        (
            change(
                "alicloud_instance", None, {"vswitch_id": "vsw-web", "security_groups": ["sg-no"]}
            ),
            "sg-no",
        ),
        (change("alicloud_instance", {"id": "i-none"}, None), "there is no instance `i-none`"),
        (change("alicloud_vswitch", {"id": "vsw-web"}, None), "vsw-web"),
        (change("alicloud_vpc", {"cidr_block": "10.0.0.0/8"}, {"cidr_block": "10.0.0.0/16"}), "`u"),
        (change(RULE, rule(port_range="1/2"), None), "`sg-web` has no such rule"),
        (change(RULE, None, rule(security_group_id="sg-none")), "no security group `sg-none`"),
        (
            change(RULE, None, without(rule(), "security_group_id")),
            "`security_group_id` is not known",
        ),
        (change(RULE, None, rule(cidr_ip="10.0.0.1/33")), "is no CIDR block"),
        (change(RULE, None, rule(source_security_group_id="sg-db")), "or several"),
        (change(RULE, None, without(rule(cidr_ip=None), "prefix_list_id")), "no peer that is"),
        (change(RULE, None, rule(priority=101)), "priority 101"),
        (change(RULE, None, rule(type="both")), "none of ingress or egress"),
        (
            change("alicloud_route_entry", None, {"route_table_id": "vtb-a"}),
            "`destination_cidrblock` is not known before it is made",
        ),
        (
            change("alicloud_route_entry", None, way("VpnGateway", "vpn-a")),
            "routes to `VpnGateway` are not judged",
        ),
        (
            change("alicloud_route_entry", way("NatGateway", "ngw-a"), None),
            "`vtb-a` has no route to 0.0.0.0/0",
        ),
        (
            change("alicloud_eip_association", None, {"allocation_id": "eip-free"}),
            "`instance_id` is not known",
        ),
        (
            change(
                "alicloud_eip_association", None, {"allocation_id": "eip-0", "instance_id": "i-db"}
            ),
            "there is no EIP `eip-0`",
        ),
        (
            change("alicloud_snat_entry", None, {"snat_table_id": "stb-none"}),
            "there is no table `stb-none` of a NAT gateway",
        ),
        (
            change(
                "alicloud_snat_entry",
                {"snat_table_id": "stb-a", "snat_entry_id": "snat-none"},
                None,
            ),
            "`ngw-a` has no SNAT entry `snat-none`",
        ),
        (
            change(
                "alicloud_forward_entry",
                {"forward_table_id": "ftb-a", "forward_entry_id": "fwd-none"},
                None,
            ),
            "`ngw-a` has no DNAT entry `fwd-none`",
        ),
        (
            change("alicloud_network_acl", None, acl(policy="reject")),
            "none of accept or drop",
        ),
        (
            change("alicloud_vpc_prefix_list", None, {"ip_version": "IPv5", "entrys": []}),
            "`IPv5` is no version of IP",
        ),
    ],
)
def test_what_is_not_judged_is_named_and_left_as_it_was(
    home: Path, tmp_path: Path, unjudged: dict[str, Any], reason: str
) -> None:
    done = compare(home, tmp_path, unjudged, change(RULE, None, rule(), name="b"))
    assert done.status == 2
    (told,) = json.loads(done.out)["unknown"]
    assert told.startswith(f"{unjudged['address']}: ")
    assert reason in told
    assert ("internet", "i-web", "tcp/22") in flows(done, "opened")


@pytest.mark.parametrize("data", [b"", b"[]", b"PK\x03\x04", b'{"format_version": 1}', b"\xff{}"])
def test_a_file_that_is_no_plan(home: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "plan").write_bytes(data)
    done = juyong("net", "compare", tmp_path / "plan", "--home", home)
    assert (done.status, "terraform show -json" in done.err) == (3, True)
    assert juyong("net", "compare", tmp_path / "none", "--home", home).status == 3
    assert compare(home, tmp_path, form="2.0").status == 3
