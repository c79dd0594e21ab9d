"""Small networks, and programs in machines that talk over them."""

import os
from contextlib import contextmanager, suppress

import pytest

from juyong.api.plane import PlaneUnavailable
from juyong.engines.packet import (
    Address,
    Cidr,
    Direction,
    Interface,
    Kind,
    Network,
    Ports,
    RouteTable,
    Rule,
    SecurityGroup,
    Verdict,
    Vpc,
    VSwitch,
)
from juyong.netplane.desired import Desired, Machine
from juyong.netplane.plane import NetworkPlane

ANYWHERE = Cidr.parse("0.0.0.0/0")
TCP = 6
SLOW = 10.0
"""Seconds for what is to happen, however busy the system is; what is not to, gets less."""
SERVER = """
import socket, sys, threading
door = socket.create_server(("0.0.0.0", int(sys.argv[1])))
print("ready", flush=True)
def echo(peer):
    with peer:
        while data := peer.recv(4096):
            peer.sendall(data)
while True:
    peer, _ = door.accept()
    threading.Thread(target=echo, args=(peer,), daemon=True).start()
"""
CLIENT = """
import socket, sys
sys.stdout.reconfigure(line_buffering=True)
try:
    peer = socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))
except OSError as failure:
    print("refused" if isinstance(failure, ConnectionRefusedError) else "no answer")
    sys.exit()
print("connected")
for line in sys.stdin:
    seconds, word = line.split()
    peer.settimeout(float(seconds))
    try:
        peer.sendall(word.encode())
        print(peer.recv(100).decode().strip())
    except OSError:
        print("cut")
"""

SPOOF = """
import socket, struct, sys
def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16: total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0800)
wire.bind(("eth0", 0))
mac = b"\\xee" + b"\\xff" * 5
for source in sys.argv[2:]:
    body = struct.pack("!HHHH", 7, 80, 12, 0) + b"spof"
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 32, 0, 0, 64, 17, 0,
        socket.inet_aton(source), socket.inet_aton(sys.argv[1]))
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    wire.send(mac + wire.getsockname()[4] + b"\\x08\\x00" + head + body)
# ARP answers that claim another's address, and floods of questions, reach no one.
for target in (b"\\xff" * 6, mac):
    arp = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 2, wire.getsockname()[4],
        socket.inet_aton("10.0.1.3"), mac, socket.inet_aton("10.0.1.253"))
    for _ in range(50): wire.send(target + wire.getsockname()[4] + b"\\x08\\x06" + arp)
"""
LISTEN = """
import socket
door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
door.bind(("0.0.0.0", 80))
print("ready", flush=True)
while True:
    data, peer = door.recvfrom(100)
    print(peer[0], flush=True)
"""


@contextmanager
def running_plane(**more):
    """A plane that is started; the test is skipped where the system refuses."""
    plane = NetworkPlane(window_s=0, **more)
    try:
        plane.start()
    except PlaneUnavailable as refused:
        pytest.skip(f"no network plane: {refused}")
    try:
        yield plane
    finally:
        plane.stop()


def rule(number, port, *, source=ANYWHERE, policy=Verdict.ACCEPT, direction=Direction.INGRESS):
    return Rule(
        id=f"r-{number}",
        direction=direction,
        policy=policy,
        priority=1,
        peer=source,
        protocol=TCP,
        ports=Ports(port, port),
    )


def vpc(name, block="10.0.0.0/16"):
    """The parts of a VPC with one vSwitch `vsw-NAME` and one group `sg-NAME`."""
    whole = Cidr.parse(block)
    near = Cidr.parse(block.replace("0.0/16", "1.0/24"))
    return {
        "vpcs": (Vpc(id=f"vpc-{name}", cidrs=(whole,)),),
        "vswitches": (
            VSwitch(
                id=f"vsw-{name}",
                vpc_id=f"vpc-{name}",
                cidrs=(near,),
                route_table_id=f"vtb-{name}",
            ),
        ),
        "tables": (RouteTable(id=f"vtb-{name}", vpc_id=f"vpc-{name}"),),
    }


def group(name, *rules, group_id=None):
    return SecurityGroup(
        id=group_id or f"sg-{name}",
        vpc_id=f"vpc-{name}",
        kind=Kind.BASIC,
        inner_access=False,
        rules=rules,
    )


def interface(name, number, address, group_id=None):
    return Interface(
        id=f"eni-{number}",
        vswitch_id=f"vsw-{name}",
        addresses=(Address.parse(address),),
        group_ids=(group_id or f"sg-{name}",),
    )


def joined(*parts):
    """One network of the parts of several."""
    found = {}
    for part in parts:
        for name, values in part.items():
            found[name] = found.get(name, ()) + tuple(values)
    return Network(**found)


def pair(*rules, addresses=("10.0.1.1", "10.0.1.2")):
    """A VPC with machines in one group, numbered from 1."""
    return joined(
        vpc("a"),
        {
            "groups": (group("a", *rules),),
            "interfaces": [interface("a", n, a) for n, a in enumerate(addresses, 1)],
        },
    )


def machine(number, **more):
    told = {"id": f"i-{number}", "hostname": f"host{number}", "interface_ids": (f"eni-{number}",)}
    return Machine(**(told | more))


def desired(network, *numbers):
    return Desired(network=network, machines=tuple(machine(number) for number in numbers))


class Talk:
    """A program in a machine to which lines are written, and of which lines are read."""

    def __init__(self, plane, machine_id, program, *arguments):
        self.plane = plane
        inner_in, self._write = os.pipe()
        read, inner_out = os.pipe()
        argv = ["python3", "-u", "-c", program, *map(str, arguments)]
        try:
            self.job = plane.attach(machine_id, argv, (inner_in, inner_out, inner_out))
        finally:
            os.close(inner_in)
            os.close(inner_out)
        self._read = os.fdopen(read, encoding="utf-8")

    def hear(self):
        return self._read.readline().strip()

    def say(self, line):
        os.write(self._write, f"{line}\n".encode())
        return self.hear()

    def ask(self, word, seconds=SLOW):
        """Of a client: what comes back within the time, `cut` when nothing does."""
        return self.say(f"{seconds} {word}")

    def close(self):
        os.close(self._write)
        with suppress(OSError):
            self.plane.kill(self.job)
        self._read.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def serve(plane, machine_id, port):
    """An echo server in a machine, which listens when this returns."""
    talk = Talk(plane, machine_id, SERVER, port)
    assert talk.hear() == "ready"
    return talk


def connect(plane, machine_id, address, port, seconds=SLOW):
    """A client in a machine; `hear` says first whether it is connected."""
    return Talk(plane, machine_id, CLIENT, address, port, seconds)


def answer(plane, machine_id, address, port, seconds=0.4):
    """Whether a connection is made: `connected`, `refused` or `no answer`."""
    with connect(plane, machine_id, address, port, seconds) as client:
        return client.hear()
