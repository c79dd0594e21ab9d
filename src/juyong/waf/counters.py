"""Figures that all workers of a site share: a block of memory with a row for each worker.

A worker writes its own row only, so no two processes write one number; the sum is read from all
rows. A worker that took the place of a killed one goes on in the row of that one.
"""

import mmap
from enum import IntEnum
from typing import Final


class Figure(IntEnum):
    """The place of a figure in a row."""

    REQUESTS = 0
    BLOCKED = 1
    MONITORED = 2
    REFUSED = 3
    ENGINE_FAILURES = 4
    BACKEND_FAILURES = 5
    BYTES_IN = 6
    BYTES_OUT = 7
    CONNECTIONS = 8
    OPEN = 9
    RELOADS = 10
    LOG_LOST = 11
    BAD_HELLOS = 12


FIGURES: Final = 16
_ROW_BYTES = 8 * FIGURES


def size_of(workers: int) -> int:
    """Return the size of the block for a number of workers, in bytes."""
    return max(mmap.PAGESIZE, workers * _ROW_BYTES)


class Counters:
    """The row of one worker; row: Its number. memory: The block, or None for one that is alone."""

    def __init__(self, memory: mmap.mmap | None = None, row: int = 0) -> None:
        self._memory = mmap.mmap(-1, size_of(row + 1)) if memory is None else memory
        whole = memoryview(self._memory).cast("Q")
        self.figures = whole[row * FIGURES : (row + 1) * FIGURES]

    def add(self, figure: Figure, by: int = 1) -> None:
        """Add to a figure."""
        self.figures[figure] += by


def sums(memory: mmap.mmap, workers: int) -> dict[str, int]:
    """Return the sum over all workers, by the names of the figures in lower case."""
    whole = memoryview(memory).cast("Q")
    try:
        return {
            each.name.lower(): sum(whole[row * FIGURES + each] for row in range(workers))
            for each in Figure
        }
    finally:
        whole.release()
