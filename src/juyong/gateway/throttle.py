"""Published call rates, kept as token buckets in this process.

Several gateways on one database each allow the full rate: the limit protects this process and
counts nothing for bills. When there are too many buckets, the oldest are forgotten, so that some
calls more are allowed.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_KEPT = 20_000


class Throttle:
    """Token buckets by any key, each holding one second's worth of calls."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changing = threading.Lock()
        self._buckets: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def allows(self, key: object, per_second: float, burst: float | None = None) -> bool:
        """Take one call's worth from the bucket; False when it is empty."""
        full = burst if burst is not None else per_second
        now = self._clock()
        with self._changing:
            level, at = self._buckets.get(key, (full, now))
            level = min(full, level + (now - at) * per_second)
            allowed = level >= 1
            self._buckets[key] = (level - 1 if allowed else level, now)
            self._buckets.move_to_end(key)
            if len(self._buckets) > _KEPT:
                self._buckets.popitem(last=False)
        return allowed
