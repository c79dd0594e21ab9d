"""The kernel as a third opinion on the packet engine: random networks, real packets.

    python -m tests.model.packet_kernel --probes 5000 --seed 1

The program enters a user and a network namespace of its own, which has no way out, and makes a
second network namespace for the far ends of all devices, and one for the router of each VPC. Rules
are the engine's own text, routes those of the network plane's plan. Each probe is a whole frame with a
number in it, sent from the far end of an interface and looked for at all far ends. Every probe is
judged by kernel, engine and model; where it arrives, an answer is sent back and judged as well. The
first probes of a network are those by which `juyong net prove` refutes that nothing gets anywhere.

Nothing has an address, so that no kernel answers by itself. All of it ends with the process.
Exit codes: 0 all agree, 1 a difference, 3 the kernel or a missing tool refuses, with the reason.
"""

import argparse
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.model import packet as model
from tests.property import packet_cases as made
from tests.waiting import wait_until

from juyong.base import linux
from juyong.engines.packet import INTERNET, Address, Compiled, Stage
from juyong.netplane import layout
from juyong.netplane.desired import Desired, Machine
from juyong.netplane.plan import Numbers, plan_of
from juyong.services.network.picture import Picture
from juyong.services.network.proving.lines import assertions_of
from juyong.services.network.proving.proving import proved
from juyong.services.network.view import View

REFUSED = 3
A_NETWORK = 120
"""Probes of one network."""
MOST_REFUTING = 40
"""Probes of one network that `juyong net prove` names; the others are drawn."""
_QUIET_SECONDS, _LOST_SECONDS, _UP_SECONDS = 0.03, 2.0, 60.0
_IPV4 = 0x0800
_OUTGOING = 4
_LEAST_FRAME = 42
_SETTINGS = (
    ("net/ipv4/conf/all/rp_filter", "0"),
    ("net/ipv4/conf/default/rp_filter", "0"),
    # A router of the network plane tells no sender of a shorter way.
    ("net/ipv4/conf/all/send_redirects", "0"),
    ("net/ipv4/conf/default/send_redirects", "0"),
)


class Refused(Exception):
    """The kernel, or a tool that is not there."""


def run(command, text=""):
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"{command[0]}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--probes", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", help="the starting namespace, of the second stage alone")
    told = parser.parse_args()
    if told.inside is None:
        return enter(told)
    try:
        return Lab(told.inside).compare(told.probes, told.seed)
    except (Refused, OSError) as refused:
        print(f"refused: {refused}")
        return REFUSED


def enter(told):
    """Run the program again in namespaces of its own; it dies with this process."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [name for name in ("unshare", "nft", "ip") if shutil.which(name) is None]
    if missing:
        print(f"refused: not installed: {', '.join(missing)}")
        return REFUSED
    command = ["unshare", "--user", "--map-root-user", "--net", "--fork", "--kill-child"]
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        print("refused: the kernel permits no user and network namespaces")
        return REFUSED
    command += [sys.executable, "-m", "tests.model.packet_kernel"]
    command += ["--probes", str(told.probes), "--seed", str(told.seed), "--inside", namespace()]
    return subprocess.run(command, check=False, cwd=Path(__file__).parents[2]).returncode


def namespace():
    return str(Path("/proc/self/ns/net").readlink())


class Lab:
    """What all networks of a run share: the counts of verdicts, and the namespace to stay out of."""

    def __init__(self, started_in):
        self.started_in = started_in
        self.met: Counter[tuple[str, str, str]] = Counter()
        self.answers = self.refuting = 0
        self.before = None
        self.check()
        if here := [line for line in run(["ip", "-o", "link"]).splitlines() if ": lo:" not in line]:
            raise Refused(f"this namespace has devices, nothing was touched: {here}")

    def check(self):
        """Refuse the starting namespace: there, nothing is touched."""
        if namespace() == self.started_in:
            raise Refused("this is the starting network namespace, nothing was touched")

    def new_namespace(self, forwards):
        """Enter a new network namespace, and return a descriptor of it."""
        linux.unshare(linux.NEWNET)
        self.check()
        for name, value in (*_SETTINGS, ("net/ipv4/ip_forward", forwards)):
            setting = Path("/proc/sys", name)
            if setting.exists():
                setting.write_text(value)
        # Without it there is no table in which a next hop is looked up.
        linux.raise_loopback()
        return os.open("/proc/self/ns/net", os.O_RDONLY)

    def compare(self, probes, seed):
        start, done, wrong = time.perf_counter(), 0, 0
        while done < probes:
            with Wired(self, made.Cases(seed, plain=True)) as network:
                asked, differ = network.compare(min(A_NETWORK, probes - done))
            if differ:
                print(f"  {differ} of the network of seed {seed}")
            done, wrong, seed = done + asked, wrong + differ, seed + 1
        seconds = time.perf_counter() - start
        print(f"{done} probes, {self.answers} answers, {wrong} differ, {seconds:.1f} s")
        print(f"{self.refuting} of the probes refute an assertion")
        for met, count in sorted(self.met.items()):
            print("  {:8} {:20} {:30}".format(*met), count)
        return 1 if wrong else 0


class Wired:
    """One network, wired as the network plane plans it: routers, and a device for each interface.

    Routers and far ends are namespaces of this network alone, so that no session of another network
    is known there; all end when their descriptors are closed.
    """

    def __init__(self, lab, cases):
        self.lab, self.cases = lab, cases
        network = made.engine_network(cases.network)
        self.compiled = Compiled(network)
        machines = tuple(
            Machine(id=f"i-{number}", hostname="h", interface_ids=(name,))
            for number, name in enumerate(cases.network["interfaces"])
        )
        self.plan = plan_of(Desired(network=network, machines=machines), self.compiled, Numbers())
        self.links = {
            machine.machine.interface_ids[0]: link
            for machine in self.plan.machines.values()
            for link in machine.links.values()
        }
        self.refuting = list(refuting(self.compiled))[:MOST_REFUTING]
        self.number = 0
        self.used = set()
        self.sockets, self.edges, self.held = {}, {}, ()

    def __enter__(self):
        far = self.lab.new_namespace("0")
        routers = {number: self.lab.new_namespace("1") for number in self.plan.vpcs}
        self.held = (far, *routers.values())
        try:
            for number, router in routers.items():
                linux.enter(router, linux.NEWNET)
                # Rules stand before links are up, as in a router that is built.
                self._load(self.plan.routers[number].rules)
                run(["ip", "-batch", "-"], "\n".join((*self._links(number, far), "")))
            for one, other in self.plan.peers:
                linux.enter(routers[one], linux.NEWNET)
                run(["ip", "-batch", "-"], "\n".join(self._joined(one, other, routers[other])))
            for number, router in routers.items():
                linux.enter(router, linux.NEWNET)
                ups = [
                    f"link set p{each} up"
                    for pair in self.plan.peers
                    for each in pair
                    if number in pair and each != number
                ]
                roads = (*ups, *self.plan.routers[number].roads, "")
                run(["ip", "-batch", "-"], "\n".join(roads))
            linux.enter(far, linux.NEWNET)
            ends = [*(f"f{each.device}" for each in self.links.values())]
            ends += [f"o{number}" for number in routers]
            run(["ip", "-batch", "-"], "".join(f"link set {end} up\n" for end in ends))
            for each in self.held:
                self._wait_for_links(each)
            linux.enter(far, linux.NEWNET)
            self.sockets = {
                name: self._socket(f"f{link.device}") for name, link in self.links.items()
            }
            self.edges = {number: self._socket(f"o{number}") for number in routers}
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for each in (*self.sockets.values(), *self.edges.values()):
            each.close()
        for each in self.held:
            os.close(each)

    def _wait_for_links(self, namespace):
        """Wait until the kernel's worker has switched all links on: before, each frame is lost."""
        linux.enter(namespace, linux.NEWNET)

        def all_up():
            links = [line for line in run(["ip", "-o", "link"]).splitlines() if ": lo:" not in line]
            return all(" state UP " in line for line in links)

        wait_until(all_up, _UP_SECONDS)

    def _load(self, table):
        """Load the rules of the network before, then the change to this one's."""
        before, self.lab.before = self.lab.before, table
        if before is None:
            run(["nft", "-f", "-"], table.text())
        else:
            run(["nft", "-f", "-"], before.text())
            run(["nft", "-f", "-"], table.change_from(before))

    def _socket(self, device):
        found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_IPV4))
        found.bind((device, _IPV4))
        return found

    def _links(self, number, far):
        there = f"netns /proc/{os.getpid()}/fd/{far}"
        pairs = [
            (link.device, link.mac, f"f{link.device}")
            for link in self.links.values()
            if link.router == number
        ]
        for device, mac, end in (*pairs, (layout.OUTSIDE, layout.OUTER_MAC, f"o{number}")):
            yield f"link add {device} address {mac} type veth peer name {end} {there}"
            yield f"link set {device} up"

    def _joined(self, one, other, router):
        mac = layout.PEER_MAC
        yield (
            f"link add {layout.peer_device_of(other)} address {mac} type veth "
            f"peer name {layout.peer_device_of(one)} address {mac} "
            f"netns /proc/{os.getpid()}/fd/{router}"
        )

    # -- probes ----------------------------------------------------------------------------------

    def compare(self, probes):
        """Send probes and then their answers; returns how many were sent and how many differ."""
        sent, answered = {}, {}
        for _ in range(3 * probes):
            if len(sent) == probes:
                break
            start, packet = self._probe()
            there, back = model.converse(self.cases.network, packet, start)
            paths = self.compiled.converse(made.engine_packet(packet), start)
            if self._fresh(start, packet, paths.there):
                number = self._send(start, packet)
                if packet.pop("refutes", False):
                    assert paths.there.delivered, (start, packet)
                    self.lab.refuting += 1
                sent[number] = (paths.there, there, start, packet)
                answered[number] = (paths.back, back)
        wrong, arrived = self._judge(sent)
        answers = {}
        for number in arrived:
            path, way = answered[number]
            there = sent[number][1]
            if not there.end:
                continue  # A difference that was counted: no answer is known.
            if self._strays(path, sent[number][2]):
                continue
            packet = model.answer(there.packet) | {"answers": number}
            # Answers go to the port that the answered packet showed, whichever it was.
            packet["target_port"] = arrived[number][2] if has_ports(packet) else 0
            back = self._send(there.end, packet)
            answers[back] = (path, way, there.end, packet)
        more, _ = self._judge(answers)
        self.lab.answers += len(answers)
        return len(sent), wrong + more

    def _strays(self, back, start):
        """Whether a route leads the answer to an interface that did not ask.

        Its groups know no session, and the engine asks their rules; the kernel knows one session of
        the router, and lets the answer pass.
        """
        return any(hop.stage is Stage.INGRESS_GROUP and hop.at != start for hop in back.hops)

    def _probe(self):
        """Return a probe that kernel and engine can both be asked about."""
        while True:
            drawn = not self.refuting
            start, packet = self.cases.packet() if drawn else self.refuting.pop()
            platform = any(model.inside(packet["target"], block) for block in model.PLATFORM)
            if ":" in packet["source"] or platform:
                continue
            near = self.cases.network["interfaces"].get(start, {"addresses": ()})
            if packet["target"] in near["addresses"]:
                continue  # Such a packet never leaves its guest.
            if drawn:
                self._plain(start, packet)
            # To itself by its own address, both directions are one session: nothing is kept apart.
            # So it is for a packet to the very address that it leaves with.
            way = model.Way(self.cases.network, packet, start)
            same = packet["source_port"] == packet["target_port"]
            own = (packet["source"], way.packet["source"])
            if same and start != INTERNET and way.packet["target"] in own:
                continue
            return start, packet

    def _plain(self, start, packet):
        """Change a packet that was drawn into one that the kernel can be asked about."""
        if packet["protocol"] == 132:
            packet["protocol"] = 99  # Connection tracking reads SCTP, the engine does not.
        if has_ports(packet):
            if not self.cases.chance(4):
                packet["source_port"] = self.cases.random.randint(1, 65535)
            if start != INTERNET and model.is_public(packet["target"]) and self.cases.chance(4):
                packet["target_port"] = 25
            packet["source_port"] = packet["source_port"] or 7
            packet["target_port"] = packet["target_port"] or 7

    def _fresh(self, start, packet, path):
        """Tell whether no session of before is this one: each probe opens its own."""
        # Between two public addresses of the network each side's packets answer the other's.
        near = start != INTERNET and model.owned(self.cases.network, packet["target"])
        ends = () if near else (packet["source"], packet["target"])
        far = next((a for a in ends if model.is_public(a)), "")
        arrived = made.model_packet(path.arrived)
        owner = path.end or INTERNET
        keys = set()
        # Without ports two interfaces behind one public address are one session, too.
        sent = {packet["source"], packet["target"]}
        met = {arrived["source"], arrived["target"]}
        for ends in ({start, owner}, {arrived["source"], owner}, sent, met):
            # Two entries may lead to one port, whose sessions the kernel keeps apart by another
            # source port: each packet opens a session as it is sent, and as it arrives.
            for shown in (packet, arrived):
                keys.add((packet["protocol"], frozenset(ends), far, self._mark(shown)))
        if keys & self.used:
            return False
        self.used |= keys
        return True

    def _mark(self, packet):
        """What tells sessions apart beyond their ends."""
        if has_ports(packet):
            return frozenset((packet["source_port"], packet["target_port"]))
        return packet["protocol"] == made.ICMP and self.number

    def _send(self, start, packet):
        self.number += 1
        mac, door = layout.GATEWAY_MAC, self.sockets.get(start)
        if door is None:
            mac, door = (
                layout.OUTER_MAC,
                self.edges[self._router_of(packet["target"]) or min(self.edges)],
            )
        head = bytes.fromhex(mac.replace(":", "")) + b"\2\0\0\0\0\7" + struct.pack("!H", _IPV4)
        door.send(head + encode(packet, self.number))
        return self.number

    def _router_of(self, target):
        """The router to which the Internet sends a packet; none for addresses of others."""
        for line in self.plan.routers[0].roads:
            words = line.split()
            if words[:3] == ["route", "add", target]:
                return int(words[words.index("dev") + 1][1:])
        return None

    def _turns(self, frame):
        """Whether the Internet sends a packet back to a router, as it does for public addresses."""
        router = self._router_of(decode(frame[14:])[1][2])
        if router is None:
            return False
        head = bytes.fromhex(layout.OUTER_MAC.replace(":", "")) + b"\2\0\0\0\0\7"
        self.edges[router].send(head + frame[12:])
        return True

    def _judge(self, sent):
        """Compare each probe's end and head with engine and model; returns the number that differ."""
        wanted = {number for number, each in sent.items() if each[0].delivered}
        arrived = self._arrivals(set(sent), wanted)
        wrong = 0
        for number, (path, way, start, packet) in sent.items():
            kernel = arrived.get(number)
            hop = path.deciding
            self.lab.met[
                "arrives" if kernel else "dropped", hop.stage.value, hop.because.value
            ] += 1
            engine = (path.end, *head_of(made.model_packet(path.arrived))) if path.end else None
            other = (way.end, *head_of(way.packet)) if way.end else None
            if not kernel == engine == other or way.hops != made.hops_of(path):
                wrong += 1
                print(
                    f"{packet} from {start}\n  kernel {kernel}\n  engine {engine} {hop}\n  model {other}"
                )
        return wrong, arrived

    def _arrivals(self, sent, wanted):
        found = {}
        doors = {each.fileno(): (name, each) for name, each in self.sockets.items()}
        doors |= {each.fileno(): (INTERNET, each) for each in self.edges.values()}
        while True:
            wait = _LOST_SECONDS if wanted - found.keys() else _QUIET_SECONDS
            ready, _, _ = select.select(list(doors), [], [], wait)
            # A frame is lost when none comes for so long: a machine that has much to do is slow.
            if not ready:
                return found
            for descriptor in ready:
                name, door = doors[descriptor]
                frame, address = door.recvfrom(2048)
                if address[2] == _OUTGOING or len(frame) < _LEAST_FRAME:
                    continue
                if name == INTERNET and self._turns(frame):
                    continue
                number, head = decode(frame[14:])
                if number in sent:
                    found[number] = (name, *head)


def refuting(compiled):
    """Yield start and packet of all counter-examples to: nothing reaches an interface."""
    view = View(Picture(compiled, ()), {}, {})
    lines = [
        f"deny 0.0.0.0/0 -> {name} {word}"
        for name in compiled.parts.interfaces
        for word in ("tcp", "udp")
    ]
    for each in proved(view, {}, assertions_of("\n".join(lines).encode())):
        for counter in each.counters:
            names = ("protocol", "source", "target", "source_port", "target_port", "icmp_type")
            packet = {name: getattr(counter.packet, name) for name in names}
            yield counter.packet.start, packet | {"refutes": True}


def has_ports(packet):
    return packet["protocol"] in (made.TCP, made.UDP)


def head_of(packet):
    return packet["source"], packet["source_port"], packet["target"], packet["target_port"]


# -- bytes ---------------------------------------------------------------------------------------


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def encode(packet, number):
    """Return an IPv4 packet with the probe's number at its end."""
    protocol = packet["protocol"]
    source, target = (Address.parse(packet[side]).number for side in ("source", "target"))
    body = payload(packet, number)
    if protocol == made.TCP:
        pseudo = struct.pack("!IIBBH", source, target, 0, protocol, len(body))
        body = body[:16] + struct.pack("!H", checksum(pseudo + body)) + body[18:]
    if protocol == made.ICMP:
        body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    head = struct.pack(
        "!BBHHHBBHII", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0, source, target
    )
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def payload(packet, number):
    ports = (packet["source_port"], packet["target_port"])
    mark = b"juyo" + struct.pack("!I", number)
    if packet["protocol"] == made.TCP:
        # A SYN begins at 1000; its answer acknowledges that, or connection tracking refuses it.
        answers = packet.get("answers", False)
        flags, acknowledged = (0x12, 1001) if answers else (0x02, 0)
        return struct.pack("!HHIIBBHHH", *ports, 1000, acknowledged, 0x50, flags, 8192, 0, 0) + mark
    if packet["protocol"] == made.UDP:
        return struct.pack("!HHHH", *ports, 16, 0) + mark
    if packet["protocol"] == made.ICMP:
        identity = packet.get("answers", number) & 0xFFFF
        return struct.pack("!BBHHH", packet["icmp_type"], 0, 0, identity, 1) + mark
    if packet["protocol"] == made.GRE:
        return struct.pack("!HH", 0, _IPV4) + mark  # Of version 0, the only one that is translated.
    return mark


def decode(packet):
    """Return the number of a probe and its head: addresses and ports; no number of other packets."""
    protocol, size = packet[9], (packet[0] & 15) * 4
    length = struct.unpack("!H", packet[2:4])[0]
    source, target = struct.unpack("!II", packet[12:20])
    ports = (
        struct.unpack("!HH", packet[size : size + 4])
        if protocol in (made.TCP, made.UDP)
        else (0, 0)
    )
    head = (str(Address(4, source)), ports[0], str(Address(4, target)), ports[1])
    body = packet[size:length]
    if body[-8:-4] != b"juyo" or (protocol == made.ICMP and body[0] == 3):
        return None, head
    return struct.unpack("!I", body[-4:])[0], head


if __name__ == "__main__":
    sys.exit(main())
