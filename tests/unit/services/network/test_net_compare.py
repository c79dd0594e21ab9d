"""`juyong net compare`: the flows that a Terraform plan opens and closes, and what it cannot tell."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.commands import Done, juyong
from tests.local import local_platform
from tests.unit.services.network import network_rows as rows

from juyong.store.transaction import Transaction


def shop(tx: Transaction) -> None:
    rows.two_tiers(tx)
    rows.rule(tx, "sgr-pg", "sg-db", port_range="5432/5432", peer_group_id="sg-web")
    rows.eip(tx, "eip-web", "198.18.0.9", "eni-web", "10.0.0.5")
    rows.eip(tx, "eip-free", "198.18.0.10", "", "")
    rows.nat(tx, "ngw-a", "vsw-web")
    rows.snat(tx, "snat-a", "ngw-a", "10.0.1.0/24", "198.18.0.11")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("compare") / "home"
    with local_platform(path) as local:
        local.running.store.call(shop)
    return path


def rule(**changes: Any) -> dict[str, Any]:
    """Return the attributes of a rule that opens SSH on web to everyone."""
    return {
        "type": "ingress",
        "ip_protocol": "tcp",
        "port_range": "22/22",
        "policy": "accept",
        "priority": 1,
        "nic_type": "intranet",
        "security_group_id": "sg-web",
        "cidr_ip": "0.0.0.0/0",
        "ipv6_cidr_ip": None,
        "prefix_list_id": None,
        "source_security_group_id": None,
        **changes,
    }


def change(
    kind: str, before: dict[str, Any] | None, after: dict[str, Any] | None, **more: Any
) -> dict[str, Any]:
    actions = ["delete"] if after is None else ["create"] if before is None else ["update"]
    told = {"actions": actions, "before": before, "after": after, "after_unknown": {}} | more
    return {"address": f"{kind}.it", "mode": "managed", "type": kind, "change": told}


def compare(home: Path, folder: Path, *changes: dict[str, Any], form: str = "1.2") -> Done:
    file = folder / "plan.json"
    file.write_text(json.dumps({"format_version": form, "resource_changes": list(changes)}))
    return juyong("net", "compare", file, "--home", home, "--json")


def flows(done: Done, name: str) -> list[tuple[str, str, str]]:
    found = json.loads(done.out)[name]
    return [(each["source"], each["target"], ", ".join(each["passes"])) for each in found]


RULE = "alicloud_security_group_rule"
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
    assert json.loads(done.out) == {"opened": [], "closed": [], "unknown": []}
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
    done = compare(home, tmp_path, change(RULE, None, accept), change(RULE, None, drop))
    assert done.status == 1


def test_inner_access_routes_and_public_addresses(home: Path, tmp_path: Path) -> None:
    inner = {"id": "sg-db", "inner_access_policy": "Accept"}
    done = compare(home, tmp_path, change("alicloud_security_group", inner, inner))
    assert [each[:2] for each in flows(done, "opened")] == [("i-db", "i-db")]
    route = {
        "route_table_id": "vtb-a",
        "destination_cidrblock": "0.0.0.0/0",
        "nexthop_type": "NatGateway",
        "nexthop_id": "ngw-a",
    }
    way = compare(home, tmp_path, change("alicloud_route_entry", None, route))
    assert [each[:2] for each in flows(way, "opened")] == [("i-db", "internet")]
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
        change("alicloud_security_group", None, {}),
        change("random_id", None, {}),
        change("alicloud_instances", None, None, actions=["read"]) | {"mode": "data"},
        change(RULE, None, without(rule(), "security_group_id")),
        change(RULE, None, without(rule(cidr_ip=None), "source_security_group_id")),
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
        (change("alicloud_instance", None, {}), "`create` of `alicloud_instance` is not judged"),
        (change("alicloud_vswitch", {}, None), "`delete` of `alicloud_vswitch` is not judged"),
        (change("alicloud_network_acl", {}, {}), "is not judged"),
        (change(RULE, rule(port_range="1/2"), None), "`sg-web` has no such rule"),
        (change(RULE, None, rule(security_group_id="sg-none")), "no security group `sg-none`"),
        (change(RULE, None, rule(cidr_ip="10.0.0.1/8")), "bits behind its prefix"),
        (change(RULE, None, rule(source_security_group_id="sg-db")), "or several"),
        (
            change(RULE, None, without(rule(cidr_ip=None), "prefix_list_id")),
            "no peer that is known",
        ),
        (change(RULE, None, rule(priority=101)), "priority 101"),
        (change(RULE, None, rule(type="both")), "none of ingress or egress"),
        (
            change("alicloud_route_entry", None, {"route_table_id": "vtb-a"}),
            "`destination_cidrblock` is not known before it is made",
        ),
        (
            change("alicloud_eip_association", None, {"allocation_id": "eip-free"}),
            "`instance_id` is not known",
        ),
    ],
)
def test_what_is_not_judged_is_named_and_left_as_it_was(
    home: Path, tmp_path: Path, unjudged: dict[str, Any], reason: str
) -> None:
    done = compare(home, tmp_path, unjudged, change(RULE, None, rule()))
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
