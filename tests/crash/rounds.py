"""One round: write, kill at a random moment, start again, and hold the store to its word.

Every other round has a second server on the same store, which is not killed: it serves all the
while, and everything it is asked.
"""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.crash.calls import STS, signed_target
from tests.crash.evidence import (
    Database,
    Event,
    events_by_agent,
    holdings_of,
    reading,
    snapshot_requests,
)
from tests.crash.homes import WRITERS, Home
from tests.crash.server import ServerProcess
from tests.crash.writer import READS, Writer
from tests.waiting import wait_until

_SOONEST, _LATEST = 0.0, 1.4
_JOIN_SECONDS = 40
_CHECK_SECONDS = 120
_CALLS_AFTER_THE_KILL = 3


@dataclass(frozen=True, slots=True)
class Round:
    """What one round saw."""

    servers: int
    killed_after: float
    acknowledged: int
    refused: int
    unanswered: int
    took_effect: int

    def __str__(self) -> str:
        return (
            f"1 of {self.servers} killed after {self.killed_after:4.2f} s, "
            f"{self.acknowledged:5} acknowledged "
            f"({self.refused} refusals), {self.unanswered} unanswered of which "
            f"{self.took_effect} took effect"
        )


def crash_while_starting(home: Home, seed: int) -> None:
    """Kill a first start at some moment; the next start must find its way."""
    server = home.server()
    server.spawn()
    time.sleep(random.Random(seed).uniform(0.0, 0.6))  # noqa: S311  # reproducible on purpose
    server.kill()
    home.wait_until_gone(server)


def crash_round(home: Home, number: int, seed: int, least: int = 1) -> Round:
    """Run one round on a home.

    Args:
        home: Where; its database is that of the rounds before.
        number: Of the round; an odd one has a second server.
        seed: Of everything that is drawn.
        least: Calls that are acknowledged before the time until the kill begins.

    Raises:
        AssertionError: something acknowledged is missing, or something is there by half.
    """
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    victim = home.server()
    survivors = [home.server()] if number % 2 else []
    servers = [victim, *survivors]
    try:
        for server in servers:
            server.start()
        writers = [
            Writer(servers[each % len(servers)].client(agent=name), name, seed + each)
            for each in range(WRITERS)
            for name in (f"r{number}w{each}",)
        ]
        replayed = signed_target(victim.credentials, "GetUser", {"UserName": "administrator"})
        assert victim.client().send(replayed).status == 200
        moment = draw.uniform(_SOONEST, _LATEST)
        wait_for_work(writers, least)
        kill_after(victim, writers, moment, served=writers[1::2] if survivors else [])
        home.wait_until_gone(victim)
        victim.start()
        took_effect = _verify(home, writers)
        victim.client().done("GetUser", UserName="administrator")
        _wait_until_merged(home)
        assert _verify(home, writers) == took_effect, "the merge changed what there is"
        for server in servers:
            _verify_serving(server, replayed)
    finally:
        for server in servers:
            server.stop()
    verify_with_check(home.path, home.for_commands)
    answered = [each for writer in writers for each in writer.acknowledged]
    return Round(
        servers=len(servers),
        killed_after=moment,
        acknowledged=len(answered),
        refused=sum(bool(each.code) for each in answered),
        unanswered=sum(writer.pending is not None for writer in writers),
        took_effect=took_effect,
    )


class Working(Protocol):
    """A thread that calls until its server goes away, or `enough` is set; see writer.Writer."""

    enough: threading.Event

    @property
    def acknowledged(self) -> Sequence[object]:
        """Every answer it got."""

    @property
    def pending(self) -> object | None:
        """The call it was waiting for at the end."""

    def start(self) -> None:
        """Begin."""

    def is_alive(self) -> bool:
        """Whether it still calls."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""


def wait_for_work(writers: Sequence[Working], least: int) -> None:
    """Let the writers begin, however busy the machine is."""
    for writer in writers:
        writer.start()
    wait_until(lambda: sum(len(each.acknowledged) for each in writers) >= least, _JOIN_SECONDS)


def kill_after(
    victim: ServerProcess, writers: Sequence[Working], moment: float, served: Sequence[Working]
) -> None:
    """Kill a server under its writers; those whom the other one serves go on for some calls.

    Raises:
        AssertionError: a writer waits for the killed server, or was not served by the other one.
    """
    time.sleep(moment)
    victim.kill()
    goals = [(each, len(each.acknowledged) + _CALLS_AFTER_THE_KILL) for each in served]
    wait_until(
        lambda: all(len(e.acknowledged) >= goal or not e.is_alive() for e, goal in goals),
        _JOIN_SECONDS,
    )
    assert all(each.is_alive() for each in served), "the other server left a call unanswered"
    for writer in writers:
        writer.enough.set()
        writer.join(_JOIN_SECONDS)
        assert not writer.is_alive(), "a writer still waits for the killed server"
    assert all(each.pending is None for each in served), "the other server left a call unanswered"


def _verify(home: Home, writers: list[Writer]) -> int:
    """Compare answers, events, snapshots and rows; returns how many unanswered calls took effect."""
    answered = sum(len(writer.acknowledged) for writer in writers)
    assert answered > 0, "nothing was written"
    with reading(home) as database:
        assert not database.damage()
        events, snapshots = events_by_agent(database), snapshot_requests(database)
        return sum(
            _took_effect(database, writer, events.get(writer.name, []), snapshots)
            for writer in writers
        )


def _took_effect(
    database: Database, writer: Writer, events: list[Event], snapshots: set[str]
) -> bool:
    """Compare what one writer was told with what there is; True if its unanswered call is there."""
    for each in writer.acknowledged:
        assert each.code == each.step.code, f"{each.step} answered {each.code}"
    found = {event.request_id: event for event in events}
    assert len(found) == len(events), "one call left two events"
    answered = {each.request_id: each for each in writer.acknowledged}
    lost = answered.keys() - found.keys()
    assert not lost, f"acknowledged calls without an event: {lost}"
    for request_id, each in answered.items():
        event = found[request_id]
        assert (event.name, event.code) == (each.step.action, each.code)
    for event in events:
        if event.name not in READS:
            assert (event.request_id in snapshots) == (not event.code), f"by half: {event}"
    unanswered = [event for event in events if event.request_id not in answered]
    assert len(unanswered) <= 1, f"events of calls nobody made: {unanswered}"
    expected = writer.holdings
    for event in unanswered:
        assert writer.pending is not None, f"an event of a call nobody made: {event}"
        assert (event.name, event.code) == (writer.pending.action, writer.pending.code)
        expected = writer.possible()
    assert holdings_of(database, writer.name) == expected, writer.name
    return bool(unanswered)


def _wait_until_merged(home: Home) -> None:
    def merged() -> bool:
        with reading(home) as database:
            return database.unmerged() == 0

    wait_until(merged, _CHECK_SECONDS)


def _verify_serving(server: ServerProcess, replayed: str) -> None:
    client = server.client()
    assert client.call("GetCallerIdentity", version=STS).status == 200
    again = client.send(replayed)
    assert again.code == "SignatureNonceUsed", f"a request was accepted twice: {again}"


def verify_with_check(home: Path, environment: Mapping[str, str] | None = None) -> None:
    """Have `juyong check` and `juyong audit verify` find nothing."""
    for words in (("check",), ("audit", "verify")):
        done = subprocess.run(
            [sys.executable, "-m", "juyong.cli.start", *words, "--home", str(home)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_CHECK_SECONDS,
            env={**os.environ, **(environment or {})},
        )
        assert done.returncode == 0, f"juyong {words[0]}: {done.stdout}{done.stderr}"
