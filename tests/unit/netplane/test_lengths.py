"""Streams between instances in packets that are longer than any wire would carry."""

import os
import re

import pytest
from tests.unit.netplane.networks import Talk, desired, rule
from tests.unit.netplane.test_internet import WEB, network

from juyong.netplane.desired import Flow

BYTES = 48 << 20
USUAL_BYTES = 65535
"""The longest packet of IPv4 that a header can tell."""
FIRST_WITH_LONG_PACKETS = (6, 3)
HEAR = """
import hashlib, socket
door = socket.create_server(("0.0.0.0", 9000))
print("ready", flush=True)
while True:
    peer, _ = door.accept()
    heard = hashlib.sha256()
    while data := peer.recv(1 << 20): heard.update(data)
    print(heard.hexdigest(), flush=True)
"""
POUR = """
import hashlib, socket, sys
block = bytes(n % 251 for n in range(1 << 20))
said = hashlib.sha256()
with socket.create_connection((sys.argv[1], 9000)) as peer:
    for n in range(int(sys.argv[2]) >> 20):
        part = n.to_bytes(4, "big") + block[4:]
        said.update(part)
        peer.sendall(part)
print(said.hexdigest())
"""


def linux_version():
    found = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return tuple(map(int, found.groups()))


@pytest.mark.skipif(
    linux_version() < FIRST_WITH_LONG_PACKETS, reason="this kernel has no long packets of IPv4"
)
@pytest.mark.parametrize("target", ["10.0.1.1", WEB])
def test_a_stream_goes_in_long_packets_also_where_addresses_are_translated(plane, target):
    plane.apply(desired(network(rule(1, 9000)), 1, 2))
    with Talk(plane, "i-1", HEAR) as hear:
        assert hear.hear() == "ready"
        with Talk(plane, "i-2", POUR, target, BYTES) as pour:
            assert hear.hear() == pour.hear()
    plane.close_window()
    sent = [
        each
        for each in plane.events()
        if isinstance(each, Flow) and each.interface_id == "eni-2" and each.target_port == 9000
    ]
    assert sum(each.bytes for each in sent) > BYTES
    assert sum(each.packets for each in sent) < BYTES // (2 * USUAL_BYTES)
