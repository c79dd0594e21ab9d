"""Keep answers from outside for a few minutes, and ask once for many that want the same."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from juyong.api.context import Fetched, FetchRefused

GOOD_SECONDS = 300.0
BAD_SECONDS = 10.0
"""How long a failure stands, and how young a good answer passes for fresh: strangers can make the
platform ask a provider, but not more often than this."""

_KEPT = 128
_OK = 200


class _Slot:
    __slots__ = ("answer", "asked_at", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.answer: Fetched | OSError | None = None
        self.asked_at = 0.0


class RememberingFetch:
    """Wraps a fetch; memory holds at most 128 URLs, and the oldest go first."""

    def __init__(
        self, fetch: Callable[[str], Fetched], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, url: str, *, fresh: bool = False) -> Fetched:
        """GET url, or return an answer that is young enough.

        Raises:
            FetchRefused: the URL is not asked.
            OSError: the URL cannot be read, or could not be read a moment ago.
        """
        slot = self._slot(url)
        with slot.lock:
            if slot.answer is None or self._clock() - slot.asked_at >= _patience(slot, fresh):
                slot.answer = self._ask(url)
                slot.asked_at = self._clock()
            answer = slot.answer
        if isinstance(answer, OSError):
            raise type(answer)(*answer.args)  # one of its own for each call
        return answer

    def _slot(self, url: str) -> _Slot:
        with self._lock:
            slot = self._slots.pop(url, None) or _Slot()
            self._slots[url] = slot
            if len(self._slots) > _KEPT:
                self._slots.popitem(last=False)
            return slot

    def _ask(self, url: str) -> Fetched | OSError:
        try:
            return self._fetch(url)
        except FetchRefused as failure:
            return FetchRefused(str(failure))
        except OSError as failure:
            return OSError(str(failure))


def _patience(slot: _Slot, fresh: bool) -> float:
    good = isinstance(slot.answer, Fetched) and slot.answer.status == _OK
    return BAD_SECONDS if fresh or not good else GOOD_SECONDS
