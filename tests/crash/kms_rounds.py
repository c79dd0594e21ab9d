"""One round of the KMS: write and rotate, kill server and worker, and hold them to their word."""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conformance.databases import Database, postgres_with_passwords
from tests.crash.evidence import events_by_agent, reading
from tests.crash.homes import Home
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
from tests.postgres import postgres_binaries
from tests.waiting import wait_until

WRITERS = 4
_SOONEST, _LATEST = 0.0, 1.5
_JOIN_SECONDS = 40
_BEGIN_SECONDS = 30
ENVIRONMENT = {
    "JUYONG_QUOTAS": "kms.rotations-an-hour=1000000",
}
WITHOUT_MODULE = {**ENVIRONMENT, "JUYONG_HSM_MODULE": "process"}


@contextmanager
def database_where_installed() -> Iterator[Database | None]:
    """Run a PostgreSQL server whose accounts are rotated; None where there is none to run."""
    if postgres_binaries() is None:
        yield None
        return
    with postgres_with_passwords() as database:
        yield database


@dataclass
class KmsHome:
    """A home with secrets that are rotated; database: Where some of them open a door, if any."""

    home: Path
    database: Database | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)
    managed: list[Managed] = field(default_factory=list)

    def prepare(self, server: ServerProcess) -> None:
        """Make the secrets, once."""
        if not self.managed:
            self.managed.append(make_ram_secret(server))
            if self.database is not None:
                self.managed += make_database_secrets(server, self.database)


@dataclass(frozen=True, slots=True)
class Kills:
    """When who is killed, in seconds after all are at work."""

    server: float
    worker: float


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
    kills = Kills(*(draw.uniform(_SOONEST, _LATEST) for _ in range(2)))
    server = ServerProcess(place.home, dict(place.environment)).start()
    keeper = Housekeeper(place.home, dict(place.environment))
    try:
        place.prepare(server)
        keeper.start().done("lapse", "round")
        writers = [
            KmsWriter(server.client(agent=name), name, seed + each)
            for each in range(WRITERS)
            for name in (f"k{number}w{each}",)
        ]
        rotator = Rotator(server, place.managed, f"k{number}r")
        _work_until_killed(server, keeper, writers, rotator, kills)
        rounds_done = keeper.answered
        server.start()
        took_effect = _check_record(place.home, writers, rotator)
        waited = _check_secrets(server, place, rotator)
        for writer in writers:
            check_promises(writer, server.client())
        keeper.start()
        versions = _check_rotations_end(server, keeper, place, rotator)
    finally:
        keeper.stop()
        server.stop()
    verify_with_check(place.home, place.environment)
    return KmsRound(
        killed_after=kills.server,
        worker_killed_after=kills.worker,
        acknowledged=sum(len(writer.acknowledged) for writer in writers),
        took_effect=took_effect,
        worker_rounds=rounds_done,
        opened=rotator.used,
        versions=versions,
        waited=waited,
    )


def _work_until_killed(
    server: ServerProcess,
    keeper: Housekeeper,
    writers: list[KmsWriter],
    rotator: Rotator,
    kills: Kills,
) -> None:
    threads = [*writers, rotator.start(), keeper.keep_at_it()]
    for writer in writers:
        writer.start()
    _wait_for_work(writers, keeper)
    begin = time.monotonic()
    victims: list[tuple[float, ServerProcess | Housekeeper]] = [
        (kills.server, server),
        (kills.worker, keeper),
    ]
    for moment, victim in sorted(victims, key=lambda each: each[0]):
        time.sleep(max(0.0, begin + moment - time.monotonic()))
        victim.kill()
    for thread in threads:
        thread.join(_JOIN_SECONDS)
        assert not thread.is_alive(), "somebody still waits for what was killed"


def _wait_for_work(writers: list[KmsWriter], keeper: Housekeeper) -> None:
    """Wait until all are at it, however busy the machine is."""
    before = keeper.answered
    wait_until(
        lambda: keeper.answered != before and all(writer.acknowledged for writer in writers),
        _BEGIN_SECONDS,
    )


def _check_record(home: Path, writers: list[KmsWriter], rotator: Rotator) -> int:
    """Compare answers and events; returns how many unanswered calls took effect."""
    with reading(Home(home)) as database:
        assert not database.damage()
        events = events_by_agent(database)
        check_versions(database)
    rotations = {each.request_id for each in events.get(rotator.name, []) if not each.code}
    lost = set(rotator.requests) - rotations
    assert not lost, f"rotations that were promised without an event: {lost}"
    return sum(check_events(writer, events.get(writer.name, [])) for writer in writers)


def _check_secrets(server: ServerProcess, place: KmsHome, rotator: Rotator) -> int:
    """Try every secret before any worker has gone on; returns how many have to wait for it.

    With one account only, a password that is set and not yet published is a secret whose rotation
    must go on (documented: a brief outage). All others open at every moment.
    """
    assert not rotator.wrong, rotator.wrong
    shut = [secret for secret in place.managed if not secret.held(server)]
    assert all(secret.kind == SINGLE for secret in shut), f"secrets that open nothing: {shut}"
    with reading(Home(place.home)) as database:
        under_way = database.execute(
            "SELECT name FROM kms_secret JOIN kms_secret_rotation USING (secret_id)"
            " WHERE step = 'set'"
        )
        assert {secret.name for secret in shut} <= {name for (name,) in under_way}
    return len(shut)


def _check_rotations_end(
    server: ServerProcess, keeper: Housekeeper, place: KmsHome, rotator: Rotator
) -> int:
    """Let a new worker go on, and find everything rotated; returns how many key versions are."""
    # The lease of whoever was killed ends after some minutes; nothing but waiting is left out.
    keeper.done("lapse", "round", "lapse", "round")
    client = server.client()
    for secret in place.managed:
        assert secret.held(server), f"{secret.name} opens nothing"
        promised = rotator.promised.get(secret.name)
        assert promised is None or not secret.lost(client, promised), (
            f"{secret.name}: {promised} was promised and is not there"
        )
    with reading(Home(place.home)) as database:
        assert not database.damage()
        left = database.execute("SELECT count(*) FROM kms_secret_rotation").fetchone()[0]
        assert left == 0, "a rotation does not end"
        return check_versions(database)
