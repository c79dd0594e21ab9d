"""How many of the calls that wait share the next commit."""

import time

import msgspec

FEWEST = 16
"""A group is not made smaller than this, since each has pages and a wait of its own."""


class Pace(msgspec.Struct):
    """Decides between one group of all calls in hand, and two groups that take turns.

    PERF: the clients of a group wait until the disk has it. Where that takes less time than running
    half of the calls in hand, two groups take turns: while the disk takes one, the loop sends the
    answers of the other and reads what its clients ask next. With a slower disk all calls share a
    commit, since each commit waits for the disk once.

    Attributes:
        run_seconds: How long one call of the last group took to run.
        disk_seconds: How long commits took lately; the last one counts a quarter, since a disk that
            others use is quick at times.
    """

    run_seconds: float = 0.0
    disk_seconds: float = 0.0
    _since: float = 0.0

    def begin(self) -> None:
        """Note that a group begins to run."""
        self._since = time.monotonic()

    def commit(self, calls: int) -> None:
        """Note that a group of so many calls has run, and that its commit begins."""
        now = time.monotonic()
        self.run_seconds, self._since = (now - self._since) / calls, now

    def done(self) -> None:
        """Note that the disk has the group."""
        took = time.monotonic() - self._since
        self.disk_seconds += (took - self.disk_seconds) / 4

    def share(self, waiting: int, answered: int) -> int:
        """Return how many calls the next group may take.

        Args:
            waiting: The calls that wait.
            answered: The calls whose answers go out meanwhile; their clients may ask again.
        """
        half = (waiting + answered + 1) // 2
        if self.disk_seconds >= half * self.run_seconds:
            return waiting
        return max(FEWEST, half)
