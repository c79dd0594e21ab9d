"""`juyong net prove`: assertions hold, or a packet refutes them; exit statuses and documents."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.commands import Done, juyong
from tests.local import local_platform
from tests.unit.services.network import network_rows as rows
from tests.unit.services.network.replaying import replayed

from juyong.store.inventory import Ref
from juyong.store.tags import put_tags
from juyong.store.transaction import Transaction


def shop(tx: Transaction) -> None:
    """Two tiers: web is open on 443 by an EIP and on 22 to an office, db to web on 5432."""
    rows.two_tiers(tx)
    rows.group(tx, "sg-idle", group_name="idle")
    rows.rule(tx, "sgr-https", "sg-web", port_range="443/443", peer_cidr="0.0.0.0/0")
    rows.rule(tx, "sgr-office", "sg-web", port_range="22/22", peer_cidr="198.51.100.0/24")
    rows.rule(tx, "sgr-pg", "sg-db", port_range="5432/5432", peer_group_id="sg-web")
    rows.eip(tx, "eip-web", "198.18.0.9", "eni-web", "10.0.0.5")
    rows.nat(tx, "ngw-a", "vsw-web")
    for name, tier in (("i-web", "web"), ("i-db", "db")):
        ref = Ref(rows.ACCOUNT, rows.REGION, "ACS::ECS::Instance", name)
        put_tags(tx, ref, {"tier": tier})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prove") / "home"
    with local_platform(path) as local:
        local.running.store.call(shop)
    return path


def prove(home: Path, folder: Path, *lines: str, more: tuple[str | Path, ...] = ()) -> Done:
    file = folder / "assertions"
    file.write_text("\n".join(lines))
    return juyong("net", "prove", file, "--home", home, *more)


def documents(home: Path, folder: Path, *lines: str) -> list[dict[str, Any]]:
    done = prove(home, folder, *lines, more=("--json",))
    found: list[dict[str, Any]] = json.loads(done.out)["assertions"]
    return found


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("allow i-web -> i-db tcp/5432", 0),
        ("allow tag:tier=web -> tag:tier=db tcp/5432", 0),
        ("allow tag:tier=db -> tag:tier=web tcp/5432", 1),
        ("allow internet -> i-web tcp/443", 0),
        ("allow 203.0.113.9 -> i-web tcp/22", 1),
        ("allow 198.51.100.7 -> i-web tcp/22", 0),
        ("allow sg-web -> vsw-db tcp/5432", 0),
        ("allow i-web -> internet tcp/443", 0),
        ("allow i-web -> 10.0.1.5 tcp/5432", 0),
        ("allow i-web -> i-web tcp/22", 2),
        ("deny internet -> tag:tier=db all", 0),
        ("deny 0.0.0.0/0 -> tag:tier=db tcp/22", 0),
        ("deny 0.0.0.0/0 -> tag:tier=db tcp/5432", 1),
        ("deny 0.0.0.0/0 -> tag:tier=db tcp/5000-6000", 1),
        ("deny 0.0.0.0/0 -> tag:tier=db tcp/5433-6000", 0),
        ("deny 0.0.0.0/0 -> tag:tier=db udp", 0),
        ("deny internet -> web tcp/1-442", 1),
        ("deny 203.0.113.0/24 -> i-web tcp/22", 0),
        ("deny 198.51.100.0/24 -> i-web tcp/22", 1),
        ("deny internet -> 198.18.0.9 tcp/443", 1),
        ("deny internet -> 10.0.0.0/16 tcp/443", 0),
        ("deny i-db -> internet all", 0),
        ("deny i-web -> internet tcp/25", 0),
        ("deny i-web -> 203.0.113.0/24 tcp/443", 1),
        ("deny shop -> i-db tcp/5432", 1),
        ("deny ::/0 -> i-db all", 0),
        ("deny tag:tier=none -> i-db all", 2),
        ("deny idle -> i-db all", 2),
        ("deny tag:tier -> i-db tcp/5432", 1),
        ("deny internet -> i-web 132", 0),
    ],
)
def test_a_line_holds_or_is_refuted(home: Path, tmp_path: Path, line: str, status: int) -> None:
    done = prove(home, tmp_path, "# who may reach whom", "", line)
    assert done.status == status, done.out + done.err
    said = ("holds", "refuted", "unknown")[status]
    assert done.out.startswith(f"{said:9}3: {line}")
    assert "simulated" in done.out


def test_a_refuted_line_gives_a_packet_that_the_engine_replays(home: Path, tmp_path: Path) -> None:
    (found,) = documents(home, tmp_path, "deny 0.0.0.0/0 -> tag:tier=db tcp/1-65535")
    (counter,) = found["counters"]
    assert (counter["source"], counter["target"]) == ("i-web", "i-db")
    assert counter["passes"] == ["tcp/5432"]
    assert counter["decides"]["by"] == "sgr-pg"
    assert replayed(home, counter["packet"]).end == "eni-db"


def test_a_refuted_permission_names_the_rule_that_stops_the_packet(
    home: Path, tmp_path: Path
) -> None:
    done = prove(home, tmp_path, "allow i-db -> i-web tcp/22", "allow internet -> i-db tcp/22")
    assert done.status == 1
    assert "decided by default, ingress of groups at eni-web" in done.out
    assert "no public address leads there" in done.out


def test_one_refuted_line_decides_and_an_unknown_one_only_without(
    home: Path, tmp_path: Path
) -> None:
    holds, refuted = "allow i-web -> i-db tcp/5432", "deny i-web -> i-db all"
    unknown = "deny tag:none -> i-db all"
    assert prove(home, tmp_path, holds, holds).status == 0
    assert prove(home, tmp_path, holds, unknown).status == 2
    assert prove(home, tmp_path, holds, unknown, refuted).status == 1


def test_a_plan_is_proved_before_it_is_applied(home: Path, tmp_path: Path) -> None:
    values = {
        "type": "ingress",
        "ip_protocol": "tcp",
        "port_range": "22/22",
        "policy": "accept",
        "priority": 1,
        "security_group_id": "sg-db",
        "cidr_ip": "10.0.0.0/16",
    }
    change = {
        "address": "alicloud_security_group_rule.ssh",
        "type": "alicloud_security_group_rule",
        "change": {"actions": ["create"], "before": None, "after": values},
    }
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"format_version": "1.2", "resource_changes": [change]}))
    line = "deny i-web -> i-db tcp/22"
    assert prove(home, tmp_path, line).status == 0
    after = prove(home, tmp_path, line, more=("--plan", plan))
    assert (after.status, "decided by plan-1: accept 1 tcp 22/22" in after.out) == (1, True)
    new = change | {"type": "alicloud_instance", "address": "alicloud_instance.new"}
    plan.write_text(json.dumps({"format_version": "1.2", "resource_changes": [new]}))
    unjudged = prove(home, tmp_path, line, more=("--plan", plan))
    assert (unjudged.status, "unknown  alicloud_instance.new" in unjudged.out) == (2, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "there is no assertion"),
        ("permit i-web -> i-db tcp/22", "line 1: write `allow A -> B tcp/22`"),
        ("allow i-web i-db tcp/22", "line 1: write"),
        ("allow i-none -> i-db tcp/22", "line 1: there is no instance"),
        ("allow i-web -> i-db tcp", "line 1: `tcp`: tcp and udp have a port"),
        ("allow i-web -> i-db tcp/1-2", "line 1: "),
        ("deny i-web -> i-db tcp/2-1", "line 1: `tcp/2-1` is none of"),
        ("deny i-web -> i-db tcp/0", "line 1: `tcp/0` is none of"),
        ("deny i-web -> i-db icmp/1", "line 1: `icmp/1` is none of"),
        ("deny i-web -> i-db sctp", "line 1: `sctp` is none of"),
        ("deny 10.0.0.1/8 -> i-db all", "line 1: `10.0.0.1/8` has bits behind its prefix"),
        ("allow 10.0.0.0/8 -> i-db tcp/22", "line 1: `allow` takes no block"),
        ("allow internet -> 203.0.113.9 tcp/22", "line 1: both places lie in the Internet"),
        ("deny i-web -> 100.100.100.200 tcp/80", "line 1: `100.100.100.200` is of the platform"),
    ],
)
def test_a_line_that_is_no_assertion(home: Path, tmp_path: Path, line: str, said: str) -> None:
    done = prove(home, tmp_path, line)
    assert (done.status, said in done.err) == (3, True), done.err
    assert done.out == ""


def test_a_file_that_holds_no_assertions(home: Path, tmp_path: Path) -> None:
    for data in (b"\xff\xfe", b"x" * (1024 * 1024 + 1), b"deny internet -> i-db all\n" * 10_001):
        (tmp_path / "bad").write_bytes(data)
        assert juyong("net", "prove", tmp_path / "bad", "--home", home).status == 3
    assert juyong("net", "prove", tmp_path / "none", "--home", home).status == 3


def test_a_part_that_is_refused_cannot_be_told(tmp_path: Path) -> None:
    def broken(tx: Transaction) -> None:
        shop(tx)
        rows.rule(tx, "sgr-bad", "sg-db", port_range="9", peer_cidr="0.0.0.0/0")

    with local_platform(tmp_path / "home") as local:
        local.running.store.call(broken)
    done = prove(tmp_path / "home", tmp_path, "deny internet -> i-db all")
    assert (done.status, "is refused" in done.err) == (2, True)
