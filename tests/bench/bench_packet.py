"""What the packet engine costs: a decision, a path with its reasons, and all pairs of a network.

    python tests/bench/bench_packet.py

Everything stands next to the slow model in the same run, on the same packets, in processor time; the
best round counts. The model's time for all pairs is reckoned from one path. The interfaces that
decisions are about are in five groups of twenty rules, and their vSwitches have ACLs of twenty
entries. Reachability is of a thousand groups of twenty rules, with an interface each, and so of a
million pairs; a sample of the pairs is tried with every kind of packet. The exit code is 1 when a
bound is missed or an answer differs.
"""

import gc
import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.report import Row
from tests.model import packet as model
from tests.property import packet_cases as made

from juyong.engines.packet import Compiled, Packet, reach

GROUPS, RULES, ENTRIES, GROUPS_OF_ONE = 1000, 20, 20, 5
MOST_DECISION, MOST_PATH, MOST_REACH = 5.0, 60.0, 10.0
"""Microseconds, microseconds, seconds; of one core."""
PACKETS, ROUNDS, SLOW_PACKETS = 2000, 9, 40
SAMPLE = 150
_PORTS = [22, 25, 53, 80, 123, 389, 443, 465, 587, 636, 993, 1433, 1521, 2049, 2181, 2379]
_PORTS += [3000, 3306, 3389, 5000, 5432, 5672, 6379, 6443, 8000, 8080, 8443, 9000, 9092, 9200]
_PORTS += [10250, 11211, 15672, 27017, 30000, 32767]

Net = dict[str, Any]


def network(groups: int, of_one: int) -> Net:
    """Make a VPC of ten vSwitches, with as many interfaces as groups."""
    random = Random(5)  # noqa: S311 - cases, not secrets
    number = itertools.count(1)
    names = [f"sg-{at}" for at in range(groups)]
    found: Net = {key: {} for key in ("prefix_lists", "port_lists", "eips", "nats")}
    found["vpcs"] = {"vpc-a": {"cidrs": ["10.0.0.0/8"], "peers": []}}
    found["tables"] = {"vtb-1": {"vpc": "vpc-a", "routes": []}}
    found["groups"] = {
        name: {
            "vpc": "vpc-a",
            "kind": "normal",
            "inner": False,
            "rules": [_rule(f"sgr-{next(number)}", random, names) for _ in range(RULES)],
        }
        for name in names
    }
    found["acls"] = {
        f"nacl-{at}": {
            "vpc": "vpc-a",
            **{way: _entries(number, random) for way in ("ingress", "egress")},
        }
        for at in range(10)
    }
    found["vswitches"] = {
        f"vsw-{at}": {
            "vpc": "vpc-a",
            "cidrs": [f"10.{at}.0.0/16"],
            "table": "vtb-1",
            "acl": f"nacl-{at}",
        }
        for at in range(10)
    }
    found["interfaces"] = {
        f"eni-{at}": {
            "vswitch": f"vsw-{at % 10}",
            "addresses": [f"10.{at % 10}.{at // 2500}.{at // 10 % 250 + 1}"],
            "groups": [names[(at + step * 7) % groups] for step in range(of_one)],
        }
        for at in range(groups)
    }
    return found


def _rule(name: str, random: Random, groups: list[str]) -> Net:
    """Make a rule as they are written: few ports, blocks of the VPC, one of ten for egress."""
    port = random.choice(_PORTS)
    last = random.choice((port, port, port, port + 10))
    block = f"10.{random.randrange(10)}.{random.randrange(4)}.0/24"
    wide = random.choice((f"10.{random.randrange(10)}.0.0/16", "10.0.0.0/12", "172.16.0.0/12"))
    return {
        "id": name,
        "way": "egress" if random.randrange(10) == 0 else "ingress",
        "policy": "drop" if random.randrange(4) == 0 else "accept",
        "priority": random.choice((1, 1, 10, 50, 100)),
        "protocol": random.choice((made.TCP, made.TCP, made.TCP, made.UDP)),
        "ports": f"{port}/{last}",
        "source_ports": "",
        "peer": random.choice((block, block, wide, random.choice(groups))),
        "own": "",
    }


def _entries(number: "itertools.count[int]", random: Random) -> list[Net]:
    found = [
        {
            "id": f"nae-{next(number)}",
            "policy": random.choice(("accept", "drop")),
            "protocol": made.TCP,
            "ports": f"{random.choice(_PORTS)}/65535",
            "peer": f"10.{random.randrange(10)}.{random.randrange(4)}.0/24",
        }
        for _ in range(ENTRIES - 1)
    ]
    return [
        *found,
        found[0]
        | {
            "id": f"nae-{next(number)}",
            "policy": "accept",
            "protocol": None,
            "ports": "",
            "peer": "0.0.0.0/0",
        },
    ]


def best_microseconds(run: Callable[[], object], count: int, rounds: int) -> float:
    """Return the processor time of the best round, for each of `count`."""
    gc.collect()
    gc.disable()
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    gc.enable()
    return best / count * 1e6


def bounded(title: str, ours: float, slow: float, most: float, unit: str) -> Row:
    """Compare with the model; a bound that is missed by up to a half is held as a floor."""
    verdict = "goal" if ours <= most else "floor" if ours <= 1.5 * most else "MISSED"
    costs = f"{ours:.3g} {unit}", f"model {slow:,.3g} {unit}"
    return Row(title, *costs, slow / ours, f"goal {most:g} {unit}", verdict)


def asked(net: Net, count: int) -> list[tuple[str, str, Net]]:
    """Ask about random pairs and ports that rules name."""
    random = Random(6)  # noqa: S311 - cases, not secrets
    names = list(net["interfaces"])
    found = []
    for _ in range(count):
        one, other = random.sample(names, 2)
        packet = {
            "protocol": random.choice((made.TCP, made.TCP, made.UDP)),
            "source": net["interfaces"][one]["addresses"][0],
            "target": net["interfaces"][other]["addresses"][0],
            "source_port": random.randint(32768, 60999),
            "target_port": random.choice(_PORTS),
            "icmp_type": 0,
        }
        found.append((one, other, packet))
    return found


def decisions() -> list[Row]:
    """Measure single packets; the answers of both are compared as well."""
    net = network(60, GROUPS_OF_ONE)
    compiled = Compiled(made.engine_network(net))
    questions = asked(net, PACKETS)
    packets = [(made.engine_packet(packet), one, other) for one, other, packet in questions]
    few = questions[:SLOW_PACKETS]
    ways = [model.Way(net, packet, one) for one, _, packet in few]
    paths = [compiled.explain(packet, one) for packet, one, _ in packets]
    same = all(way.hops == made.hops_of(path) for way, path in zip(ways, paths, strict=False))
    admitted = [compiled.admits(*each)[1] for each in packets]
    same &= admitted == [path.delivered for path in paths]
    decide = best_microseconds(
        lambda: [compiled.admits(*each) for each in packets], PACKETS, ROUNDS
    )
    explain = best_microseconds(
        lambda: [compiled.explain(packet, one) for packet, one, _ in packets], PACKETS, ROUNDS
    )
    slow = best_microseconds(
        lambda: [model.Way(net, packet, one) for one, _, packet in few], SLOW_PACKETS, 2
    )
    share = f"{sum(admitted)} of {PACKETS}"
    return [
        Row(
            "packets that arrive",
            share,
            "answers agree" if same else "DIFFER",
            1.0,
            "",
            "" if same else "MISSED",
        ),
        bounded("decision by groups and ACLs", decide, slow, MOST_DECISION, "us"),
        bounded("path with its reasons", explain, slow, MOST_PATH, "us"),
    ]


def pairs() -> list[Row]:
    """Measure all pairs of a thousand groups, and try a sample of pairs packet by packet."""
    net = network(GROUPS, 1)
    values = made.engine_network(net)
    start = time.process_time()
    compiled = Compiled(values)
    compiling = time.process_time() - start
    start = time.process_time()
    found = {(each.source, each.target): each.packet for each in reach(compiled)}
    seconds = time.process_time() - start
    random = Random(7)  # noqa: S311 - cases, not secrets
    names = list(net["interfaces"])
    sample = [(random.choice(names), random.choice(names)) for _ in range(SAMPLE)]
    start = time.process_time()
    tried = [arrives(compiled, net, one, other) for one, other in sample]
    brute = (time.process_time() - start) / SAMPLE * GROUPS**2
    replayed = random.sample(sorted(found), min(2000, len(found)))
    same = tried == [pair in found for pair in sample]
    same &= all(compiled.explain(found[pair], pair[0]).end == pair[1] for pair in replayed)
    way = made.model_packet(found[replayed[0]])
    model_us = best_microseconds(lambda: model.Way(net, way, replayed[0][0]), 1, 2)
    kinds = len(heads())
    slow = model_us / 1e6 * kinds * GROUPS**2
    share = f"{len(found):,} of {GROUPS**2:,}"
    return [
        Row(
            "pairs that are joined",
            share,
            f"{sum(tried)} of a sample of {SAMPLE} {'agree' if same else 'DIFFER'}",
            1.0,
            "",
            "" if same else "MISSED",
        ),
        # The model's seconds are reckoned from one path, times kinds, times pairs.
        bounded("all pairs, a packet each", seconds, slow, MOST_REACH, "s"),
        Row(
            "  by following every kind of packet",
            f"{brute:,.0f} s",
            f"{kinds} kinds",
            brute / seconds,
        ),
        Row("  compiling before", f"{compiling:.2f} s", f"{GROUPS * RULES:,} rules", 1.0),
    ]


def heads() -> list[tuple[int, int]]:
    """Return a protocol and a target port for every kind of packet that rules tell apart."""
    edges = {0} | {port for each in _PORTS for port in (each, each + 1, each + 11)}
    edges |= {port + 10 for port in _PORTS}
    return [
        (0, 0),
        *((protocol, port) for protocol in (made.TCP, made.UDP) for port in sorted(edges)),
    ]


def arrives(compiled: Compiled, net: Net, one: str, other: str) -> bool:
    """Follow a packet of every kind from one interface to another, until one arrives."""
    ends = {"source": net["interfaces"][one]["addresses"][0]}
    ends |= {"target": net["interfaces"][other]["addresses"][0]}
    some: Packet = made.engine_packet(
        ends | {"protocol": 6, "source_port": 40000, "target_port": 1, "icmp_type": 0}
    )
    return any(
        compiled.explain(
            some.moved(protocol=protocol, target_port=port, source_port=40000 if protocol else 0),
            one,
        ).end
        == other
        for protocol, port in heads()
    )


def measure() -> list[Row]:
    """Measure everything."""
    return [*decisions(), *pairs()]


if __name__ == "__main__":
    rows = measure()
    print(*rows, sep="\n")
    sys.exit(0 if all(row.held for row in rows) else 1)
