"""A machine that takes all it can get is bounded, and the others are unharmed."""

from contextlib import suppress
from pathlib import Path

import pytest
from tests.unit.netplane import networks
from tests.unit.netplane.networks import (
    SLOW,
    answer,
    connect,
    desired,
    group,
    interface,
    joined,
    pair,
    rule,
    running_plane,
    serve,
    vpc,
)
from tests.waiting import wait_until

from juyong.netplane.desired import Desired, MachineDisk, MachineEnded

SOCKETS = """
import os, socket, sys
read, write = os.pipe()
count = 0
while count < 1000:
    try:
        pid = os.fork()
    except OSError:
        break
    if not pid:
        os.closerange(0, 3)
        made = []
        try:
            while True: made.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        except OSError: pass
        os.write(write, b"%8d" % len(made))
        import time; time.sleep(600); os._exit(0)
    count += 1
found = [int(os.read(read, 8)) for _ in range(count)]
print(count, sum(found))
"""
WIRE_FLOOD = """
import os, socket, struct, sys, time
os.fork()
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0800)
wire.bind(("eth0", 0))
mac = b"\\xee" + b"\\xff" * 5
packets = []
for target in sys.argv[1:]:
    for source in ("10.0.1.1", "10.0.1.9"):
        body = struct.pack("!HHHH", 7, 53, 1008, 0) + bytes(1000)
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1028, 0, 0, 64, 17, 0,
            socket.inet_aton(source), socket.inet_aton(target))
        total = sum(struct.unpack("!10H", head))
        while total >> 16: total = (total & 0xFFFF) + (total >> 16)
        head = head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:]
        packets.append(mac + wire.getsockname()[4] + b"\\x08\\x00" + head + body)
end, count = time.monotonic() + float(1.5), 0
while time.monotonic() < end:
    for packet in packets:
        try: wire.send(packet)
        except OSError: pass
        count += 1
print(count)
"""
FILL = """
import sys
count = 0
while True:
    with open(f"{sys.argv[1]}/fill-{count}", "wb") as file:
        for _ in range(4): file.write(bytes(1 << 20))
    count += 1
"""


@pytest.fixture(scope="module")
def _roomy(tmp_path_factory):
    """A plane whose machines have disks and may use files of the host."""
    with running_plane(folder=tmp_path_factory.mktemp("plane")) as plane:
        yield plane


@pytest.fixture
def roomy(_roomy):
    _roomy.apply(Desired())
    _roomy.events()
    return _roomy


def resident(pid):
    """Bytes of memory that a process of the helper holds."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) * 1024


def waiting(door):
    """How many datagrams a socket has kept; they are taken."""
    door.settimeout(0)
    kept = 0
    with suppress(BlockingIOError):
        while door.recv(2000):
            kept += 1
    return kept


def test_sockets_are_bounded_by_processes_and_their_descriptors(roomy):
    # Each copy of a process counts in full, so that less memory would end the machine.
    machines = (networks.machine(1, memory_mb=8192), networks.machine(2))
    roomy.apply(Desired(network=pair(rule(1, 80)), machines=machines))
    with serve(roomy, "i-2", 80):
        done = roomy.run("i-1", ["python3", "-c", SOCKETS], timeout_s=60)
        processes, sockets = map(int, done.output.split())
        assert 200 < processes < 260
        assert sockets < processes * 1024
        # The others open sockets and sessions as before.
        assert answer(roomy, "i-2", "127.0.0.1", 80, SLOW) == "connected"
        assert not any(isinstance(each, MachineEnded) for each in roomy.events())


def test_a_flood_of_packets_harms_no_session_of_others_and_fills_no_memory(plane):
    network = joined(
        *(vpc(name) for name in "ab"),
        {
            "groups": (group("a", rule(1, 80)), group("b", rule(2, 80))),
            "interfaces": (
                interface("a", 1, "10.0.1.1"),
                interface("a", 2, "10.0.1.2"),
                interface("b", 3, "10.0.1.1"),
                interface("b", 4, "10.0.1.2"),
            ),
        },
    )
    plane.apply(desired(network, 1, 2, 3, 4))
    targets = ("10.0.1.2", "10.0.1.253", "100.100.2.136", "100.100.100.200", "8.8.8.8")
    with (
        serve(plane, "i-4", 80),
        connect(plane, "i-3", "10.0.1.2", 80) as near,
        plane.listener("vpc-a", "100.100.2.136", 53, datagrams=True) as names,
    ):
        assert near.hear() == "connected"
        before = resident(plane._helper.pid)
        done = plane.run("i-1", ["python3", "-c", WIRE_FLOOD, *targets], timeout_s=SLOW)
        assert sum(map(int, done.output.split())) > 1000
        assert near.ask("on") == "on"
        assert answer(plane, "i-3", "10.0.1.2", 80, SLOW) == "connected"
        assert plane.alive()
        assert resident(plane._helper.pid) < before + (32 << 20)
        # Of what came to the platform the kernel kept as much as a socket holds.
        assert waiting(names) < 1000
    assert [each for each in plane.events() if type(each).__name__ != "Flow"] == []


@pytest.mark.parametrize("where", ["/root", "/mnt/xvdb"])
def test_a_disk_that_is_full_ends_the_processes_that_fill_it_and_can_be_emptied(roomy, where):
    disks = (
        MachineDisk(id=f"d-{where[1:4]}0", most_mb=32),
        MachineDisk(id=f"d-{where[1:4]}1", at="/mnt/xvdb", most_mb=32),
    )
    # Where the home lies in memory, files count as memory until the watch has looked.
    full = networks.machine(1, disks=disks, boot=len(where), memory_mb=8192)
    machines = (full, networks.machine(2))
    roomy.apply(Desired(network=pair(rule(1, 80)), machines=machines))
    done = roomy.run("i-1", ["python3", "-c", FILL, where], timeout_s=30)
    assert (done.code, done.timed_out) == (128 + 9, False)
    # The watch has looked again once the files are gone.
    wait_until(lambda: roomy.run("i-1", ["sh", "-c", f"rm -f {where}/fill-*"]).code == 0)
    listed = roomy.run("i-1", ["sh", "-c", f"ls {where} && echo new > {where}/new"])
    assert (listed.code, b"fill" in listed.output) == (0, False)
    assert roomy.run("i-2", ["sh", "-c", "echo x > /root/x && cat /root/x"]).output == b"x\n"
    assert not any(isinstance(each, MachineEnded) for each in roomy.events())
