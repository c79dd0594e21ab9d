"""How the cost of a function grows with its input, measured in one run, so that load cancels out."""

import time
from collections.abc import Callable
from typing import Final

TIMES: Final = 8
_ROUNDS: Final = 5
_LINEAR: Final = 3 * TIMES
"""Between eight times, as linear work takes, and sixty-four, as quadratic work does."""
_FLOOR_SECONDS: Final = 0.002
"""Of set-up that the shorter input may not pay."""


def assert_linear(work: Callable[[int], Callable[[], object]], size: int, what: str = "") -> None:
    """Hold the cost of an input against that of one an eighth as long.

    Args:
        work: Returns what is measured, for a size.
        size: Of the longer input.
        what: Is measured, for the message.

    Processor time of this thread counts, the least of five rounds in turns: other processes make
    a round longer, and never shorter.
    """
    small, large = work(size // TIMES), work(size)
    least, most = (
        min(each) for each in zip(*(_both(small, large) for _ in range(_ROUNDS)), strict=True)
    )
    assert most < _LINEAR * least + _FLOOR_SECONDS, (what, least, most)


def _both(small: Callable[[], object], large: Callable[[], object]) -> tuple[float, float]:
    return _cost(small), _cost(large)


def _cost(work: Callable[[], object]) -> float:
    begins = time.thread_time()
    work()
    return time.thread_time() - begins
