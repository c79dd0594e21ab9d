"""Answers from outside: how long they are kept, and how often strangers can make us ask."""

import threading

import pytest

from juyong.api.context import Fetched
from juyong.app.remember import BAD_SECONDS, GOOD_SECONDS, RememberingFetch

GOOD = Fetched(status=200, body=b"keys", chain=())
MISSING = Fetched(status=404, body=b"", chain=())


class Outside:
    """Stands for the network: counts what it is asked and gives one answer."""

    def __init__(self, answer: Fetched | OSError = GOOD) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.now = 1000.0
        self.fetch = RememberingFetch(self.ask, clock=lambda: self.now)

    def ask(self, url: str) -> Fetched:
        self.asked.append(url)
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer


def test_good_answer_is_kept_for_five_minutes() -> None:
    outside = Outside()
    assert outside.fetch("u") is GOOD
    outside.now += GOOD_SECONDS - 1
    outside.fetch("u")
    assert len(outside.asked) == 1
    outside.now += 1
    outside.fetch("u")
    assert len(outside.asked) == 2


def test_each_url_is_kept_apart() -> None:
    outside = Outside()
    outside.fetch("a")
    outside.fetch("b")
    assert outside.asked == ["a", "b"]


def test_fresh_asks_again_but_not_within_a_moment() -> None:
    outside = Outside()
    outside.fetch("u")
    outside.now += BAD_SECONDS - 1
    outside.fetch("u", fresh=True)
    assert len(outside.asked) == 1
    outside.now += 1
    outside.fetch("u", fresh=True)
    assert len(outside.asked) == 2


@pytest.mark.parametrize("answer", [MISSING, OSError("refused")])
def test_failure_stands_for_a_moment_only(answer: Fetched | OSError) -> None:
    outside = Outside(answer)

    def ask() -> None:
        if isinstance(answer, OSError):
            with pytest.raises(OSError, match="refused"):
                outside.fetch("u")
        else:
            assert outside.fetch("u") is answer

    ask()
    outside.now += BAD_SECONDS - 1
    ask()
    assert len(outside.asked) == 1
    outside.now += 1
    ask()
    assert len(outside.asked) == 2


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    outside = Outside()
    for number in range(129):
        outside.fetch(f"u{number}")
    outside.fetch("u128")
    assert len(outside.asked) == 129
    outside.fetch("u0")
    assert len(outside.asked) == 130


def test_many_who_want_the_same_ask_once() -> None:
    begun, go_on = threading.Event(), threading.Event()
    asked: list[str] = []

    def slow(url: str) -> Fetched:
        asked.append(url)
        begun.set()
        assert go_on.wait(5)
        return GOOD

    fetch = RememberingFetch(slow)
    got: list[Fetched] = []
    threads = [threading.Thread(target=lambda: got.append(fetch("u"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(5)
    go_on.set()
    for thread in threads:
        thread.join()
    assert (len(asked), got) == (1, [GOOD] * 4)
