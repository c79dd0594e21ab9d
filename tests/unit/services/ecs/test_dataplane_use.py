"""Real packets between instances leave evidence of use, and prove or refute what is asserted."""

import pytest
from tests.unit.services.ecs.test_dataplane import House, house, pair
from tests.waiting import wait_until

from juyong.base.clock import Instant
from juyong.services.network.drawing.live import live, text
from juyong.services.network.facade import view
from juyong.services.network.proving.answers import Proved
from juyong.services.network.proving.proving import proofs
from juyong.services.network.usage.evidence import uses, with_idle

__all__ = ["house", "pair"]
USED, IDLE, SHUT = "5432/5432", "22/22", "9000/9000"


@pytest.fixture
def server(house: House, pair: tuple[str, str]) -> str:
    """Return the server, which the client reaches on 5432 and 22, and not on 9000."""
    listed = house.ecs("DescribeInstances", InstanceIds=f'["{pair[1]}"]')["Instances"]["Instance"]
    (group,) = listed[0]["SecurityGroupIds"]["SecurityGroupId"]
    rules = [
        {
            "IpProtocol": "tcp",
            "PortRange": ports,
            "SourceCidrIp": "10.0.1.0/24",
            "Policy": "drop" if ports == SHUT else "accept",
        }
        for ports in (USED, IDLE, SHUT)
    ]
    house.ecs("AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=rules)
    house.settled()
    return pair[1]


def test_a_rule_is_used_by_the_packets_that_the_kernel_let_through_and_dropped(
    house: House, pair: tuple[str, str], server: str
) -> None:
    client, call = pair[0], house.local.running.store.call
    begun = Instant(house.local.clock() - 5)
    assert house.tried(client, house.address(server), 5432, 9000) == ["5432 hello", "9000 nothing"]
    house.plane.close_window()
    wait_until(lambda: bool(call(uses).watched))
    found = call(lambda tx: with_idle(tx, begun))
    assert found.idle is not None
    assert found.evidence is not None
    assert found.evidence.recorded_since
    assert [each.rule.split(" ")[3] for each in found.idle] == [IDLE]
    rows = call(lambda tx: live(tx, 10, house.local.clock())).rows
    lines = [text(call(view), each) for each in rows]
    assert len(lines) == 2
    assert any(" tcp/9000  DROPPED" in each for each in lines)
    assert any(" tcp/5432  passed" in each for each in lines)


def test_the_kernel_replays_the_packets_of_proofs(
    house: House, pair: tuple[str, str], server: str
) -> None:
    client = pair[0]
    lines = [f"deny {client} -> {server} tcp/{port}" for port in (5432, 22, 9000, 23)]
    lines += [f"allow {client} -> {server} tcp/{port}" for port in (5432, 9000)]
    told = house.local.running.store.call(lambda tx: proofs(tx, "\n".join(lines).encode()))
    assert [each.holds for each in told.assertions] == [False, False, True, True, True, False]
    ports = [_port(each) for each in told.assertions if each.counters]
    assert ports == [5432, 22, 9000]
    assert house.tried(client, house.address(server), *ports) == [
        "5432 hello",
        "22 hello",
        "9000 nothing",
    ]


def _port(refuted: Proved) -> int:
    (counter,) = refuted.counters
    assert counter.packet is not None
    return counter.packet.target_port
