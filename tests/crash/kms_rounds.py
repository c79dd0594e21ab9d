"""One round of the KMS: write and rotate, kill server and worker, and hold them to their word."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conformance.databases import Database, postgres_with_passwords
from tests.conformance.harness import _postgres_binaries
from tests.crash.evidence import events_by_agent, integrity, reading
from tests.crash.housekeeper import Housekeeper
from tests.crash.kms_evidence import check_events, check_promises, check_versions
from tests.crash.kms_writer import KmsWriter
from tests.crash.managed_secrets import (
    SINGLE,
    Managed,
    Rotator,
    make_database_secrets,
    make_ram_secret,
)
from tests.crash.rounds import verify_with_check
from tests.crash.server import ServerProcess

WRITERS = 4
_SOONEST, _LATEST = 0.0, 1.5
_JOIN_SECONDS = 40
_BEGIN_SECONDS = 30
ENVIRONMENT = {"JUYONG_QUOTAS": "kms.rotations-an-hour=1000000"}


@contextmanager
def database_where_installed() -> Iterator[Database | None]:
    """Run a PostgreSQL server whose accounts are rotated; None where there is none to run."""
    if _postgres_binaries() is None:
        yield None
        return
    with postgres_with_passwords() as database:
        yield database


@dataclass
class KmsHome:
    """A home with secrets that are rotated; database: Where some of them open a door, if any."""

    home: Path
    database: Database | None = None
    hardware: bool = True
    managed: list[Managed] = field(default_factory=list)

    def prepare(self, server: ServerProcess) -> None:
        """Make the secrets, once."""
        if not self.managed:
            self.managed.append(make_ram_secret(server))
            if self.database is not None:
                self.managed += make_database_secrets(server, self.database)


@dataclass(frozen=True, slots=True)
class KmsRound:
    """What one round saw."""

    killed_after: float
    worker_killed_after: float
    acknowledged: int
    took_effect: int
    worker_rounds: int
    opened: int
    versions: int
    waited: int

    def __str__(self) -> str:
        return (
            f"killed after {self.killed_after:4.2f} s, its worker after "
            f"{self.worker_killed_after:4.2f} s in round {self.worker_rounds}; "
            f"{self.acknowledged:4} acknowledged, {self.took_effect} unanswered took effect, "
            f"{self.versions} key versions, {self.opened} doors opened meanwhile, "
            f"{self.waited} waited for a rotation to go on"
        )


def kms_round(place: KmsHome, number: int, seed: int) -> KmsRound:
    """Run one round on a home.

    Raises:
        AssertionError: something acknowledged is missing, or a secret opens nothing.
    """
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    home = place.home
    moments = sorted(draw.uniform(_SOONEST, _LATEST) for _ in range(2))
    first = draw.choice(["server", "worker"])
    server = ServerProcess(home, ENVIRONMENT).start()
    keeper = Housekeeper(home, ENVIRONMENT)
    try:
        place.prepare(server)
        keeper.start()
        keeper.done("lapse", "round")
        writers = [
            KmsWriter(
                server.client(agent=f"k{number}w{each}"),
                f"k{number}w{each}",
                seed + each,
                hardware=place.hardware,
            )
            for each in range(WRITERS)
        ]
        rotator = Rotator(server, place.managed, f"k{number}r")
        threads = [*writers, rotator.start(), keeper.keep_at_it()]
        for writer in writers:
            writer.start()
        _wait_for_work(writers, keeper)
        time.sleep(moments[0])
        (server if first == "server" else keeper).kill()
        time.sleep(moments[1] - moments[0])
        (keeper if first == "server" else server).kill()
        for thread in threads:
            thread.join(_JOIN_SECONDS)
            assert not thread.is_alive(), "a writer still waits for what was killed"
        rounds_done = keeper.answered
        server.start()
        took_effect = _check_record(home, writers, rotator)
        waited = _check_secrets(server, place.managed, rotator)
        for writer in writers:
            check_promises(writer, server.client())
        keeper.start()
        # The lease of whoever was killed ends after some minutes; nothing but waiting is left out.
        keeper.done("lapse", "round", "lapse", "round")
        for secret in place.managed:
            assert secret.held(server), f"{secret.name} opens nothing"
            promised = rotator.promised.get(secret.name)
            assert promised is None or not secret.lost(server.client(), promised), (
                f"{secret.name}: {promised} was promised and is not there"
            )
        with reading(home) as database:
            assert integrity(database) == "ok"
            left = database.execute("SELECT count(*) FROM kms_secret_rotation").fetchone()[0]
            assert left == 0, "a rotation does not end"
            versions = check_versions(database)
    finally:
        keeper.stop()
        server.stop()
    verify_with_check(home)
    server_first = first == "server"
    return KmsRound(
        killed_after=moments[0 if server_first else 1],
        worker_killed_after=moments[1 if server_first else 0],
        acknowledged=sum(len(writer.acknowledged) for writer in writers),
        took_effect=took_effect,
        worker_rounds=rounds_done,
        opened=rotator.used,
        versions=versions,
        waited=waited,
    )


def _wait_for_work(writers: list[KmsWriter], keeper: Housekeeper) -> None:
    """Wait until all are at it, however busy the machine is."""
    before, deadline = keeper.answered, time.monotonic() + _BEGIN_SECONDS
    while keeper.answered == before or not all(writer.acknowledged for writer in writers):
        assert time.monotonic() < deadline, "nothing was written"
        time.sleep(0.005)


def _check_record(home: Path, writers: list[KmsWriter], rotator: Rotator) -> int:
    """Compare answers and events; returns how many unanswered calls took effect."""
    with reading(home) as database:
        assert integrity(database) == "ok"
        events = events_by_agent(database)
        check_versions(database)
    rotations = {each.request_id for each in events.get(rotator.name, []) if not each.code}
    lost = set(rotator.requests) - rotations
    assert not lost, f"rotations that were promised without an event: {lost}"
    return sum(check_events(writer, events.get(writer.name, [])) for writer in writers)


def _check_secrets(server: ServerProcess, secrets: list[Managed], rotator: Rotator) -> int:
    """Try every secret before any worker has gone on; returns how many have to wait for it.

    With one account only, a password that is set and not yet published is a secret whose rotation
    must go on (documented: a brief outage). All others open at every moment.
    """
    assert not rotator.shut, f"current values that did not open: {rotator.shut}"
    shut = [secret for secret in secrets if not secret.held(server)]
    assert all(secret.kind == SINGLE for secret in shut), f"secrets that open nothing: {shut}"
    return len(shut)
