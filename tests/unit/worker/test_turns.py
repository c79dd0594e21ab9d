"""Whose turn it is."""

from collections import Counter

from juyong.api.job import Periodic, PerItem
from juyong.worker.turns import Turns


def item(name: str, at_once: int = 2) -> PerItem:
    return PerItem(name=name, run=lambda *_: None, lease_seconds=1, attempts=None, at_once=at_once)


def clock(name: str, every: float = 10) -> Periodic:
    return Periodic(name=name, run=lambda _: None, every=every)


def looked(turns: Turns, *jobs: PerItem | Periodic, now: float = 0, **more: bool) -> Turns:
    turns.look({job.name: job for job in jobs}, now, **more)
    return turns


def names(turns: Turns) -> list[str]:
    """Start as many as may be."""
    found = []
    while (job := turns.next()) is not None:
        found.append(job.name)
    return found


def test_nothing_has_a_turn_before_a_look() -> None:
    assert Turns(4).next() is None


def test_threads_and_items_are_bounded() -> None:
    turns = looked(Turns(4), item("a", at_once=9))
    assert names(turns) == ["a", "a", "a"]
    assert names(looked(turns, item("a", at_once=9), clock("p"), clock("q"))) == ["p"]
    assert names(looked(Turns(9), item("a"), item("b"))) == ["a", "b", "a", "b"]
    assert names(looked(Turns(1), item("a"))) == ["a"]


def test_work_by_the_clock_leaves_a_thread_to_items() -> None:
    clocks = [clock(name) for name in "pqrst"]
    turns = looked(Turns(4), *clocks, a := item("a", at_once=9))
    assert names(turns) == ["p", "q", "r", "a"]
    turns.ended(a, due=None, more=True)
    assert names(turns) == ["a"]
    turns.ended(clocks[1], due=10, more=False)
    assert names(turns) == ["s"]
    assert names(looked(Turns(1), clock("p"), item("a"))) == ["p"]


def test_turns_are_taken_in_order_of_the_longest_wait() -> None:
    """A kind with endless items gets no more than its share."""
    turns = looked(Turns(2), *(item(name, at_once=1) for name in "abc"))
    begun: Counter[str] = Counter()
    for _ in range(300):
        job = turns.next()
        assert job is not None
        begun[job.name] += 1
        turns.ended(job, due=None, more=True)
    assert begun == {"a": 100, "b": 100, "c": 100}


def test_a_kind_without_items_waits_for_the_next_look() -> None:
    turns = looked(Turns(4), a := item("a"))
    assert turns.next() is a
    turns.ended(a, due=7.0, more=False)
    assert turns.next() is None
    assert turns.next_due() == 7.0
    assert names(looked(turns, a)) == ["a", "a"]


def test_a_look_during_a_run_is_not_forgotten() -> None:
    """An item was put and rung for while the run found none."""
    turns = looked(Turns(4), a := item("a", at_once=1))
    assert turns.next() is a
    looked(turns, a)
    turns.ended(a, due=None, more=False)
    assert turns.next() is a


def test_work_by_the_clock_runs_once_at_a_time_and_when_it_is_due() -> None:
    turns = looked(Turns(4), p := clock("p"))
    assert names(turns) == ["p"]
    assert names(looked(turns, p)) == []
    turns.ended(p, due=10.0, more=False)
    assert names(looked(turns, p, now=9)) == ["p"], "the look during the run is honoured"
    turns.ended(p, due=20.0, more=False)
    assert names(looked(turns, p, now=19)) == []
    assert turns.next_due() == 20.0
    assert names(looked(turns, p, now=19, everything=True)) == ["p"]


def test_what_work_by_the_clock_leaves_begins_when_that_work_ends() -> None:
    turns = looked(Turns(4), a := item("a", at_once=1), p := clock("p"))
    assert names(turns) == ["a", "p"]
    turns.ended(a, due=None, more=False)
    assert turns.next() is None
    turns.ended(p, due=10, more=False)
    assert names(turns) == ["a"]
