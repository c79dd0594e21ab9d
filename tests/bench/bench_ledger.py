"""What the ledger costs an event, beside SHA-256 alone.

    python tests/bench/bench_ledger.py

Appending is timed over leaves that are encoded already, in batches as a job would take them.
Verifying reads everything from a SQLite file: events with their bodies, whose digests are computed
anew, and tiles. Beside it stands a loop over the same bodies in memory that computes SHA-256 of each
and nothing else. All take turns; the best round counts, in processor time. The same is done with a
home, as `juyong audit verify` does, which opens its database and compares the entry bundles, too.
"""

import gc
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.report import Row
from tests.ledger_logs import LOG, ORIGIN, Log
from tests.sequencing import sequence

from juyong.app.audit import verify_home
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.audit.ledger.leaves import Recorded, all_events
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.engines.ledger import (
    EventForm,
    Frontier,
    append_all,
    event_leaves,
    leaf_hashes,
    verify_log,
)
from juyong.store.transaction import Transaction

EVENTS = 30_000
BATCH = 256
_BATCH_ROWS = 1000
ROUNDS = 25
MOST_APPEND_MICROSECONDS = 5.0
LEAST_VERIFIED = 150_000
"""Events a second, of one core."""
LEAST_OF_BARE = 0.3
"""Of the bare loop's events a second."""
BODY = (
    '{{"eventVersion":1,"eventType":"ApiCall","eventCategory":"Management","eventRW":"Write",'
    '"eventName":"CreateUser","eventSource":"ram.aliyuncs.com","serviceName":"Ram",'
    '"apiVersion":"2015-05-01","acsRegion":"cn-hangzhou","isGlobal":true,"sourceIpAddress":"127.0.0.1",'
    '"recipientAccountId":"1897640248231239","userIdentity":{{"type":"ram-user",'
    '"principalId":"282776734462913308","accountId":"1897640248231239",'
    '"accessKeyId":"LTAI5t58WX4wPDGhB7m6qtA6","userName":"administrator"}},"eventId":"{event_id}",'
    '"eventTime":"2026-01-01T00:00:00Z","requestId":"{event_id}","requestParameters":{{'
    '"AcsHost":"ram.aliyuncs.com","AcsProduct":"Ram","RequestId":"{event_id}",'
    '"UserName":"user-{number}"}},"requestParameterJson":"{{\\"AcsHost\\":\\"ram.aliyuncs.com\\",'
    '\\"AcsProduct\\":\\"Ram\\",\\"RequestId\\":\\"{event_id}\\",\\"UserName\\":\\"user-{number}\\"}}",'
    '"referencedResources":{{"ACS::RAM::User":["user-{number}"]}},'
    '"resourceType":"ACS::RAM::User","resourceName":"user-{number}"}}\x1f'
    '{{"questions":[{{"action":"ram:CreateUser","resource":"acs:ram:*:1897640248231239:user/{number}",'
    '"decision":"Allow","by":[0]}}],"policies":[[{{"type":"System","name":"AdministratorAccess",'
    '"version":"v1","attachedTo":"User"}}]]}}'
)
"""An event of CreateUser with its evidence, as the server writes them."""
Rows = list[tuple[str, int, str]]
_FORM = EventForm(event_id=0, at=1, unit_ms=1, body=(2,))


def measure() -> list[Row]:
    """Time appending and verifying."""
    rows = [_event(number) for number in range(EVENTS)]
    leaves = event_leaves([(*row[:2], row[2].encode()) for row in rows], _FORM)
    with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
        log = Log(leaves)
        database = _stored(Path(folder) / "log.db", rows, log)
        try:
            return [
                _appending(leaves),
                *_verifying(database, rows, log),
                *_verifying_home(Path(folder) / "home", rows),
            ]
        finally:
            database.close()


def _event(number: int) -> tuple[str, int, str]:
    event_id = f"86a9efd9-3d16-4894-bd4f-{number:012x}"
    return event_id, 1_767_225_600_000 + number, BODY.format(event_id=event_id, number=number)


def _stored(path: Path, rows: Rows, log: Log) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("create table event (seq integer primary key, id text, at integer, body text)")
    database.execute(
        "create table tile (level int, place int, hashes blob, primary key (level, place))"
    )
    database.executemany("insert into event (id, at, body) values (?, ?, ?)", rows)
    tiles = [(*place, hashes) for place, hashes in log.tiles.kept.items()]
    database.executemany("insert into tile values (?, ?, ?)", tiles)
    database.commit()
    # One that checks a log reads all of the file once, so it need not copy every page.
    database.execute("pragma mmap_size=1073741824")
    return database


def _appending(leaves: list[bytes]) -> Row:
    def ours() -> None:
        frontier = Frontier()
        for start in range(0, EVENTS, BATCH):
            frontier, _ = append_all(frontier, leaf_hashes(leaves[start : start + BATCH]))

    def bare() -> None:
        for leaf in leaves:
            sha256(leaf).digest()

    mine, theirs = (1e6 * each / EVENTS for each in _seconds(ours, bare))
    return Row(
        f"append, {BATCH} leaves at a time",
        f"{mine:.3g} us",
        f"bare SHA-256 {theirs:.3g} us",
        theirs / mine,
        f"goal {MOST_APPEND_MICROSECONDS:g} us",
        "goal" if mine <= MOST_APPEND_MICROSECONDS else "MISSED",
    )


def _verifying(database: sqlite3.Connection, rows: Rows, log: Log) -> list[Row]:
    bodies = [body.encode() for _, _, body in rows]
    note = log.note.encode()

    def read(level: int, index: int, width: int) -> bytes:
        query = "select hashes from tile where level = ? and place = ?"
        ((hashes,),) = database.execute(query, (level, index))
        return hashes[: 32 * width]

    def leaves() -> Iterator[list[bytes]]:
        query = "select id, at, cast(body as blob) from event order by seq"
        events = database.execute(query)
        while some := events.fetchmany(BATCH):
            yield event_leaves(some, _FORM)

    def ours() -> None:
        assert (
            verify_log(chain.from_iterable(leaves()), read, note, ORIGIN, [LOG.key]).size == EVENTS
        )

    def bare() -> None:
        for body in bodies:
            sha256(body).digest()

    return _compared("verify", ours, bare, bodies)


def _verifying_home(home: Path, rows: Rows) -> list[Row]:
    """Time the verification of a home, whose events are leaves by its own sequencing."""
    running = open_platform(home, settings=Settings(durable=False))
    for start in range(0, EVENTS, _BATCH_ROWS):
        some = [_row(*each) for each in rows[start : start + _BATCH_ROWS]]
        running.store.call(lambda tx, some=some: [tx.insert(each) for each in some])  # type: ignore[misc]
    assert sequence(running) == []
    materials = [each.material for each in running.store.look(lambda tx: list(_all_events(tx)))]
    running.close()

    def ours() -> None:
        report = verify_home(home, checkpoint=None, key=None, period=None).report
        assert (report.trouble, report.compared) == (None, EVENTS)

    def bare() -> None:
        for each in materials:
            sha256(each).digest()

    return _compared("verify a home", ours, bare, materials)[:1]


def _all_events(tx: Transaction) -> Iterator[Recorded]:
    return all_events(tx, 0, 1 << 60)


def _row(event_id: str, time_ms: int, body: str) -> EventRow:
    text, _, evidence = body.partition("\x1f")
    empty = dict.fromkeys((n for n, kind in EventRow.__annotations__.items() if kind is str), "")
    given = {"event_id": event_id, "body": text, "evidence": evidence, "mac": "0" * 64}
    return EventRow(
        **{**empty, **given},
        account_id=AccountId("1"),
        at=Instant(time_ms // 1000),
        sensitive=False,
    )


def _compared(
    what: str, ours: Callable[[], None], bare: Callable[[], None], bodies: list[bytes]
) -> list[Row]:
    mine, theirs = (EVENTS / each for each in _seconds(ours, bare))
    size = sum(map(len, bodies)) // EVENTS
    shown = (f"{mine:,.0f}/s", f"bare SHA-256 {theirs:,.0f}/s", mine / theirs)
    held = (mine >= LEAST_VERIFIED, mine >= LEAST_OF_BARE * theirs)
    goals = (f"goal {LEAST_VERIFIED:,}/s", f"goal {LEAST_OF_BARE:g}x, is {mine / theirs:.2f}x")
    return [
        Row(f"{what}, {size} bytes an event", *shown, goal, "goal" if ok else "MISSED")
        for goal, ok in zip(goals, held, strict=True)
    ]


def _seconds(ours: Callable[[], None], bare: Callable[[], None]) -> tuple[float, float]:
    """Let both take turns; the best round of each."""
    best = [float("inf"), float("inf")]
    gc.collect()
    gc.freeze()
    for _ in range(ROUNDS):
        for place, step in enumerate((ours, bare)):
            start = time.process_time()
            step()
            best[place] = min(best[place], time.process_time() - start)
    gc.unfreeze()
    return best[0], best[1]


def main() -> int:
    """Print the rows; 1 when a bound is missed."""
    rows = measure()
    print(*rows, sep="\n")
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
