"""What a machine's root tries that must not get out: each attempt is stopped."""

import socket

import pytest
from tests.unit.netplane import networks
from tests.unit.netplane.networks import (
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
    pair,
    rule,
    serve,
    vpc,
)

from juyong.engines.packet import Cidr, Direction, Ports, Rule, Verdict
from juyong.netplane.desired import Desired

TRY = """
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def tried(name, *arguments):
    return libc[name](*arguments) == 0
"""


def inside(plane, source, *arguments, timeout_s=20):
    done = plane.run("i-1", ["python3", "-c", TRY + source, *arguments], timeout_s=timeout_s)
    assert done.code == 0, done.output.decode()
    return done.output.decode().split()


@pytest.fixture
def machine(plane):
    plane.apply(desired(pair(rule(1, 80)), 1, 2))
    return plane


def test_the_hosts_network_is_not_there(machine):
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        source = """
for address in ("127.0.0.1", "10.0.1.253", "169.254.255.254", "192.0.2.1"):
    try:
        socket.create_connection((address, int(sys.argv[1])), 0.3)
        print("reached", address)
    except OSError:
        pass
print(len(os.listdir("/proc/sys/net/ipv4/conf")))
"""
        assert inside(machine, source, str(port)) == ["4"]


def test_files_of_the_platform_are_not_there(machine, tmp_path):
    secret = tmp_path / "root.key"
    secret.write_text("secret")
    secret.chmod(0o644)
    source = """
for path in (sys.argv[1], "/etc/shadow", "/root/.ssh", "/dev/sda", "/dev/vda", "/dev/mem", "/old",
        "/run/docker.sock", "/sys", "/proc/kcore", "/tmp/juyong"):
    try:
        if os.path.isdir(path) and not os.listdir(path): continue
        if os.path.exists(path) and open(path, "rb").read(1): print(path)
    except PermissionError: pass
for place in ("/home", "/var/lib", "/run", "/srv", "/mnt"):
    print(*os.listdir(place))
"""
    assert inside(machine, source, str(secret)) == []


def test_the_system_cannot_be_written(machine):
    source = """
for path in ("/usr", "/usr/bin/env", "/etc/ssl", "/dev/x", "/proc/sys/kernel/core_pattern",
        "/proc/sys/net/ipv4/ip_forward", "/proc/sys/user/max_user_namespaces", "/proc/sysrq-trigger",
        "/proc/self/oom_score_adj2", sys.prefix, os.path.dirname(os.__file__)):
    try:
        name = path if os.path.isfile(path) else path + "/new"
        open(name, "w").write("1")
        print(path)
    except OSError:
        pass
open("/root/mine", "w").write("x")
open("/etc/mine", "w").write("x")
"""
    assert inside(machine, source) == []


def test_namespaces_mounts_and_powers_cannot_be_had(machine):
    source = """
for kind in (0x10000000, 0x20000, 0x40000000, 0x20000000):
    if tried("unshare", kind): print("unshare", hex(kind))
for flags in (0x10000000, 0x10000000 | 0x40000000):
    pid = libc.syscall(56, flags | 17, 0, 0, 0, 0)
    if pid == 0: os._exit(0)
    if pid > 0: print("clone", hex(flags))
if tried("mount", b"none", b"/mnt", b"tmpfs", 0, None): print("mount")
if tried("mount", b"proc", b"/mnt", b"proc", 0, None): print("mount")
if tried("umount2", b"/proc", 2): print("umount")
if tried("chroot", b"/tmp"): print("chroot")
if tried("sethostname", b"x", 1): print("sethostname")
try:
    if tried("setns", os.open("/proc/1/ns/net", 0), 0): print("setns")
except OSError: pass
if tried("setns", os.open("/proc/self/ns/user", 0), 0): print("setns to its own")
if tried("ptrace", 16, 1, 0, 0): print("ptrace")
try:
    open("/proc/1/mem", "rb").read(1); print("mem")
except OSError: pass
try:
    print(*os.listdir("/proc/1/fd"))
except OSError: pass
try:
    os.mknod("/tmp/null", 0o20666, os.makedev(1, 3)); print("mknod")
except OSError: pass
"""
    assert inside(machine, source) == []


def test_only_the_machines_own_processes_are_seen_and_killed(machine):
    source = """
pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
print(max(pids) < 100, len(pids))
try:
    os.kill(-1, 0)
    os.kill(1, 9)
except OSError: pass
print(os.path.exists("/proc/1"), len(os.listdir("/proc/self/fd")))
"""
    # Process 1, and the command; of descriptors the three streams and that of the listing.
    assert inside(machine, source) == ["True", "2", "True", "4"]


def test_links_addresses_and_rules_of_the_machine_cannot_be_changed(machine):
    for command in (
        ["ip", "addr", "add", "10.0.1.9/32", "dev", "eth0"],
        ["ip", "link", "set", "eth0", "arp", "on"],
        ["ip", "route", "add", "1.1.1.1", "dev", "eth0"],
        ["nft", "list", "ruleset"],
    ):
        assert machine.run("i-1", command).code != 0


def test_other_sources_are_dropped_and_arp_tricks_change_nothing(plane):
    udp = Rule(
        id="r-9",
        direction=Direction.INGRESS,
        policy=Verdict.ACCEPT,
        priority=1,
        peer=Cidr.parse("0.0.0.0/0"),
        protocol=17,
        ports=Ports(80, 80),
    )
    network = pair(rule(1, 80), udp, addresses=("10.0.1.1", "10.0.1.2", "10.0.1.3"))
    plane.apply(desired(network, 1, 2, 3))
    with Talk(plane, "i-2", LISTEN) as listener, serve(plane, "i-3", 80):
        assert listener.hear() == "ready"
        sources = ("10.0.1.3", "10.0.1.2", "8.8.8.8", "127.0.0.1", "100.100.100.200", "10.0.1.1")
        done = plane.run("i-1", ["python3", "-c", SPOOF, "10.0.1.2", *sources])
        assert done.code == 0, done.output
        # The last one alone is the machine's own, so that nothing came before.
        assert listener.hear() == "10.0.1.1"
        assert answer(plane, "i-1", "10.0.1.3", 80, SLOW) == "connected"
        assert answer(plane, "i-2", "10.0.1.3", 80, SLOW) == "connected"


def test_another_vpc_is_not_reached_with_raw_packets(plane):
    network = joined(
        *(vpc(name) for name in "ab"),
        {
            "groups": (group("a", rule(1, 80)), group("b", rule(2, 80))),
            "interfaces": (interface("a", 1, "10.0.1.1"), interface("b", 2, "10.0.1.2")),
        },
    )
    plane.apply(desired(network, 1, 2))
    with Talk(plane, "i-2", LISTEN) as listener, serve(plane, "i-2", 80):
        assert listener.hear() == "ready"
        plane.run("i-1", ["python3", "-c", SPOOF, "10.0.1.2", "10.0.1.1", "10.0.1.2"])
        with connect(plane, "i-1", "10.0.1.2", 80, 0.4) as client:
            assert client.hear() == "no answer"
        own = "import socket; socket.socket(socket.AF_INET, 2).sendto(b'x', ('127.0.0.1', 80))"
        plane.run("i-2", ["python3", "-c", own])
        assert listener.hear() == "127.0.0.1"


def test_processes_and_descriptors_are_bounded_and_others_unharmed(plane):
    # Each copy of a process counts in full, so that less memory would end the machine.
    machines = (networks.machine(1, memory_mb=8192), networks.machine(2))
    plane.apply(Desired(network=pair(), machines=machines))
    source = """
import errno
made = []
try:
    while True: made.append(socket.socket())
except OSError as full: print(full.errno == errno.EMFILE, len(made) < 1024)
del made
count = 0
try:
    while count < 2000:
        pid = os.fork()
        if not pid:
            # The command ends while its processes live on.
            os.closerange(0, 3)
            import time; time.sleep(30); os._exit(0)
        count += 1
except BlockingIOError: pass
print(count < 260)
try:
    with open("/root/much", "wb") as file:
        for _ in range(200): file.write(bytes(1 << 20))
    print("filled")
except OSError as full: print(full.errno == errno.ENOSPC)
"""
    assert inside(plane, source) == ["True", "True", "True", "True"]
    assert plane.run("i-2", ["sh", "-c", "true & true & echo ok"]).output == b"ok\n"


FRAGMENTS = """
import socket, struct, sys
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def part(number, offset, more, data):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(data), number,
        (0x2000 if more else 0) | offset // 8, 64, 17, 0,
        socket.inet_aton("10.0.1.1"), socket.inet_aton("10.0.1.2"))
    wire.sendto(head + data, ("10.0.1.2", 0))
port = int(sys.argv[1])
whole = struct.pack("!HHHH", 7, port, 24, 0) + b"fragment" * 2
# In order, in the other order, and with a second head over the first.
part(1, 0, True, whole[:8]); part(1, 8, False, whole[8:])
part(2, 8, False, whole[8:]); part(2, 0, True, whole[:8])
part(3, 0, True, struct.pack("!HHHH", 7, 80, 24, 0)); part(3, 0, True, whole[:8])
part(3, 8, False, whole[8:])
"""
TUNNELS = """
import socket, struct
inner = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 32, 0, 0, 64, 17, 0,
    socket.inet_aton("10.0.1.1"), socket.inet_aton("10.0.1.2"))
inner += struct.pack("!HHHH", 7, 81, 12, 0) + b"deep"
for protocol, head in ((4, b""), (47, struct.pack("!HH", 0, 0x0800)), (41, b""), (137, b"")):
    wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    wire.sendto(head + inner, ("10.0.1.2", 0))
"""


def open_udp(port):
    return Rule(
        id=f"r-{port}",
        direction=Direction.INGRESS,
        policy=Verdict.ACCEPT,
        priority=1,
        peer=Cidr.parse("0.0.0.0/0"),
        protocol=17,
        ports=Ports(port, port),
    )


def test_fragments_and_tunnels_are_judged_by_what_they_are(plane):
    on_81 = LISTEN.replace('("0.0.0.0", 80)', '("0.0.0.0", 81)')
    plane.apply(desired(pair(open_udp(80)), 1, 2))
    with Talk(plane, "i-2", LISTEN) as near, Talk(plane, "i-2", on_81) as shut:
        assert near.hear() == shut.hear() == "ready"
        for program, *ports in ((FRAGMENTS, "81"), (TUNNELS,), (FRAGMENTS, "80")):
            done = plane.run("i-1", ["python3", "-c", program, *ports])
            assert done.code == 0, done.output
        # Fragments of an open port come together and arrive.
        assert near.hear() == "10.0.1.1"
        own = "import socket; socket.socket(socket.AF_INET, 2).sendto(b'x', ('127.0.0.1', 81))"
        plane.run("i-2", ["python3", "-c", own])
        assert shut.hear() == "127.0.0.1"
