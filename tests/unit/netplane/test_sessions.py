"""Sessions that are judged again: what the kernel tells of them, and which of them end."""

import pytest
from tests.fuzz.fuzz_netplane import session
from tests.unit.netplane.networks import pair, rule

from juyong.engines.packet import Compiled, Packet
from juyong.netplane.sessions import BadSession, packet_of, unwanted

A, B, OUTSIDE = b"\x0a\x00\x01\x01", b"\x0a\x00\x01\x02", b"\x08\x08\x08\x08"
V6 = b"\xfd" + bytes(15)


def test_a_session_is_the_packet_that_began_it():
    wanted = Packet.of("tcp", "10.0.1.1", "10.0.1.2", source_port=4000, target_port=80)
    assert packet_of(session(2, 6, A, B)) == wanted
    assert packet_of(session(2, 47, A, B)) == Packet.of("gre", "10.0.1.1", "10.0.1.2")
    assert packet_of(session(10, 17, V6, V6)).version == 6


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x02",
        b"\x02\x00",
        b"\x07" + session(2, 6, A, B)[1:],
        session(2, 6, A, b""),
        session(2, 6, A, V6),
    ],
)
def test_bytes_of_another_form_are_no_session(data):
    with pytest.raises(BadSession):
        packet_of(data)


def test_sessions_end_that_could_not_begin_now():
    kept, cut = session(2, 6, A, B), session(2, 6, A, OUTSIDE)
    unread = b"\x02\x00"
    stranger = session(2, 6, OUTSIDE, B)
    asked = (kept, cut, unread, stranger)
    assert unwanted(asked, Compiled(pair(rule(1, 80))), "vpc-a") == (cut, unread, stranger)
    assert unwanted(asked, Compiled(pair(rule(1, 81))), "vpc-a") == asked
    assert unwanted(asked, Compiled(pair(rule(1, 80))), "vpc-z") == asked
