"""One item: under its lease, at least once, with one id, until it is given up."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import work_off
from tests.unit.worker.bench import Bench
from tests.unit.worker.conftest import KEY

from juyong.api.bench import Bench as JobBench
from juyong.api.job import PerItem, job
from juyong.api.registry import load_tables
from juyong.base.clock import Instant
from juyong.store.database import StoreSettings, open_database
from juyong.store.errors import LostLease, Stale
from juyong.store.nonces import NonceRow, use_nonce
from juyong.store.queue import Claim, finish, put_off
from juyong.store.seal import AesSealer
from juyong.store.transaction import Transaction
from juyong.worker.items import carry_out, take

LEASE = 60


def mark(name: str) -> Any:
    """Write a row whose name tells who wrote it."""
    return lambda tx: use_nonce(tx, "k", name, Instant(2**40))


def marks(bench: Bench) -> list[str]:
    return sorted(row.nonce for row in bench.store.call(lambda tx: tx.find(NonceRow)))


def declared(run: Any, attempts: int | None = None, **more: Any) -> PerItem:
    return job("k", lease_seconds=LEASE, attempts=attempts, **more)(run)


def test_what_a_job_leaves_is_finished_for_it(bench: Bench) -> None:
    seen: list[Claim] = []
    bench.put("k")
    assert work_off(declared(lambda _, claim: seen.append(claim)), bench.job_bench()) == 1
    assert bench.row("k") is None
    assert [(c.key, c.attempts) for c in seen] == [("a", 1)]


def test_a_worker_that_stalls_past_its_lease_commits_nothing(bench: Bench) -> None:
    def stalls(given: JobBench, _claim: Claim) -> None:
        given.transact(mark("before"))
        bench.now += LEASE
        given.transact(mark("after"))

    bench.put("k")
    work_off(declared(stalls), bench.job_bench())
    assert marks(bench) == ["before"]
    row = bench.row("k")
    assert row is not None
    assert (row.attempts, row.error) == (1, "")


def test_a_worker_that_lost_its_item_to_another_commits_nothing(bench: Bench) -> None:
    """Also while the lease that it lost would last: the other's is the one that counts."""

    def second(given: JobBench, claim: Claim) -> None:
        given.transact(lambda tx: [mark("second")(tx), finish(tx, claim, given.clock())])

    def first(given: JobBench, _claim: Claim) -> None:
        bench.now += LEASE
        work_off(declared(second), bench.job_bench())
        bench.now -= LEASE
        with pytest.raises(LostLease):
            given.transact(mark("first"))
        given.transact(mark("first, insisting"))

    bench.put("k")
    work_off(declared(first), bench.job_bench())
    assert marks(bench) == ["second"]
    assert bench.row("k") is None


def test_of_many_workers_one_commits_for_an_item(bench: Bench) -> None:
    start = threading.Barrier(8)

    def work(given: JobBench, claim: Claim) -> None:
        given.transact(mark(f"{claim.key} {claim.lease}"))

    def worker() -> None:
        start.wait()
        while (taken := take(one, bench.job_bench())) is not None:
            carry_out(one, bench.job_bench(), taken, bench.figures)

    one = declared(work)
    for number in range(30):
        bench.put("k", f"i{number:02}")
    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [name.split()[0] for name in marks(bench)] == [f"i{n:02}" for n in range(30)]


def test_failures_are_tried_later_and_later_and_then_given_up(bench: Bench) -> None:
    tried: list[int] = []
    ids: set[str] = set()

    def fails(_bench: JobBench, claim: Claim) -> None:
        tried.append(bench.now)
        ids.add(claim.item_id)
        raise ValueError("the text may hold hunter2")

    one = declared(fails, attempts=8, first_pause=10, longest_pause=100)
    bench.put("k")
    began = bench.now
    for _ in range(1000):
        try:
            work_off(one, bench.job_bench(), bench.figures)
        except ValueError:
            row = bench.row("k")
            assert row is not None
            assert row.error == "ValueError"
        bench.now += 1
    pauses = [b - a for a, b in zip([began, *tried], tried, strict=False)]
    assert pauses[0] == 0
    for pause, longest in zip(pauses[1:], (10, 20, 40, 80, 100, 100, 100), strict=True):
        assert 0.75 * longest - 1 <= pause <= longest + 1
    assert len(ids) == 1
    row = bench.row("k")
    assert row is not None
    assert row.dead_at == tried[-1]
    assert bench.figures.counted("retries", "k") == 7
    assert bench.figures.counted("dead_letters", "k") == 1


def test_a_row_that_another_call_changed_is_no_failure_but_a_retry(bench: Bench) -> None:
    def conflicts(_bench: JobBench, _claim: Claim) -> None:
        raise Stale("some_table")

    bench.put("k")
    work_off(declared(conflicts, attempts=5), bench.job_bench(), bench.figures)
    row = bench.row("k")
    assert row is not None
    assert (row.lease, row.error) == ("", "Stale")
    assert bench.figures.counted("retries", "k") == 1


def test_an_item_that_its_job_puts_off_counts_as_a_retry(bench: Bench) -> None:
    def later(given: JobBench, claim: Claim) -> None:
        given.transact(lambda tx: put_off(tx, claim, now=given.clock(), seconds=5))

    bench.put("k")
    assert work_off(declared(later), bench.job_bench(), bench.figures) == 1
    row = bench.row("k")
    assert row is not None
    assert (row.lease, row.due_at, row.error) == ("", bench.now + 5, "")
    assert bench.figures.counted("retries", "k") == 1


def test_an_item_that_ends_its_worker_each_time_is_given_up(bench: Bench) -> None:
    def dies(_bench: JobBench, _claim: Claim) -> None:
        raise SystemExit

    one = declared(dies, attempts=3)
    bench.put("k")
    for _ in range(3):
        with pytest.raises(SystemExit):
            work_off(one, bench.job_bench())
        bench.now += LEASE
    with pytest.raises(Exception, match="k a"):
        work_off(one, bench.job_bench())
    row = bench.row("k")
    assert row is not None
    assert (row.error, row.dead_at) == ("NeverReturned", bench.now)


def test_a_failure_to_note_a_failure_leaves_the_item_to_its_lease(bench: Bench) -> None:
    def fails(given: JobBench, _claim: Claim) -> None:
        bench.now += LEASE
        raise ValueError

    bench.put("k")
    with pytest.raises(ValueError):  # noqa: PT011  # our own, a line above
        work_off(declared(fails, attempts=1), bench.job_bench(), bench.figures)
    row = bench.row("k")
    assert row is not None
    assert (row.dead_at, row.error) == (None, "")
    assert take(declared(fails), bench.job_bench()) is not None


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from tests.unit.worker.test_items import killed_at
killed_at(Path(sys.argv[1]), sys.argv[2])
"""
NOW = Instant(1_800_000_000)


def killed_at(folder: Path, moment: str) -> None:
    """Be a process that claims an item, has its effect, and is killed at a moment."""
    url = f"sqlite:///{folder / 'q.db'}"
    store = open_database(StoreSettings(url=url), AesSealer(KEY), load_tables)

    def die(at: str) -> None:
        if moment == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def effect(given: JobBench, claim: Claim) -> None:
        die("claimed")
        with (folder / "effects").open("a") as effects:
            effects.write(f"{claim.item_id}\n")
            effects.flush()
        die("effect")
        given.transact(lambda tx: finished(tx, claim))
        die("finished")

    def finished(tx: Transaction, claim: Claim) -> None:
        use_nonce(tx, "k", claim.item_id, Instant(2**40))
        finish(tx, claim, NOW)
        die("uncommitted")

    from tests.unit.worker.conftest import platform_with

    bench = JobBench(call=store.call, clock=lambda: NOW, platform=platform_with(KEY))
    work_off(declared(effect), bench)


@pytest.mark.parametrize(
    ("moment", "effects", "left"),
    [
        *(("claimed", 1, True), ("effect", 2, True), ("uncommitted", 2, True)),
        ("finished", 1, False),
    ],
)
def test_killed_anywhere_the_effect_is_repeated_under_the_same_id(
    tmp_path: Path, moment: str, effects: int, left: bool
) -> None:
    url = f"sqlite:///{tmp_path / 'q.db'}"
    store = open_database(StoreSettings(url=url), AesSealer(KEY), load_tables)
    bench = Bench(store, now=NOW)
    bench.put("k")
    root = str(Path(__file__).parents[3])
    died = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), moment, root], check=False)
    assert died.returncode == -signal.SIGKILL
    assert (bench.row("k") is not None) is left
    bench.now += LEASE

    def again(given: JobBench, claim: Claim) -> None:
        with (tmp_path / "effects").open("a") as written:
            written.write(f"{claim.item_id}\n")
        given.transact(mark(claim.item_id))

    work_off(declared(again), bench.job_bench())
    assert bench.row("k") is None
    found = (tmp_path / "effects").read_text().split()
    assert len(found) == effects
    assert len(set(found)) == 1
    assert marks(bench) == [found[0]]
    store.close()
