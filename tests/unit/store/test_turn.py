"""Turns to write: the loop is never held up, and nobody starves."""

import threading

from juyong.store.turn import WriteTurn


def test_the_loop_is_told_and_goes_before_threads() -> None:
    turn, told = WriteTurn(), threading.Event()
    assert turn.wait(0)
    waiting = threading.Thread(target=lambda: (turn.wait(10), order.append("thread")))
    order: list[str] = []
    waiting.start()
    assert not turn.ask(told.set)
    turn.give_back()
    assert told.is_set()
    assert turn.ask(told.set)
    order.append("loop")
    turn.give_back()
    waiting.join()
    assert order == ["loop", "thread"]


def test_a_thread_waits_no_longer_than_it_said() -> None:
    turn = WriteTurn()
    assert turn.wait(0)
    assert not turn.wait(0.01)
    turn.give_back()
    assert turn.wait(0), "who gave up is not handed the turn"


def test_a_loop_that_waits_no_more_lets_threads_go_on() -> None:
    turn = WriteTurn()
    assert turn.wait(0)
    assert not turn.ask(lambda: None)
    turn.give_back()
    assert not turn.wait(0.01), "the turn is kept for the loop"
    turn.forgo()
    assert turn.wait(0)


def test_a_closed_loop_keeps_nothing() -> None:
    def closed() -> None:
        raise RuntimeError("Event loop is closed")

    turn = WriteTurn()
    assert turn.wait(0)
    assert not turn.ask(closed)
    turn.give_back()
    assert turn.wait(0)


def test_threads_come_in_their_order() -> None:
    turn, order = WriteTurn(), []
    assert turn.wait(0)
    started = [threading.Event() for _ in range(5)]

    def work(number: int) -> None:
        started[number].set()
        assert turn.wait(10)
        order.append(number)
        turn.give_back()

    threads = []
    for number in range(5):
        thread = threading.Thread(target=work, args=(number,))
        thread.start()
        started[number].wait()
        while len(turn._threads) <= number:
            threading.Event().wait(0.001)
        threads.append(thread)
    turn.give_back()
    for thread in threads:
        thread.join()
    assert order == list(range(5))
