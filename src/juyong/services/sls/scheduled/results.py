"""The rows of a result as logs of the destination.

Source: SLS user guide, Scheduled SQL (documented): each row is a log, and each column a key.
Assumed: a column `__time__` of whole seconds is the time of a log; without one the window's begin.
"""

from collections.abc import Callable, Iterator
from typing import Final

from juyong.engines.logsearch.log import Log
from juyong.engines.logsearch.port import Table
from juyong.logs.batches import Arrived

_TIME: Final = "__time__"
_MOST_LOGS: Final = 10_000
_MOST_SIZE: Final = 4 * 1024 * 1024
"""The extent of a group; a longer row is a group for itself."""
_LAST: Final = 2**32 - 1
_DIGITS: Final = 10


def kept_rows(table: Table, begin: int, keep: Callable[[list[Log]], Arrived]) -> Iterator[Arrived]:
    """Make the rows of a result durable, group by group; raises as `keep`."""
    some: list[Log] = []
    size = 0
    for row in table.rows:
        length = sum(map(len, row))
        if some and (len(some) == _MOST_LOGS or size + length > _MOST_SIZE):
            yield keep(some)
            some, size = [], 0
        some.append(_log(table.names, row, begin))
        size += length
    if some:
        yield keep(some)


def _log(names: tuple[str, ...], row: tuple[str, ...], begin: int) -> Log:
    contents = tuple((name, value) for name, value in zip(names, row, strict=True) if name != _TIME)
    time = row[names.index(_TIME)] if _TIME in names else ""
    is_second = time.isascii() and time.isdigit() and len(time) <= _DIGITS and int(time) <= _LAST
    return Log(time=int(time) if is_second else begin, contents=contents)
