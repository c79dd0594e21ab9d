"""The plane's Internet: public addresses, sources, forwarded ports, and the platform's servers."""

import socket
import threading

import msgspec
import pytest
from tests.unit.netplane.networks import (
    CLIENT,
    LISTEN,
    SLOW,
    SPOOF,
    Talk,
    answer,
    connect,
    desired,
    group,
    interface,
    joined,
    rule,
    serve,
    vpc,
)

from juyong.engines.packet import (
    Address,
    BadAddress,
    Cidr,
    Direction,
    Eip,
    ForwardEntry,
    HopKind,
    NatGateway,
    Ports,
    Route,
    RouteTable,
    Rule,
    SnatEntry,
    Verdict,
)
from juyong.netplane.desired import Flow
from juyong.netplane.outsiders import SourceRefused
from juyong.netplane.reaching import NotOfThePlatform

WEB, OUT, ELSEWHERE = "47.1.1.1", "47.1.1.2", "8.8.8.8"
OPERATOR = Cidr.parse("203.0.113.9/32")


def address(text):
    return Address.parse(text)


def network(*rules):
    """A machine with an EIP, and one behind a NAT gateway with one forwarded port."""
    parts = vpc("a")
    to_nat = Route(id="rte-1", destination=Cidr.parse("0.0.0.0/0"), hop=HopKind.NAT, hop_id="ngw-1")
    parts["tables"] = (RouteTable(id="vtb-a", vpc_id="vpc-a", routes=(to_nat,)),)
    snat = SnatEntry(
        id="snat-1", nat_id="ngw-1", source=Cidr.parse("10.0.1.0/24"), address=address(OUT)
    )
    dnat = ForwardEntry(
        id="fwd-1",
        nat_id="ngw-1",
        external=address("47.1.1.3"),
        internal=address("10.0.1.2"),
        protocol=6,
        external_ports=Ports(8080, 8080),
        internal_ports=Ports(80, 80),
    )
    return joined(
        parts,
        {
            "groups": (group("a", *rules),),
            "interfaces": (interface("a", 1, "10.0.1.1"), interface("a", 2, "10.0.1.2")),
            "eips": (
                Eip(
                    id="eip-1",
                    address=address(WEB),
                    interface_id="eni-1",
                    private=address("10.0.1.1"),
                ),
            ),
            "nats": (NatGateway(id="ngw-1", vpc_id="vpc-a", snat=(snat,), forwards=(dnat,)),),
        },
    )


def from_outside(plane, source, target, port, seconds=0.4):
    done = plane.run_from(source, ["python3", "-c", CLIENT, target, str(port), str(seconds)])
    return done.output.decode().split("\n")[0]


def test_a_rule_for_one_source_lets_that_source_in_alone(plane):
    plane.apply(desired(network(rule(1, 443, source=OPERATOR)), 1, 2))
    with serve(plane, "i-1", 443), serve(plane, "i-1", 22):
        assert from_outside(plane, "203.0.113.9", WEB, 443, SLOW) == "connected"
        assert from_outside(plane, "203.0.113.10", WEB, 443) == "no answer"
        assert from_outside(plane, "203.0.113.9", WEB, 22) == "no answer"
        assert from_outside(plane, "203.0.113.9", "10.0.1.1", 443) == "no answer"


def test_a_forwarded_port_of_a_nat_gateway_leads_to_its_machine(plane):
    plane.apply(desired(network(rule(1, 80)), 1, 2))
    with serve(plane, "i-2", 80):
        assert from_outside(plane, "203.0.113.9", "47.1.1.3", 8080, SLOW) == "connected"
        assert from_outside(plane, "203.0.113.9", "47.1.1.3", 80) == "no answer"
        assert from_outside(plane, "203.0.113.9", OUT, 80) == "no answer"


def test_a_session_lives_and_is_counted_while_public_addresses_come_and_go(plane):
    bound = network(rule(1, 443))
    bare = msgspec.structs.replace(bound, eips=(), nats=(), tables=vpc("a")["tables"])
    plane.apply(desired(bare, 1, 2))
    with serve(plane, "i-1", 443), connect(plane, "i-2", "10.0.1.1", 443) as client:
        assert client.hear() == "connected"
        assert {client.ask("before") for _ in range(20)} == {"before"}
        for told, heard in ((bound, "connected"), (bare, "no answer"), (bound, "connected")):
            plane.apply(desired(told, 1, 2))
            seconds = SLOW if heard == "connected" else 0.4
            assert from_outside(plane, "203.0.113.9", WEB, 443, seconds) == heard
            assert client.ask("within") == "within"
        plane.close_window()
        sent = [
            each.packets
            for each in plane.events()
            if isinstance(each, Flow) and each.interface_id == "eni-2" and not each.ingress
        ]
    # Two of the handshake, and one for each word.
    assert sum(sent) >= 2 + 20 + 3


def at(plane, source):
    return plane._outsiders.place(plane._helper, source, plane._compiled)


SEEN = """
import socket
door = socket.create_server(("0.0.0.0", 7000))
print("ready", flush=True)
while True:
    peer, where = door.accept()
    print(where[0], flush=True)
"""


def test_machines_leave_with_their_public_address(plane):
    plane.apply(desired(network(), 1, 2))
    with at(plane, ELSEWHERE) as place, Talk(plane, place, SEEN) as seen:
        assert seen.hear() == "ready"
        assert answer(plane, "i-1", ELSEWHERE, 7000, SLOW) == "connected"
        assert seen.hear() == WEB
        assert answer(plane, "i-2", ELSEWHERE, 7000, SLOW) == "connected"
        assert seen.hear() == OUT


def test_machines_without_a_public_address_do_not_leave(plane):
    bare = joined(
        vpc("a"), {"groups": (group("a"),), "interfaces": (interface("a", 1, "10.0.1.1"),)}
    )
    plane.apply(desired(bare, 1))
    with at(plane, ELSEWHERE) as place, Talk(plane, place, SEEN) as seen:
        assert seen.hear() == "ready"
        assert answer(plane, "i-1", ELSEWHERE, 7000) == "no answer"


@pytest.mark.parametrize("source", ["10.0.0.1", "127.0.0.1", WEB, OUT, "192.0.2.1", "fd00::1"])
def test_sources_that_the_internet_has_not_are_refused(plane, source):
    plane.apply(desired(network(), 1))
    with pytest.raises(SourceRefused):
        plane.run_from(source, ["true"])
    assert plane.alive()


def test_a_source_that_is_no_address_is_refused(plane):
    with pytest.raises(BadAddress):
        plane.run_from("8.8.8.8; link del lo", ["true"])


def test_a_forwarded_port_of_the_host_leads_to_a_public_address(plane):
    plane.apply(desired(network(rule(1, 443)), 1))
    with (
        serve(plane, "i-1", 443),
        plane.forward(WEB, 443) as opened,
        socket.create_connection(("127.0.0.1", opened.port), 5) as peer,
    ):
        peer.sendall(b"hello")
        assert peer.recv(10) == b"hello"
        peer.shutdown(socket.SHUT_WR)
        assert peer.recv(10) == b""
    with (
        plane.forward(WEB, 22) as shut,
        socket.create_connection(("127.0.0.1", shut.port), 0.3) as peer,
        pytest.raises(OSError, match="timed out"),
    ):
        peer.recv(10)


def test_a_port_of_the_host_leads_to_no_address_that_nothing_has(plane):
    plane.apply(desired(network(rule(1, 443)), 1))
    with pytest.raises(ValueError, match="no EIP and no NAT gateway has 203\\.0\\.113\\.9"):
        plane.forward("203.0.113.9", 443)
    with at(plane, "203.0.113.9"), plane.forward("203.0.113.9", 443) as outside:
        assert outside.port


def test_an_eip_that_is_released_leads_nowhere_and_its_session_is_cut(plane):
    plane.apply(desired(network(rule(1, 443)), 1, 2))
    with (
        serve(plane, "i-1", 443),
        at(plane, "203.0.113.9") as place,
        Talk(plane, place, CLIENT, WEB, 443, SLOW) as client,
    ):
        assert client.hear() == "connected"
        assert client.ask("one") == "one"
        released = msgspec.structs.replace(network(rule(1, 443)), eips=())
        plane.apply(desired(released, 1, 2))
        assert client.ask("two", 0.7) == "cut"
    assert from_outside(plane, "203.0.113.9", WEB, 443) == "no answer"


def test_the_platform_answers_at_its_addresses_and_knows_the_interface(plane):
    closed = Rule(
        id="r-7",
        direction=Direction.EGRESS,
        policy=Verdict.DROP,
        priority=1,
        peer=Cidr.parse("0.0.0.0/0"),
    )
    network_of_two = joined(
        *(vpc(name) for name in "ab"),
        {
            "groups": (group("a", closed), group("b")),
            "interfaces": (interface("a", 1, "10.0.1.1"), interface("b", 2, "10.0.1.1")),
        },
    )
    plane.apply(desired(network_of_two, 1, 2))
    with plane.listener("vpc-a", "100.100.100.200", 80) as door:
        seen = []

        def answer_one():
            peer, where = door.accept()
            seen.append(where[0])
            peer.close()

        thread = threading.Thread(target=answer_one)
        thread.start()
        assert answer(plane, "i-1", "100.100.100.200", 80, SLOW) == "connected"
        thread.join()
        assert seen == ["10.0.1.1"]
        assert answer(plane, "i-2", "100.100.100.200", 80) == "no answer"
    with plane.listener("vpc-a", "100.100.2.136", 53, datagrams=True) as names:
        ask = "import socket; s = socket.socket(2, 2); s.sendto(b'who', ('100.100.2.136', 53)); s.settimeout(3); print(s.recv(9))"
        thread = threading.Thread(target=lambda: names.sendto(b"me", names.recvfrom(9)[1]))
        thread.start()
        assert plane.run("i-1", ["python3", "-c", ask]).output == b"b'me'\n"
        thread.join()


STEAL = """
import socket, struct
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def send(source, target, protocol, body):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0,
        socket.inet_aton(source), socket.inet_aton(target))
    try: wire.sendto(head + body, (target, 0))
    except OSError: pass
for source in ("10.0.1.2", "10.0.1.3", "100.100.100.200", "127.0.0.1", "203.0.113.9", "10.0.1.1"):
    send(source, "100.100.2.136", 17, struct.pack("!HHHH", 7, 53, 8 + len(source), 0) + source.encode())
"""


def test_no_machine_asks_the_platform_in_the_name_of_another(plane):
    """Who asks for the credentials of a role is told by the address alone."""
    network = joined(
        vpc("a"),
        {
            "groups": (group("a"),),
            "interfaces": tuple(interface("a", n, f"10.0.1.{n}") for n in (1, 2, 3)),
        },
    )
    plane.apply(desired(network, 1, 2, 3))
    with plane.listener("vpc-a", "100.100.2.136", 53, datagrams=True) as names:
        names.settimeout(5)
        done = plane.run("i-1", ["python3", "-c", STEAL])
        assert done.code == 0, done.output
        said, (source, _) = names.recvfrom(99)
        # The last one alone is the machine's own, so that nothing came before.
        assert (said, source) == (b"10.0.1.1", "10.0.1.1")


@pytest.mark.parametrize("where", ["10.0.1.1", "127.0.0.1", "100.100.100.201"])
def test_the_platform_listens_at_its_own_addresses_only(plane, where):
    plane.apply(desired(network(), 1))
    with pytest.raises(NotOfThePlatform):
        plane.listener("vpc-a", where, 80)


def test_listeners_need_a_vpc_and_a_free_port(plane):
    plane.apply(desired(network(), 1))
    with pytest.raises(FileNotFoundError):
        plane.listener("vpc-z", "100.100.100.200", 80)
    with plane.listener("vpc-a", "100.100.100.200", 80), pytest.raises(OSError, match="in use"):
        plane.listener("vpc-a", "100.100.100.200", 80)
    assert plane.alive()


def with_eips(*, same_vpc):
    """Two machines with an EIP each, in one VPC or in two."""
    other = "a" if same_vpc else "b"
    block = "10.0.0.0/16" if same_vpc else "10.1.0.0/16"
    second = "10.0.1.2" if same_vpc else "10.1.1.2"
    parts = [vpc("a")] if same_vpc else [vpc("a"), vpc("b", block)]
    groups = {"a": group("a", rule(1, 80, source=Cidr.parse(f"{WEB}/32")))}
    groups.setdefault(other, group(other, rule(2, 80, source=Cidr.parse(f"{WEB}/32"))))
    return joined(
        *parts,
        {
            "groups": tuple(groups.values()),
            "interfaces": (interface("a", 1, "10.0.1.1"), interface(other, 2, second)),
            "eips": tuple(
                Eip(
                    id=f"eip-{number}",
                    address=address(public),
                    interface_id=f"eni-{number}",
                    private=address(private),
                )
                for number, public, private in ((1, WEB, "10.0.1.1"), (2, OUT, second))
            ),
        },
    )


@pytest.mark.parametrize("same_vpc", [True, False])
def test_machines_reach_each_others_public_addresses_as_from_the_internet(plane, same_vpc):
    plane.apply(desired(with_eips(same_vpc=same_vpc), 1, 2))
    with serve(plane, "i-2", 80), serve(plane, "i-2", 81), serve(plane, "i-1", 80):
        assert answer(plane, "i-1", OUT, 80, SLOW) == "connected"
        assert answer(plane, "i-1", OUT, 81) == "no answer"
        assert answer(plane, "i-2", WEB, 80) == "no answer"
        assert from_outside(plane, "203.0.113.9", OUT, 80) == "no answer"


def test_an_outsider_cannot_send_with_a_public_address_of_the_network(plane):
    udp = Rule(
        id="r-2",
        direction=Direction.INGRESS,
        policy=Verdict.ACCEPT,
        priority=1,
        peer=Cidr.parse("0.0.0.0/0"),
        protocol=17,
        ports=Ports(80, 80),
    )
    plane.apply(desired(network(udp), 1, 2))
    with Talk(plane, "i-1", LISTEN) as listener:
        assert listener.hear() == "ready"
        for sources in ((OUT, "10.0.1.2", "127.0.0.1", "100.100.2.136", "203.0.113.9"),):
            done = plane.run_from("203.0.113.9", ["python3", "-c", SPOOF, WEB, *sources])
            assert done.code == 0, done.output
        assert listener.hear() == "203.0.113.9"
