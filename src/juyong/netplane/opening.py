"""Trees that are being opened, by a few threads of their own."""

import threading
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor

from juyong.blobs.blocks import DamagedBlob
from juyong.netplane.packing import BadTree
from juyong.netplane.trees import GivenUp, TreeName
from juyong.store.errors import Unavailable

_AT_ONCE = 4
GoOn = Callable[[], bool]
Work = Callable[[GoOn], None]


class _Opening:
    def __init__(self) -> None:
        self.unwanted = self.done = False
        self.failure = ""


class Openings:
    """Trees on their way; all methods but the work itself are called by one thread at a time.

    knock: Called by any thread when a tree is there, or cannot be opened.
    """

    def __init__(self, knock: Callable[[], None]) -> None:
        self._knock = knock
        self._changing = threading.Condition()
        self._known: dict[TreeName, _Opening] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._fresh: list[_Opening] = []
        self._has_more = False

    @property
    def wanted(self) -> AbstractSet[TreeName]:
        """The trees that are on their way, or just came."""
        return self._known.keys()

    def begin(self, name: TreeName, work: Work) -> None:
        """Have a tree opened, unless that is under way."""
        with self._changing:
            if name in self._known and not self._known[name].done:
                return
            one = self._known[name] = _Opening()
            self._fresh.append(one)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="netplane-disk")
        self._pool.submit(self._open, one, work)

    def failure(self, name: TreeName) -> str:
        """Return why a tree could not be opened, once; empty where that did not happen."""
        with self._changing:
            one = self._known.get(name)
            if one is None or not one.failure:
                return ""
            del self._known[name]
        return one.failure

    def keep(self, wanted: AbstractSet[TreeName], there: AbstractSet[TreeName]) -> None:
        """Give up what is no longer wanted, and forget the trees that were found to be there."""
        with self._changing:
            for name, one in list(self._known.items()):
                one.unwanted = name not in wanted
                if one.done and (one.unwanted or name in there):
                    del self._known[name]

    def wait(self, seconds: float) -> bool:
        """Wait for what was begun since the last call; tells whether something came."""
        with self._changing:
            fresh, self._fresh = self._fresh, []
            self._changing.wait_for(lambda: all(one.done for one in fresh), seconds)
            return self._has_more

    def look(self) -> None:
        """Begin to look at what came: `has_more` tells of what comes from now on."""
        with self._changing:
            self._has_more = False

    def has_more(self) -> bool:
        """Tell whether a tree came, or failed to, since the last call of `look`."""
        with self._changing:
            return self._has_more

    def end(self) -> None:
        """Give up everything; returns once no work goes on."""
        with self._changing:
            for one in self._known.values():
                one.unwanted = True
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)
        self._known.clear()

    def _open(self, one: _Opening, work: Work) -> None:
        failure = "the thread ended"
        try:
            work(lambda: not one.unwanted)
            failure = ""
        except GivenUp:
            failure = ""
        except (OSError, BadTree, DamagedBlob, Unavailable, ValueError) as refused:
            failure = str(refused)
        finally:
            with self._changing:
                one.done, one.failure, self._has_more = True, failure, True
                self._changing.notify_all()
            self._knock()
