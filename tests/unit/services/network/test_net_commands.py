"""`juyong net`: who reaches whom, what is open, what is unused; exit statuses and documents."""

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.commands import Done, juyong
from tests.local import local_platform
from tests.unit.netplane.lasting import killed_server, lasting_plane, room_of
from tests.unit.services.network import network_rows as rows

from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.base.socket_names import short_name
from juyong.engines.packet import Packet
from juyong.netplane.door import NAME, door_of
from juyong.services.network.picture import picture
from juyong.store.transaction import Transaction


def shop(tx: Transaction) -> None:
    """Two tiers: web has an EIP and is open on 443, db is open to web on 5432; one rule is idle."""
    rows.two_tiers(tx)
    rows.group(tx, "sg-idle", group_name="idle")
    rows.rule(tx, "sgr-https", "sg-web", port_range="443/443", peer_cidr="0.0.0.0/0")
    rows.rule(tx, "sgr-office", "sg-web", port_range="22/22", peer_cidr="198.51.100.0/24")
    rows.rule(tx, "sgr-pg", "sg-db", port_range="5432/5432", peer_group_id="sg-web")
    rows.rule(tx, "sgr-pg2", "sg-db", port_range="5432/5432", peer_cidr="10.0.0.5/32", priority=50)
    rows.rule(tx, "sgr-far", "sg-db", port_range="22/22", peer_cidr="203.0.113.0/24")
    rows.eip(tx, "eip-web", "198.18.0.9", "eni-web", "10.0.0.5")
    rows.nat(tx, "ngw-a", "vsw-web")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("net") / "home"
    with local_platform(path) as local:
        local.running.store.call(shop)
    return path


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may change."""
    return Path(shutil.copytree(made, tmp_path / "home"))


def change(home: Path, work: Any) -> None:
    running = open_platform(home, settings=Settings(durable=False))
    try:
        running.store.call(work)
    finally:
        running.close()


def net(home: Path, *words: str) -> Done:
    return juyong("net", *words, "--home", home)


def document(home: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(net(home, *words, "--json").out)
    return found


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("i-web", "i-db", "tcp/5432"), 0, "decided by sgr-pg:"),
        (("eni-web", "10.0.1.5", "tcp/5432"), 0, "decided by sgr-pg:"),
        (("i-web", "i-db", "tcp/22"), 1, "decided by default, ingress of groups at eni-db"),
        (("10.0.0.5", "i-db", "TCP/5432"), 0, "yes: 10.0.0.5, i-web → i-db TCP/5432"),
        (("internet", "i-web", "tcp/443"), 0, "decided by sgr-https:"),
        (("203.0.113.9", "198.18.0.9", "tcp/443"), 0, "decided by sgr-https:"),
        (("internet", "i-web", "tcp/22"), 0, "packet 198.51.100.0:49152 → 198.18.0.9:22"),
        (("203.0.113.9", "i-web", "tcp/22"), 1, "no: 203.0.113.9 → i-web tcp/22"),
        (("internet", "i-db", "tcp/5432"), 1, "no public address leads there"),
        (("i-web", "internet", "tcp/443"), 0, "decided by eip-web, source translation"),
        (("i-web", "internet", "tcp/25"), 1, "mail port"),
        (("i-db", "internet", "tcp/443"), 1, "no route"),
        (("i-web", "i-web", "icmp"), 1, "no: i-web → i-web icmp"),
        (("i-web", "10.0.1.77", "tcp/22"), 1, "no such address"),
        (("i-web", "100.100.100.200", "tcp/80"), 1, "platform"),
        (("i-none", "i-db", "tcp/22"), 3, ""),
        (("internet", "203.0.113.9", "tcp/22"), 3, ""),
        (("10.7.7.7", "i-db", "tcp/22"), 3, ""),
        (("i-web", "i-db", "tcp"), 3, ""),
        (("vpc-a", "i-db", "tcp/22"), 3, ""),
    ],
)
def test_can_says_yes_or_no_and_names_what_decides(
    made: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    done = net(made, "can", *words)
    assert done.status == status, done.out + done.err
    assert said in done.out
    if status < 2:
        assert "simulated" in done.out
        assert done.err == ""
    else:
        assert done.out == ""


def test_the_document_of_can_carries_a_packet_that_the_engine_replays(made: Path) -> None:
    found = document(made, "can", "i-web", "i-db", "tcp/5432")
    assert (found["can"], found["arrives"], found["answered"]) == (True, True, True)
    assert found["decides"]["by"] == "sgr-pg"
    assert found["decides"]["rule"] == "accept 1 tcp 5432/5432 from sg-web (sg-db)"
    sent = found["packet"]
    packet = Packet.of(
        str(sent["protocol"]),
        sent["source"],
        sent["target"],
        source_port=sent["source_port"],
        target_port=sent["target_port"],
    )
    running = open_platform(made, settings=Settings(durable=False))
    try:
        compiled = running.store.call(picture).compiled
    finally:
        running.close()
    path = compiled.explain(packet, sent["start"])
    assert path.end == "eni-db"
    assert [hop["by"] for hop in found["hops"]] == [hop.by for hop in path.hops]


def test_an_answer_that_an_acl_drops_is_a_no(home: Path) -> None:
    def way(tx: Transaction) -> None:
        rows.rule(
            tx,
            "sgr-no",
            "sg-web",
            direction="egress",
            protocol="ALL",
            accepts=False,
            peer_cidr="10.0.1.0/24",
        )

    change(home, way)
    found = document(home, "can", "i-web", "i-db", "tcp/5432")
    assert (found["can"], found["decides"]["by"]) == (False, "sgr-no")


def test_a_part_that_is_refused_cannot_be_told(home: Path) -> None:
    change(home, lambda tx: rows.rule(tx, "sgr-bad", "sg-db", port_range="9", peer_cidr="::/0"))
    done = net(home, "can", "i-web", "i-db", "tcp/5432")
    assert done.status == 2
    assert done.out.startswith("cannot tell")
    change(home, lambda tx: rows.interface(tx, "eni-lost", "vsw-web", "10.0.0.9"))
    lost = net(home, "can", "eni-lost", "i-db", "tcp/22")
    assert lost.status == 2
    assert "is left out of all networks" in lost.err


def test_names_are_as_good_as_ids_unless_two_have_one(home: Path) -> None:
    def named(tx: Transaction) -> None:
        for number in (7, 8):
            rows.interface(
                tx,
                f"eni-n{number}",
                "vsw-web",
                f"10.0.0.{number}",
                "sg-web",
                interface_name="twin" if number == 7 else "other",
            )

    change(home, named)
    assert net(home, "can", "twin", "i-db", "tcp/5432").status == 0

    def twins(tx: Transaction) -> None:
        rows.interface(tx, "eni-n9", "vsw-web", "10.0.0.9", "sg-web", interface_name="twin")

    change(home, twins)
    done = net(home, "can", "twin", "i-db", "tcp/5432")
    assert (done.status, "eni-n7, eni-n9" in done.err) == (3, True)


@pytest.mark.parametrize(
    "asked", [("can", "", "i-db", "icmp"), ("paths", ""), ("can", "i-db", "", "icmp")]
)
def test_an_empty_end_is_no_unnamed_interface(made: Path, asked: tuple[str, ...]) -> None:
    done = net(made, *asked)
    assert (done.status, "an end is empty" in done.err) == (3, True)


def test_paths_by_protocol_and_port(made: Path) -> None:
    found = document(made, "paths", "i-web", "i-db")["flows"]
    assert [(each["source"], each["target"], each["passes"]) for each in found] == [
        ("i-web", "i-db", ["tcp/5432"])
    ]
    outside = document(made, "paths", "internet")["flows"]
    assert {(each["by"], *each["passes"]) for each in outside} == {
        ("eip-web", "tcp/443"),
        ("eip-web", "tcp/22", "tcp/443"),
    }
    assert net(made, "paths", "internet", "i-db").status == 1


def test_exposed_lists_what_the_internet_reaches(made: Path) -> None:
    done = net(made, "exposed")
    assert (done.status, "nothing is open" in done.out) == (1, True)
    (web,) = document(made, "exposed", "--port", "443")["exposed"]
    assert (web["interface"], web["by"], web["anyone"]) == ("eni-web", "eip-web", True)
    assert (web["address"], web["public_port"]) == ("198.18.0.9", 443)
    (office,) = document(made, "exposed", "--port", "22", "--narrow")["exposed"]
    assert (office["anyone"], office["sources"]) == (False, ["198.51.100.0/24"])
    assert office["decides"] == "sgr-office"
    assert net(made, "exposed", "--port", "0").status == 3


def test_exposed_follows_a_nat_gateway_and_halves_of_the_internet(home: Path) -> None:
    def open_db(tx: Transaction) -> None:
        rows.forward(tx, "fwd-db", "ngw-a", "198.18.0.11", "15432", "10.0.1.5", "5432")
        for number, block in enumerate(("0.0.0.0/1", "128.0.0.0/1")):
            rows.rule(tx, f"sgr-half{number}", "sg-db", port_range="1/65535", peer_cidr=block)

    change(home, open_db)
    assert document(home, "can", "internet", "i-db", "tcp/5432")["arrives"]
    # The answer has no route to the gateway, so that nothing is open.
    assert document(home, "exposed")["exposed"] == []
    change(home, lambda tx: rows.route(tx, "rte-nat", "vtb-a", "0.0.0.0/0", "ngw-a"))
    (db,) = document(home, "exposed")["exposed"]
    assert (db["by"], db["port"], db["public_port"]) == ("fwd-db", 5432, 15432)
    assert db["anyone"]
    assert "tcp/15432 → 5432 at 198.18.0.11 (fwd-db)  from anyone" in net(home, "exposed").out


def test_unused_names_rules_and_groups(made: Path, home: Path) -> None:
    found = document(made, "unused")
    assert {each["id"]: each["why"] for each in found["rules"]} == {
        "sgr-pg2": "rules before it decide all that it means",
        "sgr-far": "no packet that it means can come",
    }
    assert found["groups"] == ["sg-idle (idle)"]
    by = {each["id"]: each["by"] for each in found["rules"]}
    assert by["sgr-pg2"] == ["sgr-pg"]
    assert "sgr-pg2  accept 50 tcp 5432/5432 from 10.0.0.5/32 (sg-db)" in net(made, "unused").out
    assert net(made, "unused").status == 0


def test_nothing_is_unused_in_an_empty_home(tmp_path: Path) -> None:
    open_platform(tmp_path / "home", settings=Settings()).store.close()
    done = net(tmp_path / "home", "unused")
    assert (done.status, done.out) == (1, "nothing is unused\n")


def test_clean_removes_what_a_killed_server_left_and_says_when_nothing_is(home: Path) -> None:
    done = net(home, "clean")
    assert (done.status, done.out) == (0, "nothing is left\n")
    folder = door_of(home)
    folder.mkdir(parents=True)
    killed_server(folder)
    assert room_of(folder).exists()
    done = net(home, "clean")
    assert (done.status, done.out) == (0, "networks and instances are removed\n")
    assert not room_of(folder).exists()
    with lasting_plane(folder):
        done = net(home, "clean")
        assert done.status == 1
        assert "a server of the home runs the networks" in done.err


def test_answers_say_when_a_server_carries_the_rules(home: Path) -> None:
    door = door_of(home) / NAME
    door.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listening, short_name(door) as name:
        listening.bind(name)
        listening.listen()
        done = net(home, "can", "i-web", "i-db", "tcp/5432")
        assert done.out.endswith("the data plane carries these rules\n")
        assert document(home, "paths", "i-web")["simulated"] is False
    assert document(home, "paths", "i-web")["simulated"] is True
    assert document(home, "exposed")["simulated"] is True
