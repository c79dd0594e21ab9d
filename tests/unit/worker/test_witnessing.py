"""The log is cosigned as it grows; a witness that refuses is heard, and holds nothing up."""

import asyncio
from pathlib import Path

import pytest
from tests.sequencing import sequence
from tests.unit.app.state.conftest import NOW, write_event
from tests.unit.audit.ledger.conftest import Record, postgres, record, settings
from tests.unit.worker.bench import Bench, Latch
from tests.witnesses import Direct

from juyong.app.anchor import HomeAnchor
from juyong.app.home import open_home
from juyong.app.platform import open_platform
from juyong.app.state import reset, restore_snapshot, snapshot
from juyong.audit.ledger.stored import LogDamaged, checkpoints_in, log_of
from juyong.engines.ledger import BadSignature, Key, LedgerError, Malformed, Note, NotSigned
from juyong.services.identity.facade import NewAccount
from juyong.worker.errands import Errand
from juyong.worker.figures import Figures
from juyong.worker.witnessing import (
    Answered,
    LogUnknown,
    NotWitnessed,
    Witnessing,
    WitnessRefuses,
)

__all__ = ["postgres", "record", "settings"]


class Witnessed:
    """A record, and its work with a witness that knows its log."""

    def __init__(self, record: Record, home: Path) -> None:
        self.record, self.witness, self.figures = record, Direct(home), Figures()
        self.anchor = HomeAnchor(record.running.home)
        record.write(5)
        record.sequence()
        self.witness.knows(self.anchor.key())
        self.work = self.with_keeper(self.anchor)

    def with_keeper(self, keeper: HomeAnchor) -> Witnessing:
        return Witnessing(
            store=self.record.running.store,
            keys=self.record.state.keys,
            keeper=keeper,
            witness=self.witness,
            figures=self.figures,
        )

    def grow(self, count: int) -> None:
        self.record.write(count)
        self.record.sequence()

    @property
    def size(self) -> int:
        """Leaves that the home knows to be cosigned by this witness."""
        data = self.anchor.cosigned()
        assert data is not None
        Note.parse(data).check([self.witness.key])
        (found,) = checkpoints_in([data], self.record.public)
        return found.size


@pytest.fixture
def witnessed(record: Record, tmp_path: Path) -> Witnessed:
    return Witnessed(record, tmp_path / "w")


TABLES = ("actiontrail_event", "audit_bundle", "audit_tile", "audit_log")


def keep_tables(record: Record) -> None:
    for table in TABLES:
        record.tamper(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608


def put_back(record: Record) -> None:
    for table in TABLES:
        record.tamper(f"DELETE FROM {table}")  # noqa: S608
        record.tamper(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608


def test_each_newer_checkpoint_is_cosigned_once(witnessed: Witnessed) -> None:
    witnessed.work.round()
    assert (witnessed.size, witnessed.figures.witness) == (5, "cosigned")
    witnessed.work.round()
    witnessed.grow(300)
    witnessed.work.round()
    witnessed.grow(1)
    witnessed.work.round()
    assert witnessed.size == 306
    assert (witnessed.figures.leaves, witnessed.figures.cosigned_leaves) == (306, 306)
    assert witnessed.witness.asked == [b"old 0", b"old 5", b"old 305"]


def test_without_a_log_nothing_is_asked(record: Record, tmp_path: Path) -> None:
    witness = Direct(tmp_path / "w")
    work = Witnessing(
        store=record.running.store,
        keys=record.state.keys,
        keeper=HomeAnchor(record.running.home),
        witness=witness,
        figures=Figures(),
    )
    work.round()
    assert witness.asked == []


def test_servers_of_one_database_share_a_witness(witnessed: Witnessed, tmp_path: Path) -> None:
    """Each has a home of its own, and does not know what the other had cosigned."""
    other = HomeAnchor(open_home(tmp_path / "other"))
    second = witnessed.with_keeper(other)
    for work, size in ((witnessed.work, 5), (second, 6), (witnessed.work, 6), (second, 9)):
        witnessed.grow(size - witnessed.figures.leaves if witnessed.figures.leaves else 0)
        work.round()
        assert witnessed.figures.cosigned_leaves == size
    assert witnessed.witness.asked == [b"old 0", b"old 0", b"old 5", b"old 5", b"old 6", b"old 6"]
    mine, its = witnessed.anchor.cosigned(), other.cosigned()
    assert mine is not None
    assert its is not None
    assert (mine.split(b"\n")[1], its.split(b"\n")[1]) == (b"6", b"9")


@pytest.mark.parametrize("left", [None, b"", b"x", b"other"])
def test_what_the_home_lost_the_witness_tells(witnessed: Witnessed, left: bytes | None) -> None:
    witnessed.work.round()
    file = witnessed.record.running.home.path / "audit-cosigned"
    if left is None:
        file.unlink()
    else:
        remembered = witnessed.anchor.remembered()
        assert remembered is not None
        file.write_bytes(remembered if left == b"other" else left)
    witnessed.grow(2)
    witnessed.work.round()
    assert witnessed.size == 7
    assert witnessed.witness.asked == [b"old 0", b"old 0", b"old 5"]


def test_a_log_that_was_cut_off_is_refused_until_it_is_back(witnessed: Witnessed) -> None:
    witnessed.work.round()
    keep_tables(witnessed.record)
    witnessed.grow(10)
    witnessed.work.round()
    put_back(witnessed.record)
    for _ in range(2):
        with pytest.raises(WitnessRefuses, match=r"cosigned 15 leaves of .* has 5: it was cut off"):
            witnessed.work.round()
        assert witnessed.figures.witness == "refused"
    assert witnessed.size == 15, "what was cosigned is kept"
    witnessed.record.write(20)
    witnessed.record.sequence()
    with pytest.raises(WitnessRefuses, match=r"another history of .*: a fork"):
        witnessed.work.round()


def test_another_history_under_the_same_key_is_a_fork(
    witnessed: Witnessed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has home and key writes the log anew: of the same length, or longer."""
    witnessed.work.round()
    record = witnessed.record
    (origin,) = record.rows("SELECT origin FROM audit_log")[0]
    record.tamper("UPDATE actiontrail_event SET body = body || ' '")
    for table in TABLES[1:]:
        record.tamper(f"DELETE FROM {table}")  # noqa: S608
    monkeypatch.setattr("juyong.audit.ledger.sequencing._new_origin", lambda: origin)
    for more in (0, 7):
        record.write(more)
        record.sequence()
        with pytest.raises(WitnessRefuses, match=r"another history of .*: a fork"):
            witnessed.work.round()
        assert witnessed.figures.witness == "refused"
    witnessed.anchor._cosigned.unlink()
    with pytest.raises(WitnessRefuses, match="another history"):
        witnessed.work.round()


def test_a_log_that_does_not_hold_is_not_sent(witnessed: Witnessed) -> None:
    record = witnessed.record
    record.tamper("UPDATE audit_log SET size = size + 1")
    with pytest.raises(LogDamaged):
        witnessed.work.round()
    record.tamper("UPDATE audit_log SET size = size - 1")
    witnessed.work.round()
    witnessed.grow(1)
    record.tamper("DELETE FROM audit_tile")
    with pytest.raises(LedgerError):
        witnessed.work.round()
    assert witnessed.figures.witness == "behind"
    assert witnessed.witness.asked == [b"old 0"]


def test_after_a_reset_a_person_has_to_make_the_new_log_known(witnessed: Witnessed) -> None:
    witnessed.work.round()
    before = witnessed.anchor.cosigned()
    assert before is not None
    reset(witnessed.record.state)
    with pytest.raises(LogUnknown, match=r"does not know `juyong/.*`: its operator needs what"):
        witnessed.work.round()
    assert witnessed.figures.witness == "unknown"
    assert witnessed.anchor.cosigned() == before
    witnessed.witness.knows(witnessed.anchor.key())
    witnessed.work.round()
    assert (witnessed.size, witnessed.figures.witness) == (1, "cosigned")
    assert before in list(witnessed.anchor.former()), "it proves the old log, of a backup"


def test_a_snapshot_put_back_is_a_new_log_too(witnessed: Witnessed) -> None:
    snapshot(witnessed.record.state, "s")
    witnessed.work.round()
    restore_snapshot(witnessed.record.state, "s")
    witnessed.grow(1)
    with pytest.raises(LogUnknown, match="after a reset or restore as well"):
        witnessed.work.round()


def test_another_key_for_the_log_is_told(witnessed: Witnessed) -> None:
    (key,) = witnessed.witness.known
    witnessed.witness.known[:] = [Key(name=key.name, public=b"\x01" * 32)]
    with pytest.raises(LogUnknown, match="knows another key"):
        witnessed.work.round()


ANSWERS = [
    (OSError("away"), OSError, "away"),
    (Answered(200, b""), NotSigned, "."),
    (Answered(200, b"x\n"), Malformed, "."),
    (Answered(200, "\N{EM DASH} other AAAAAAAA\n".encode()), NotSigned, "."),
    (Answered(200, b"x" * 20_000), Malformed, "shorter"),
    (Answered(409, b"x\n"), Malformed, "."),
    (Answered(409, b"7"), Malformed, "."),
    (Answered(409, b"1\n2\n"), Malformed, "."),
    (Answered(409, b"99999999999999999999\n"), Malformed, "."),
    (Answered(400, b""), NotWitnessed, "status 400"),
    (Answered(301, b""), NotWitnessed, "status 301"),
    (Answered(503, b""), NotWitnessed, "status 503"),
]


@pytest.mark.parametrize(("answer", "failure", "text"), ANSWERS)
def test_an_answer_that_counts_for_nothing_changes_nothing(
    witnessed: Witnessed, answer: Answered | OSError, failure: type[Exception], text: str
) -> None:
    witnessed.witness.instead = answer
    with pytest.raises(failure, match=text):
        witnessed.work.round()
    assert (witnessed.figures.witness, witnessed.anchor.cosigned()) == ("behind", None)
    witnessed.witness.instead = None
    witnessed.work.round()
    assert witnessed.size == 5


def test_a_cosignature_of_another_checkpoint_or_key_is_none(
    witnessed: Witnessed, tmp_path: Path
) -> None:
    witnessed.work.round()
    kept = witnessed.anchor.cosigned()
    assert kept is not None
    line = Note.parse(kept).signatures[-1].line.encode()
    witnessed.grow(1)
    witnessed.witness.instead = Answered(200, line)
    with pytest.raises(BadSignature):
        witnessed.work.round()
    assert witnessed.anchor.cosigned() == kept


def test_a_witness_that_names_another_size_each_time_is_given_up(witnessed: Witnessed) -> None:
    sizes = iter([b"1\n", b"2\n", b"3\n", b"4\n"])
    witnessed.witness.add = lambda _body: Answered(409, next(sizes))  # type: ignore[method-assign]
    with pytest.raises(NotWitnessed, match="another size each time"):
        witnessed.work.round()
    assert next(sizes) == b"4\n"


# --- in the worker ---


class Scripted:
    """Work with a witness, as a test has it."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures, self.rounds = list(failures), 0
        self.latch: Latch | None = None

    def round(self) -> None:
        self.rounds += 1
        if self.latch is not None:
            self.latch.pass_through()
        if self.failures:
            raise self.failures.pop(0)


def test_a_refusal_is_told_each_time_it_is_asked_and_asked_less_and_less_often(
    bench: Bench,
) -> None:
    work = Scripted(*(WitnessRefuses("a fork") for _ in range(3)))
    errand = Errand("witness", 10, work.round)
    worker = bench.worker(errands=(errand,))
    for later, rounds in ((0, 1), (5, 1), (30, 2), (30, 2), (30, 3), (60, 3), (60, 4), (0, 5)):
        bench.now += later
        worker._errand(errand)
        assert work.rounds == rounds, later
    assert bench.heard == [("witness", "WitnessRefuses('a fork')")] * 3
    assert bench.figures.counted("failures", "witness") == 3


def test_events_become_leaves_while_a_witness_hangs(bench: Bench, owner: NewAccount) -> None:
    work, latch = Scripted(), Latch()
    work.latch = latch
    errand = Errand("witness", 0.001, work.round)
    worker = bench.worker(errands=(errand,), ledger_seconds=0.001)
    bench.store.call(lambda tx: write_event(tx, owner, b"k" * 32, "Call", NOW))

    def is_sequenced() -> bool:
        row = bench.store.call(log_of)
        return latch.waiting == 1 and row is not None

    try:
        bench.while_working(worker, is_sequenced)
    finally:
        latch.open()


def test_a_round_of_everything_asks_the_witness(bench: Bench) -> None:
    work = Scripted(OSError("away"))
    asyncio.run(bench.worker(errands=(Errand("witness", 10, work.round),)).round())
    assert (work.rounds, bench.heard) == (1, [("witness", "OSError('away')")])


def test_two_servers_at_once_leave_one_history(
    witnessed: Witnessed, tmp_path: Path, settings: object
) -> None:
    """Both sequence and ask in turns of any order; the witness never has to refuse."""
    second = open_platform(tmp_path / "home", settings=settings, clock=lambda: NOW)  # type: ignore[arg-type]
    try:
        work = witnessed.with_keeper(HomeAnchor(open_home(tmp_path / "other")))
        for count in (1, 255, 3, 1):
            witnessed.record.write(count)
            sequence(second)
            work.round()
            witnessed.grow(1)
            witnessed.work.round()
            assert witnessed.figures.witness == "cosigned"
    finally:
        second.close()
