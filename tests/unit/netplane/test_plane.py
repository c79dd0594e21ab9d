"""Machines in real namespaces: what rules let through arrives, and nothing else."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from tests.unit.netplane.networks import (
    ANYWHERE,
    SERVER,
    SLOW,
    Talk,
    answer,
    connect,
    desired,
    group,
    interface,
    joined,
    machine,
    pair,
    rule,
    running_plane,
    serve,
    vpc,
)
from tests.waiting import wait_until

from juyong.engines.packet import (
    Address,
    Cidr,
    Direction,
    HopKind,
    NatGateway,
    Ports,
    Route,
    RouteTable,
    Rule,
    Verdict,
    Vpc,
)
from juyong.engines.packet.nft_words import MOST_NEW
from juyong.netplane import steps
from juyong.netplane.desired import Desired, MachineEnded, MachineRefused
from juyong.netplane.messages import Sessions
from juyong.netplane.reaching import NotRunning

ROOT = Path(__file__).parents[3]


def test_a_port_that_a_rule_opens_answers_and_others_do_not(plane):
    plane.apply(desired(pair(rule(1, 80)), 1, 2))
    with serve(plane, "i-2", 80), serve(plane, "i-2", 81):
        assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "connected"
        assert answer(plane, "i-1", "10.0.1.2", 81) == "no answer"


def test_an_allowed_port_without_a_listener_is_refused_by_the_machine(plane):
    plane.apply(desired(pair(rule(1, 80)), 1, 2))
    assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "refused"


def test_a_drop_beats_an_accept_of_the_same_priority(plane):
    rules = (rule(1, 80), rule(2, 80, source=Cidr.parse("10.0.1.1/32"), policy=Verdict.DROP))
    plane.apply(desired(pair(*rules, addresses=("10.0.1.1", "10.0.1.2", "10.0.1.3")), 1, 2, 3))
    with serve(plane, "i-2", 80):
        assert answer(plane, "i-1", "10.0.1.2", 80) == "no answer"
        assert answer(plane, "i-3", "10.0.1.2", 80, SLOW) == "connected"


def test_two_vpcs_never_reach_each_other_and_may_have_the_same_addresses(plane):
    network = joined(
        *(vpc(name) for name in "ab"),
        {
            "groups": (group("a", rule(1, 80)), group("b", rule(2, 80))),
            "interfaces": (
                interface("a", 1, "10.0.1.1"),
                interface("a", 2, "10.0.1.2"),
                interface("b", 3, "10.0.1.2"),
                interface("b", 4, "10.0.1.4"),
            ),
        },
    )
    plane.apply(desired(network, 1, 2, 3, 4))
    with serve(plane, "i-3", 80), serve(plane, "i-4", 80):
        assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "refused"
        assert answer(plane, "i-1", "10.0.1.4", 80) == "no answer"
        assert answer(plane, "i-4", "10.0.1.2", 80, SLOW) == "connected"


def test_a_machine_has_its_name_address_and_nothing_else(plane):
    plane.apply(desired(pair(), 1))
    script = "hostname; ip -o -4 addr show eth0; ip route; cat /etc/resolv.conf; ip -o link | wc -l"
    done = plane.run("i-1", ["sh", "-c", script])
    lines = done.output.decode().splitlines()
    assert done.code == 0
    assert lines[0] == "host1"
    assert " inet 10.0.1.1/24 " in lines[1]
    assert lines[2].startswith("default via 10.0.1.253 dev eth0")
    assert lines[3:] == ["nameserver 100.100.2.136", "nameserver 100.100.2.138", "2"]


def test_a_command_is_bounded_in_time_and_output(plane):
    plane.apply(desired(pair(), 1))
    slow = plane.run("i-1", ["sleep", "60"], timeout_s=0.2)
    assert slow.timed_out
    assert slow.code == 137
    much = plane.run("i-1", ["head", "-c", "5000000", "/dev/zero"])
    assert (much.code, len(much.output), much.dropped) == (0, 4 * 1024 * 1024, 805_696)
    assert plane.run("i-1", ["cat"], stdin=b"said" * 100_000).output == b"said" * 100_000
    assert plane.run("i-1", ["no-such-program"]).code == 127
    assert plane.run("i-1", ["sh", "-c", "exit 7"]).code == 7


def test_a_machine_that_does_not_run_takes_no_command(plane):
    with pytest.raises(OSError, match="i-9 does not run"):
        plane.run("i-9", ["true"])
    assert plane.alive()


def test_user_data_runs_at_the_start_with_the_network(plane):
    script = b"#!/bin/sh\nip -o -4 addr show eth0 > /root/seen\nhostname >> /root/seen\n"
    told = Desired(network=pair(), machines=(machine(1, user_data=script),))
    assert "sh" not in repr(told.machines[0])
    plane.apply(told)

    def seen():
        return plane.run("i-1", ["cat", "/root/seen"]).output.decode()

    wait_until(lambda: "host1" in seen())
    assert " inet 10.0.1.1/24 " in seen()


def test_another_boot_starts_a_machine_anew(plane):
    told = desired(pair(), 1)
    plane.apply(told)
    plane.run("i-1", ["touch", "/root/left"])
    plane.apply(told)
    assert plane.run("i-1", ["ls", "/root/left"]).code == 0
    again = msgspec.structs.replace(told, machines=(machine(1, boot=1),))
    plane.apply(again)
    assert plane.run("i-1", ["ls", "/root/left"]).code != 0
    assert plane.events() == []


def test_an_interface_comes_to_a_running_machine_and_goes(plane):
    network = pair(rule(1, 80), addresses=("10.0.1.1", "10.0.1.2", "10.0.1.3"))
    two = Desired(
        network=network, machines=(machine(1), machine(2, interface_ids=("eni-2", "eni-3")))
    )
    plane.apply(desired(network, 1, 2))
    with serve(plane, "i-2", 80):
        assert answer(plane, "i-1", "10.0.1.3", 80) == "no answer"
        plane.apply(two)
        assert answer(plane, "i-1", "10.0.1.3", 80, SLOW) == "connected"
        plane.apply(desired(network, 1, 2))
        assert answer(plane, "i-1", "10.0.1.3", 80) == "no answer"
        assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "connected"


def test_a_machine_whose_first_process_ends_is_told(plane):
    plane.apply(desired(pair(), 1))
    # Too much memory: the first process ends, and with it all others.
    eat = "import mmap, time; m = [bytearray(1 << 28) for _ in range(2)]; time.sleep(60)"
    told = Desired(network=pair(), machines=(machine(2, interface_ids=("eni-2",), memory_mb=64),))
    plane.apply(told)
    plane.run("i-2", ["python3", "-c", "import time; time.sleep(0)"])
    procs = "import os, time\nfor _ in range(4):\n if not os.fork():\n  b = bytearray(30 << 20); time.sleep(60)"
    assert "MemoryError" in plane.run("i-2", ["python3", "-c", eat]).output.decode()
    plane.run("i-2", ["python3", "-c", procs], timeout_s=1)
    found = []
    wait_until(lambda: found.extend(plane.events()) or found)
    assert found == [MachineEnded(machine_id="i-2")]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (machine(2, hostname="x" * 65), "Invalid argument"),
    ],
)
def test_a_machine_that_cannot_be_set_up_leaves_the_others_alone(plane, broken, said, monkeypatch):
    monkeypatch.setattr(steps, "_host_name", lambda text: text)
    plane.apply(desired(pair(rule(1, 80)), 1))
    plane.run("i-1", ["sh", "-c", "sleep 100 > /dev/null 2>&1 &"])
    plane.apply(Desired(network=pair(rule(1, 80)), machines=(machine(1), broken)))
    found = []
    wait_until(lambda: found.extend(plane.events()) or found)
    (refused,) = found
    assert isinstance(refused, MachineRefused)
    assert refused.machine_id == "i-2"
    assert said in refused.reason
    assert plane.alive()
    assert [plane.runs(name) for name in ("i-1", "i-2")] == [True, False]
    assert plane.run("i-1", ["pgrep", "sleep"]).code == 0
    with pytest.raises(NotRunning, match=said):
        plane.attach("i-2", ["true"], (0, 1, 2))
    # The next start tries again.
    plane.apply(Desired(network=pair(rule(1, 80)), machines=(machine(1), machine(2, boot=1))))
    assert plane.run("i-2", ["true"]).code == 0
    assert not plane.events()


def test_revoking_a_rule_cuts_the_living_session_and_no_other(plane):
    network = pair(rule(1, 80), rule(2, 81))
    plane.apply(desired(network, 1, 2))
    with (
        serve(plane, "i-2", 80),
        serve(plane, "i-2", 81),
        connect(plane, "i-1", "10.0.1.2", 80) as cut,
        connect(plane, "i-1", "10.0.1.2", 81) as kept,
    ):
        assert (cut.hear(), kept.hear()) == ("connected", "connected")
        assert (cut.ask("one"), kept.ask("one")) == ("one", "one")
        plane.apply(desired(pair(rule(2, 81)), 1, 2))
        assert kept.ask("two") == "two"
        assert cut.ask("two", 0.7) == "cut"
        assert kept.ask("three") == "three"
        # The rule is given back: a session that was forgotten does not live again.
        plane.apply(desired(network, 1, 2))
        assert cut.ask("four", 0.7) == "cut"
        assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "connected"


def test_one_vpc_is_changed_and_the_sessions_of_others_go_on(plane):
    def network(*rules):
        return joined(
            *(vpc(name) for name in "ab"),
            {
                "groups": (group("a", rule(1, 80)), group("b", *rules)),
                "interfaces": (
                    interface("a", 1, "10.0.1.1"),
                    interface("a", 2, "10.0.1.2"),
                    interface("b", 3, "10.0.1.2"),
                ),
            },
        )

    plane.apply(desired(network(), 1, 2, 3))
    with serve(plane, "i-2", 80), connect(plane, "i-1", "10.0.1.2", 80) as client:
        assert client.hear() == "connected"
        for number in range(3):
            plane.apply(desired(network(rule(9, 90 + number)), 1, 2, 3))
            assert client.ask(f"{number}") == f"{number}"


def test_certificates_are_trusted_in_machines(plane):
    told = msgspec.structs.replace(desired(pair(), 1), trust=b"-----BEGIN CERTIFICATE-----\n")
    plane.apply(told)
    said = plane.run("i-1", ["sh", "-c", "cat $SSL_CERT_FILE; echo $REQUESTS_CA_BUNDLE"])
    assert said.output == b"-----BEGIN CERTIFICATE-----\n/etc/juyong-trust.pem\n"


def all_of(terminal):
    """All that was written to a terminal that its last user has closed; one read is one piece."""
    found = b""
    with suppress(OSError):
        while data := os.read(terminal, 1000):
            found += data
    return found


def test_a_command_may_have_a_terminal(plane):
    plane.apply(desired(pair(), 1))
    near, far = os.openpty()
    try:
        job = plane.attach(
            "i-1", ["sh", "-c", "test -t 0 && read word && echo got $word"], (far,) * 3
        )
        os.close(far)
        os.write(near, b"this\n")
        assert plane.wait(job, 10) == 0
        assert b"got this" in all_of(near)
    finally:
        os.close(near)


def test_version_6_is_judged_as_well(plane):
    parts = vpc("a")
    blocks = (Cidr.parse("10.0.1.0/24"), Cidr.parse("fd00::/64"))
    whole = (Cidr.parse("10.0.0.0/16"), Cidr.parse("fd00::/56"))
    parts["vpcs"] = (Vpc(id="vpc-a", cidrs=whole),)
    parts["vswitches"] = (msgspec.structs.replace(parts["vswitches"][0], cidrs=blocks),)
    six = rule(1, 80, source=Cidr.parse("fd00::/64"))
    addresses = {1: "fd00::1", 2: "fd00::2"}
    interfaces = [
        msgspec.structs.replace(
            interface("a", n, f"10.0.1.{n}"),
            addresses=(Address.parse(f"10.0.1.{n}"), Address.parse(address)),
        )
        for n, address in addresses.items()
    ]
    plane.apply(
        desired(joined(parts, {"groups": (group("a", six),), "interfaces": interfaces}), 1, 2)
    )
    dual = SERVER.replace(
        '("0.0.0.0", int(sys.argv[1]))', '("::", int(sys.argv[1])), family=socket.AF_INET6'
    )
    with Talk(plane, "i-2", dual, 80) as door, Talk(plane, "i-2", dual, 81) as other:
        assert door.hear() == other.hear() == "ready"
        assert answer(plane, "i-1", "fd00::2", 80, SLOW) == "connected"
        assert answer(plane, "i-1", "fd00::2", 81) == "no answer"
        assert answer(plane, "i-1", "10.0.1.2", 80) == "no answer"


FLOOD = """
import socket
wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in range(1, 30001):
    try: wire.sendto(b"x", ("10.0.1.2", port))
    except OSError: pass
"""


def test_a_flood_of_new_sessions_is_slowed_and_others_are_not(plane):
    every = Rule(
        id="r-1", direction=Direction.INGRESS, policy=Verdict.ACCEPT, priority=1, peer=ANYWHERE
    )
    plane.apply(desired(pair(every, addresses=("10.0.1.1", "10.0.1.2", "10.0.1.3")), 1, 2, 3))
    with serve(plane, "i-2", 80):
        start = time.monotonic()
        assert plane.run("i-1", ["python3", "-c", FLOOD]).code == 0
        most = MOST_NEW * (3 + time.monotonic() - start)
        helper = plane._helper
        known = helper.ask(Sessions(number=helper.number(), router=min(plane._plan.vpcs)))
        assert 100 < len(known) < min(most, 29_000)
        assert answer(plane, "i-3", "10.0.1.2", 80, SLOW) == "connected"


def as_a_user(*command):
    """Run as an ordinary user; root becomes one that owns nothing."""
    user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        return subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, **user
        )
    except PermissionError:
        pytest.skip("an ordinary user cannot read the interpreter")


USER = """
from tests.unit.netplane.networks import *
with running_plane() as plane:
    plane.apply(desired(pair(rule(1, 80)), 1, 2))
    with serve(plane, "i-2", 80), serve(plane, "i-2", 81):
        print(answer(plane, "i-1", "10.0.1.2", 80, SLOW), "and", answer(plane, "i-1", "10.0.1.2", 81))
"""


def test_an_ordinary_user_has_a_plane_as_well():
    done = as_a_user(sys.executable, "-B", "-c", USER)
    if "Skipped" in done.stderr or "Permission denied" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.stdout == "connected and no answer\n", done.stderr


START = """
from juyong.netplane.plane import NetworkPlane
from juyong.api.plane import PlaneUnavailable
try:
    NetworkPlane(window_s=0).start()
except PlaneUnavailable as refused:
    print(refused)
"""


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("echo 0 > /proc/sys/user/max_user_namespaces", "the system refuses namespaces: "),
        ("mount --bind /dev/null /usr/sbin/nft", "`nft` is not installed"),
    ],
)
def test_where_the_system_refuses_the_plane_says_why(before, why):
    inner = f'{before} && exec "$0" -B -c "$1"'
    enter = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", inner]
    if shutil.which("unshare") is None or not Path("/usr/sbin/nft").exists():
        pytest.skip("no tools to refuse with")
    done = subprocess.run(
        [*enter, sys.executable, START], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith(why), done.stderr


BOTH = """
import socket, sys, time
allowed, forbidden = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
print("ready", flush=True)
end = time.monotonic() + 30
while time.monotonic() < end:
    allowed.sendto(b"allowed", ("10.0.1.2", 8000))
    forbidden.sendto(b"forbidden", ("10.0.1.2", 8001))
    time.sleep(0.0005)
"""
COUNT = """
import select, socket, sys
doors = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for port, door in enumerate(doors, 8000):
    door.bind(("0.0.0.0", port))
counts = {door: 0 for door in doors}
print("ready", flush=True)
while True:
    for door in select.select([*doors, sys.stdin], [], [])[0]:
        if door is sys.stdin:
            sys.stdin.readline()
            print(*counts.values(), flush=True)
        else:
            door.recv(100)
            counts[door] += 1
"""


def open_udp(port):
    return Rule(
        id=f"r-{port}",
        direction=Direction.INGRESS,
        policy=Verdict.ACCEPT,
        priority=1,
        peer=ANYWHERE,
        protocol=17,
        ports=Ports(port, port),
    )


def test_no_forbidden_packet_passes_while_everything_around_changes(plane):
    def told(turn):
        network = pair(
            open_udp(8000),
            rule(50 + turn, 100 + turn),
            *([rule(40, 8001)] if turn % 2 else []),
            addresses=("10.0.1.1", "10.0.1.2", "10.0.1.3"),
        )
        machines = (machine(1), machine(2), machine(3, boot=turn // 3))
        return Desired(network=network, machines=machines if turn % 5 else machines[:2])

    plane.apply(told(0))
    with Talk(plane, "i-2", COUNT) as count, Talk(plane, "i-1", BOTH) as both:
        assert count.hear() == both.hear() == "ready"
        for turn in range(1, 16):
            plane.apply(told(turn))
        wait_until(lambda: int(count.say("").split()[0]) > 100)
        assert count.say("").split()[1] == "0"


def test_a_knock_tells_that_there_is_something_to_see():
    knocks = []
    with running_plane(knock=lambda: knocks.append(1)) as plane:
        plane.apply(desired(pair(), 1))
        assert knocks == []
        os.kill(plane._helper.pid, signal.SIGKILL)
        wait_until(lambda: knocks)
        assert not plane.alive()


def test_a_vpc_with_routes_that_the_kernel_cannot_follow_carries_nothing_and_others_do(plane):
    parts = vpc("a")
    routes = tuple(
        Route(id=f"rte-{n}", destination=Cidr.parse(to), hop=HopKind.NAT, hop_id=f"ngw-{n}")
        for n, to in ((1, "0.0.0.0/0"), (2, "8.0.0.0/8"))
    )
    parts["tables"] = (RouteTable(id="vtb-a", vpc_id="vpc-a", routes=routes),)
    network = joined(
        parts,
        vpc("b"),
        {
            "groups": (group("a", rule(1, 80)), group("b", rule(2, 80))),
            "interfaces": (
                interface("a", 1, "10.0.1.1"),
                interface("a", 2, "10.0.1.2"),
                interface("b", 3, "10.0.1.1"),
                interface("b", 4, "10.0.1.2"),
            ),
            "nats": tuple(NatGateway(id=f"ngw-{n}", vpc_id="vpc-a") for n in (1, 2)),
        },
    )
    plane.apply(desired(network, 1, 2, 3, 4))
    assert plane.closed() == {"vpc-a"}
    assert answer(plane, "i-1", "10.0.1.2", 80) == "no answer"
    assert answer(plane, "i-3", "10.0.1.2", 80, SLOW) == "refused"


def test_host_names_are_what_files_and_kernel_take(plane):
    name = "web\n0.0.0.0 evil" + "x" * 100
    told = Desired(network=pair(), machines=(machine(1, hostname=name),))
    plane.apply(told)
    assert plane.run("i-1", ["hostname"]).output.startswith(b"web0.0.0.0evilxxx")
    assert plane.run("i-1", ["sh", "-c", "wc -l < /etc/hosts"]).output == b"3\n"


def test_an_interface_has_the_address_of_its_row_and_no_other_word(plane):
    given = "00:16:3e:01:02:03"
    network = pair(rule(1, 80), addresses=("10.0.1.1", "10.0.1.2"))
    told = msgspec.structs.replace(
        desired(network, 1, 2), macs={"eni-1": given, "eni-2": f"{given} type dummy"}
    )
    plane.apply(told)
    assert given.encode() in plane.run("i-1", ["ip", "link", "show", "eth0"]).output
    second = plane.run("i-2", ["ip", "link", "show", "eth0"]).output
    assert b"00:16:3e:" in second
    assert given.encode() not in second
    assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "refused"


def test_machines_end_before_the_platform_where_memory_runs_out(plane):
    plane.apply(desired(pair(), 1))
    assert plane.run(
        "i-1", ["cat", "/proc/1/oom_score_adj", "/proc/self/oom_score_adj"]
    ).output == (b"500\n500\n")
