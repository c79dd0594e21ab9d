"""One round: write, kill at a random moment, start again, and hold the store to its word."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.crash.calls import STS, signed_target
from tests.crash.evidence import (
    events_by_agent,
    holdings_of,
    integrity,
    reading,
    snapshot_requests,
)
from tests.crash.server import ServerProcess
from tests.crash.writer import READS, Writer

WRITERS = 6
_SOONEST, _LATEST = 0.1, 1.5
_JOIN_SECONDS = 40
_CHECK_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Round:
    """What one round saw."""

    killed_after: float
    acknowledged: int
    refused: int
    unanswered: int
    took_effect: int

    def __str__(self) -> str:
        return (
            f"killed after {self.killed_after:4.2f} s, {self.acknowledged:5} acknowledged "
            f"({self.refused} refusals), {self.unanswered} unanswered of which "
            f"{self.took_effect} took effect"
        )


def crash_while_starting(home: Path, seed: int) -> None:
    """Kill a first start at some moment; the next start must find its way."""
    server = ServerProcess(home)
    server.spawn()
    time.sleep(random.Random(seed).uniform(0.0, 0.6))  # noqa: S311  # reproducible on purpose
    server.kill()


def crash_round(home: Path, number: int, seed: int) -> Round:
    """Run one round on a home.

    Raises:
        AssertionError: something acknowledged is missing, or something is there by half.
    """
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    server = ServerProcess(home).start()
    try:
        writers = [
            Writer(server.client(agent=f"r{number}w{each}"), f"r{number}w{each}", seed + each)
            for each in range(WRITERS)
        ]
        replayed = signed_target(server.credentials, "GetUser", {"UserName": "administrator"})
        assert server.client().send(replayed).status == 200
        for writer in writers:
            writer.start()
        moment = draw.uniform(_SOONEST, _LATEST)
        time.sleep(moment)
        server.kill()
        for writer in writers:
            writer.join(_JOIN_SECONDS)
            assert not writer.is_alive(), "a writer still waits for the killed server"
        server.start()
        took_effect = _verify(home, writers)
        server.client().done("GetUser", UserName="administrator")
        _wait_until_merged(home)
        assert _verify(home, writers) == took_effect, "the merge changed what there is"
        _verify_serving(server, replayed)
    finally:
        server.stop()
    verify_with_check(home)
    answered = [each for writer in writers for each in writer.acknowledged]
    return Round(
        killed_after=moment,
        acknowledged=len(answered),
        refused=sum(bool(each.code) for each in answered),
        unanswered=sum(writer.pending is not None for writer in writers),
        took_effect=took_effect,
    )


def _verify(home: Path, writers: list[Writer]) -> int:
    """Compare answers, events, snapshots and rows; returns how many unanswered calls took effect."""
    took_effect = 0
    with reading(home) as database:
        assert integrity(database) == "ok"
        events, snapshots = events_by_agent(database), snapshot_requests(database)
        assert sum(len(writer.acknowledged) for writer in writers) > 0, "nothing was written"
        for writer in writers:
            for each in writer.acknowledged:
                assert each.code == each.step.code, f"{each.step} answered {each.code}"
            found = {event.request_id: event for event in events.get(writer.name, [])}
            assert len(found) == len(events.get(writer.name, [])), "one call left two events"
            answered = {each.request_id: each for each in writer.acknowledged}
            lost = answered.keys() - found.keys()
            assert not lost, f"acknowledged calls without an event: {lost}"
            for request_id, each in answered.items():
                event = found[request_id]
                assert (event.name, event.code) == (each.step.action, each.code)
            for event in found.values():
                if event.name in READS:
                    continue
                assert (event.request_id in snapshots) == (not event.code), f"by half: {event}"
            unanswered = [e for request_id, e in found.items() if request_id not in answered]
            assert len(unanswered) <= 1, f"events of calls nobody made: {unanswered}"
            expected = writer.holdings
            if unanswered:
                assert writer.pending is not None
                assert unanswered[0].name == writer.pending.action
                assert unanswered[0].code == writer.pending.code
                expected = writer.possible()
                took_effect += 1
            assert holdings_of(database, writer.name) == expected, writer.name
    return took_effect


def _wait_until_merged(home: Path) -> None:
    deadline = time.monotonic() + _CHECK_SECONDS
    while True:
        with reading(home) as database:
            if database.execute("SELECT count(*) FROM intake.actiontrail_event").fetchone() == (0,):
                return
        assert time.monotonic() < deadline, "the server does not merge what was left"
        time.sleep(0.05)


def _verify_serving(server: ServerProcess, replayed: str) -> None:
    client = server.client()
    assert client.call("GetCallerIdentity", version=STS).status == 200
    again = client.send(replayed)
    assert again.code == "SignatureNonceUsed", f"a request was accepted twice: {again}"


def verify_with_check(home: Path, environment: Mapping[str, str] | None = None) -> None:
    """Have `juyong check` find nothing."""
    command = [sys.executable, "-m", "juyong.cli.start", "check", "--home", str(home)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=_CHECK_SECONDS,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, f"juyong check: {done.stdout}{done.stderr}"
