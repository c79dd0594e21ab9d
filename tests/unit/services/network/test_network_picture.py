"""Rows of networks as one value of the packet engine; refused rows take nothing else down."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.local import Local, local_platform
from tests.unit.services.network import network_rows as rows

from juyong.base.secret import Secret
from juyong.engines.packet import Network, Packet
from juyong.services.network.checks import check
from juyong.services.network.facade import desired
from juyong.services.network.picture import Picture, picture
from juyong.services.network.tables import (
    AddressRow,
    InstanceRow,
    MemberRow,
    VpcRow,
    VSwitchRow,
)
from juyong.store.transaction import Transaction

SSH = Packet.of("tcp", "10.0.0.5", "10.0.1.5", target_port=22, source_port=50000)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Local]:
    with local_platform(tmp_path / "home") as local:
        yield local


def pictured(platform: Local, *works: Callable[[Transaction], None]) -> Picture:
    for work in works:
        platform.running.store.call(work)
    return platform.running.store.call(picture)


def opened(tx: Transaction) -> None:
    rows.rule(tx, "sgr-ssh", "sg-db", port_range="22/22", peer_group_id="sg-web")
    rows.rule(tx, "sgr-out", "sg-web", direction="egress", protocol="ALL", peer_cidr="0.0.0.0/0")


def lets_ssh(found: Picture) -> bool:
    if not {"eni-web", "eni-db"} <= found.compiled.parts.interfaces.keys():
        return False
    return found.compiled.explain(SSH, "eni-web").end == "eni-db"


def test_no_rows_are_no_network(platform: Local) -> None:
    found = pictured(platform)
    assert found.compiled.parts.network == Network()
    assert found.left_out == ()


def test_rows_of_all_tables_are_one_network(platform: Local) -> None:
    def more(tx: Transaction) -> None:
        rows.prefix_list(tx, "pl-office", "203.0.113.0/24", "198.51.100.0/24")
        rows.port_list(tx, "prl-web", "80/80", "443/443")
        rows.rule(
            tx, "sgr-web", "sg-web", peer_list_id="pl-office", port_list_id="prl-web", port_range=""
        )
        rows.route(tx, "rte-nat", "vtb-a", "0.0.0.0/0", "ngw-a")
        rows.route(tx, "rte-web", "vtb-a", "172.16.0.0/16", "i-web")
        rows.eip(tx, "eip-web", "198.18.0.9", "eni-web", "10.0.0.5")
        rows.nat(tx, "ngw-a", "vsw-web")
        rows.snat(tx, "snat-db", "ngw-a", "10.0.1.0/24", "198.18.0.10")
        rows.forward(tx, "fwd-db", "ngw-a", "198.18.0.11", "3306", "10.0.1.5", "3306")
        rows.forward(tx, "fwd-all", "ngw-a", "198.18.0.12", "any", "10.0.0.5", "any", "any")

    found = pictured(platform, rows.two_tiers, opened, more)
    assert found.left_out == ()
    assert lets_ssh(found)
    inside = Packet.of("tcp", "203.0.113.9", "198.18.0.9", target_port=443, source_port=50000)
    path = found.compiled.explain(inside, "internet")
    assert (path.end, path.deciding.by) == ("eni-web", "sgr-web")
    out = Packet.of("tcp", "10.0.1.5", "203.0.113.9", target_port=443, source_port=50000)
    assert found.compiled.explain(out, "eni-db").deciding.by == "snat-db"
    hops = {route.id: route.hop_id for route in found.compiled.parts.tables["vtb-a"].routes}
    assert hops == {"rte-nat": "ngw-a", "rte-web": "eni-web"}
    mysql = Packet.of("tcp", "203.0.113.9", "198.18.0.11", target_port=3306, source_port=50000)
    assert found.compiled.explain(mysql, "internet").deciding.at == "eni-db"
    assert found.compiled.publics.forwards.keys() == {
        entry.external for entry in found.compiled.parts.nats["ngw-a"].forwards
    }


def bound(tx: Transaction) -> None:
    """Bind an ACL to db's vSwitch that lets SSH in, and answers out."""
    entries = ("ingress accept tcp 22/22 10.0.0.9/24", "egress accept tcp 1024/65535 0.0.0.0/0")
    rows.acl(tx, "nacl-db", *entries)
    row = tx.get(VSwitchRow, "vsw-db")
    assert row is not None
    tx.update(row, acl_id="nacl-db")


def test_an_acl_judges_in_the_order_of_its_entries(platform: Local) -> None:
    found = pictured(platform, rows.two_tiers, opened, bound)
    assert lets_ssh(found)
    assert found.compiled.converse(SSH, "eni-web").answered
    acl = found.compiled.parts.acls["nacl-db"]
    assert [each.id for each in (*acl.ingress, *acl.egress)] == ["nae-db1", "nae-db2"]


def test_an_acl_with_a_refused_entry_drops_everything(platform: Local) -> None:
    def spoil(tx: Transaction) -> None:
        bound(tx)
        rows.acl(tx, "nacl-two", "ingress drop tcp 22/22 pl-none")
        rows.vswitch(tx, "vsw-two", "10.0.9.0/24", acl_id="nacl-two")

    found = pictured(platform, rows.two_tiers, opened, spoil)
    assert {each.id for each in found.left_out} == {"nacl-two"}
    assert lets_ssh(found)
    assert found.compiled.parts.acls["nacl-two"].ingress == ()


@pytest.mark.parametrize("hop", ["ngw-none", "vpc-b", "eni-none", "i-none"])
def test_a_table_with_a_refused_route_closes_its_vswitches(platform: Local, hop: str) -> None:
    """A packet must not take the wide route when its own is refused."""

    def spoil(tx: Transaction) -> None:
        rows.eip(tx, "eip-web", "198.18.0.9", "eni-web", "10.0.0.5")
        rows.route(tx, "rte-bad", "vtb-a", "203.0.113.0/24", hop)

    out = Packet.of("tcp", "10.0.0.5", "203.0.113.9", target_port=443, source_port=50000)
    found = pictured(platform, rows.two_tiers, opened, around, spoil)
    assert {each.id for each in found.left_out} == {"vtb-a"}
    path = found.compiled.explain(out, "eni-web")
    assert not path.delivered
    assert not lets_ssh(found)


def test_an_interface_has_its_primary_address_first(platform: Local) -> None:
    def more(tx: Transaction) -> None:
        first = int.from_bytes(bytes((10, 0, 0, 2)))
        tx.insert(
            AddressRow(vswitch_id="vsw-web", address="10.0.0.2", number=first, owner_id="eni-web")
        )

    found = pictured(platform, rows.two_tiers, more)
    addresses = found.compiled.parts.interfaces["eni-web"].addresses
    assert list(map(str, addresses)) == ["10.0.0.5", "10.0.0.2"]


_WHOLE = ("any", "10.0.1.5", "any", "any")
BAD: dict[str, tuple[Callable[[Transaction], None], str]] = {
    "a rule with malformed ports": (
        lambda tx: rows.rule(tx, "sgr-bad", "sg-db", port_range="9999999", peer_cidr="0.0.0.0/0"),
        "sg-db",
    ),
    "a rule that names no group": (
        lambda tx: rows.rule(tx, "sgr-bad", "sg-db", port_range="1/2", peer_group_id="sg-none"),
        "sg-db",
    ),
    "a drop that names no list": (
        lambda tx: rows.rule(
            tx, "sgr-bad", "sg-db", accepts=False, port_range="1/2", peer_list_id="pl-none"
        ),
        "sg-db",
    ),
    "a second interface with one address": (
        lambda tx: rows.interface(tx, "eni-two", "vsw-low", "10.0.2.5", "sg-web", "sg-other"),
        "eni-two",
    ),
    "an interface in no group": (
        lambda tx: rows.interface(tx, "eni-two", "vsw-db", "10.0.1.9"),
        "eni-two",
    ),
    "an interface in a group of another VPC": (
        lambda tx: rows.interface(tx, "eni-two", "vsw-db", "10.0.1.9", "sg-other"),
        "eni-two",
    ),
    "a vSwitch outside of its VPC": (
        lambda tx: rows.vswitch(tx, "vsw-two", "192.168.0.0/24"),
        "vsw-two",
    ),
    "a vSwitch over another": (lambda tx: rows.vswitch(tx, "vsw-wide", "10.0.0.0/20"), "vsw-wide"),
    "a vSwitch with an ACL that is not": (
        lambda tx: rows.vswitch(tx, "vsw-two", "10.0.9.0/24", acl_id="nacl-none"),
        "vsw-two",
    ),
    "a VPC with a malformed block": (lambda tx: rows.vpc(tx, "vpc-c", "10.0.0.1/16"), "vpc-c"),
    "a VPC with blocks that are no JSON": (
        lambda tx: rows.vpc(tx, "vpc-c", secondary_cidrs="{"),
        "vpc-c",
    ),
    "a group of no kind": (lambda tx: rows.group(tx, "sg-bad", kind="third"), "sg-bad"),
    "an EIP of no interface": (
        lambda tx: rows.eip(tx, "eip-bad", "198.18.0.9", "eni-none", "10.0.0.5"),
        "eip-bad",
    ),
    "an EIP that is not public": (
        lambda tx: rows.eip(tx, "eip-bad", "10.0.0.9", "eni-web", "10.0.0.5"),
        "eip-bad",
    ),
    "a DNAT entry of two lengths": (
        lambda tx: rows.forward(tx, "fwd-bad", "ngw-a", "198.18.0.9", "1/9", "10.0.1.5", "1/2"),
        "fwd-bad",
    ),
    "a DNAT entry of a whole address of SNAT": (
        lambda tx: rows.forward(tx, "fwd-bad", "ngw-a", "198.18.0.10", *_WHOLE),
        "fwd-bad",
    ),
}


def around(tx: Transaction) -> None:
    """Insert what stays, whatever is bad: another VPC, and a gateway with a SNAT entry."""
    rows.vpc(tx, "vpc-b", "10.9.0.0/16")
    rows.vswitch(tx, "vsw-other", "10.9.0.0/24", "vpc-b")
    rows.group(tx, "sg-other", "vpc-b", inner_access=True)
    for number in (5, 6):
        rows.interface(
            tx, f"eni-o{number}", "vsw-other", f"10.9.0.{number}", "sg-other", vpc_id="vpc-b"
        )
    rows.nat(tx, "ngw-a", "vsw-web")
    rows.snat(tx, "snat-a", "ngw-a", "10.0.1.0/24", "198.18.0.10")


@pytest.mark.parametrize("case", BAD)
def test_a_refused_row_denies_its_part_and_leaves_the_rest(platform: Local, case: str) -> None:
    spoil, named = BAD[case]
    found = pictured(platform, rows.two_tiers, opened, around, spoil)
    assert named in {each.id for each in found.left_out}, found.left_out
    assert all(each.reason for each in found.left_out)
    inner = Packet.of("tcp", "10.9.0.5", "10.9.0.6", target_port=22)
    assert found.compiled.explain(inner, "eni-o5").end == "eni-o6"
    assert lets_ssh(found) == (named != "sg-db")
    assert "snat-a" in {
        entry.id for nat in found.compiled.parts.nats.values() for entry in nat.snat
    }


def test_a_group_with_a_refused_rule_drops_everything(platform: Local) -> None:
    spoil, _ = BAD["a drop that names no list"]
    found = pictured(platform, rows.two_tiers, opened, spoil)
    assert not lets_ssh(found)
    out = Packet.of("tcp", "10.0.1.5", "10.0.0.5", target_port=80)
    path = found.compiled.explain(out, "eni-db")
    assert (path.delivered, path.deciding.by) == (False, "closed-dbe4")


def test_the_check_names_what_is_refused(platform: Local) -> None:
    spoil, _ = BAD["a rule with malformed ports"]
    pictured(platform, rows.two_tiers, opened)
    assert list(platform.running.store.call(lambda tx: list(check(tx, {})))) == []
    pictured(platform, spoil)
    (finding,) = platform.running.store.call(lambda tx: list(check(tx, {})))
    assert (finding.code, finding.where) == ("network-part-refused", "network sg-db")
    assert "9999999" in finding.what


def test_the_plane_is_told_of_machines_with_interfaces_that_are_judged(platform: Local) -> None:
    def running(tx: Transaction) -> None:
        for name in ("i-web", "i-db", "i-off"):
            fields = {"user_data": Secret(""), "memory_mib": 512, "boot": 2, "host_name": name}
            status = "Stopped" if name == "i-off" else "Running"
            tx.insert(rows.make(InstanceRow, instance_id=name, status=status, **fields))

    def spoil(tx: Transaction) -> None:
        rows.interface(tx, "eni-web2", "vsw-web", "10.0.0.6", instance_id="i-web", device_index=1)
        for member in tx.find(MemberRow, interface_id="eni-db"):
            tx.delete(member)

    pictured(platform, rows.two_tiers, opened, running)
    before = platform.running.store.call(desired)
    assert [(each.id, each.interface_ids) for each in before.machines] == [
        ("i-db", ("eni-db",)),
        ("i-web", ("eni-web",)),
    ]
    pictured(platform, spoil)
    after = platform.running.store.call(desired)
    assert [(each.id, each.interface_ids) for each in after.machines] == [("i-web", ("eni-web",))]
    assert {each.id for each in after.network.interfaces} == {"eni-web"}


def test_a_bad_table_name_of_a_vswitch_leaves_its_vpc(platform: Local) -> None:
    def spoil(tx: Transaction) -> None:
        rows.vswitch(tx, "vsw-two", "10.0.9.0/24", table_id="vtb-b")

    found = pictured(platform, rows.two_tiers, opened, around, spoil)
    assert {each.id for each in found.left_out} == {"vsw-two"}
    assert platform.running.store.call(lambda tx: tx.get(VpcRow, "vpc-a")) is not None
