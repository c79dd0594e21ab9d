"""Machines in real namespaces: what rules let through arrives, and nothing else."""

import msgspec
import pytest
from tests.unit.netplane.networks import (
    answer,
    connect,
    desired,
    group,
    interface,
    joined,
    machine,
    pair,
    rule,
    serve,
    vpc,
)
from tests.waiting import wait_until

from juyong.engines.packet import Cidr, Verdict
from juyong.netplane.desired import Desired, MachineEnded


def test_a_port_that_a_rule_opens_answers_and_others_do_not(plane):
    plane.apply(desired(pair(rule(1, 80)), 1, 2))
    with serve(plane, "i-2", 80), serve(plane, "i-2", 81):
        assert answer(plane, "i-1", "10.0.1.2", 80) == "connected"
        assert answer(plane, "i-1", "10.0.1.2", 81) == "no answer"


def test_an_allowed_port_without_a_listener_is_refused_by_the_machine(plane):
    plane.apply(desired(pair(rule(1, 80)), 1, 2))
    assert answer(plane, "i-1", "10.0.1.2", 80) == "refused"


def test_a_drop_beats_an_accept_of_the_same_priority(plane):
    rules = (rule(1, 80), rule(2, 80, source=Cidr.parse("10.0.1.1/32"), policy=Verdict.DROP))
    plane.apply(desired(pair(*rules, addresses=("10.0.1.1", "10.0.1.2", "10.0.1.3")), 1, 2, 3))
    with serve(plane, "i-2", 80):
        assert answer(plane, "i-1", "10.0.1.2", 80) == "no answer"
        assert answer(plane, "i-3", "10.0.1.2", 80) == "connected"


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
        assert answer(plane, "i-1", "10.0.1.2", 80) == "refused"
        assert answer(plane, "i-1", "10.0.1.4", 80) == "no answer"
        assert answer(plane, "i-4", "10.0.1.2", 80) == "connected"


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
        assert answer(plane, "i-1", "10.0.1.3", 80) == "connected"
        plane.apply(desired(network, 1, 2))
        assert answer(plane, "i-1", "10.0.1.3", 80) == "no answer"
        assert answer(plane, "i-1", "10.0.1.2", 80) == "connected"


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
        assert (cut.say("one"), kept.say("one")) == ("one", "one")
        plane.apply(desired(pair(rule(2, 81)), 1, 2))
        assert kept.say("two") == "two"
        assert cut.say("two") == "cut"
        assert kept.say("three") == "three"
        # The rule is given back: a session that was forgotten does not live again.
        plane.apply(desired(network, 1, 2))
        assert cut.say("four") == "cut"
        assert answer(plane, "i-1", "10.0.1.2", 80) == "connected"


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
            assert client.say(f"{number}") == f"{number}"
