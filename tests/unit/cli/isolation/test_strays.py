"""What a first packet says of where it was going."""

from ipaddress import ip_address

import pytest

from juyong.cli.isolation.strays import Attempt, attempt_of
from juyong.cli.isolation.tally import Tally


def v4(protocol, options=0, to="8.8.8.8"):
    head = bytes([0x45 + options, *bytes(8), protocol, *bytes(6), *ip_address(to).packed])
    return head + bytes(4 * options)


def v6(protocol):
    return bytes([0x60, *bytes(5), protocol, *bytes(17), *ip_address("2001:db8::1").packed])


PORTS = (40000).to_bytes(2, "big") + (22).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("packet", "attempt"),
    [
        (v4(6) + PORTS, Attempt("tcp", ip_address("8.8.8.8"), 22, 40000)),
        (v4(17, options=3) + PORTS, Attempt("udp", ip_address("8.8.8.8"), 22, 40000)),
        (v6(6) + PORTS, Attempt("tcp", ip_address("2001:db8::1"), 22, 40000)),
        (v6(17) + PORTS, Attempt("udp", ip_address("2001:db8::1"), 22, 40000)),
        (v4(1) + PORTS, None),
        (v6(58) + PORTS, None),
        (v4(6) + PORTS[:3], None),
        (v4(6)[:19], None),
        (v6(6)[:39], None),
        (b"\x50" + bytes(60), None),
        (b"", None),
    ],
)
def test_reading_a_packet(packet, attempt):
    assert attempt_of(packet) == attempt


def test_what_is_told_is_bounded():
    tally = Tally()
    assert tally.line() is None
    for number in range(100):
        tally.add(f"192.0.2.{number}:22/tcp")
        tally.add("192.0.2.0:22/tcp")
    line = tally.line()
    assert line.count("/tcp") == 16
    assert "192.0.2.0:22/tcp (101x), 192.0.2.1:22/tcp (1x)" in line
    assert line.endswith(", others (84x)")
