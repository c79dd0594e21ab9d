"""How long a stop waits for a thread: as long as the thread's work goes on."""

import threading
from collections.abc import Callable


def await_end(thread: threading.Thread, seconds: float, progress: Callable[[], int]) -> bool:
    """Wait for the end of a thread, and give up after so many seconds without progress.

    Args:
        progress: Returns a number that changes while the thread's work goes on.

    Returns:
        False if the thread still runs.
    """
    before = progress()
    thread.join(seconds)
    while thread.is_alive() and progress() != before:
        before = progress()
        thread.join(seconds)
    return not thread.is_alive()
