"""LogGroups: refused, or measured as their logs are when they are read one by one.

The native core, where there is one, says the same or nothing.
"""

from juyong.engines.logsearch.log import Log
from juyong.logs.loggroup import (
    BadLogGroup,
    group_of,
    logs_of,
    measure_in_python,
    measure_natively,
)

_LOG = Log(
    time=1_700_000_000,
    time_ns=9,
    topic="t",
    source="s",
    tags=(("k", "v"),),
    contents=(("key", "value"), ("行", "\n行" * 60)),
)
SEEDS: list[bytes] = [
    b"",
    group_of([_LOG]),
    group_of([_LOG, _LOG]),
    group_of([_LOG]) + b"\x0a\x08\x08\x01\x12\x02\x0a\x00\x20\x05",
    b"\x0a\x03\x20\xff\x01",
    b"\x8a\x00\x02\x08\x01",
    b"\x0a\x90\x01\x08\x01\x12\x8b\x01\x8a\x00\x81\x01" + b"k" * 129,
    b"\x1a\x01t\x32\x04\x0a\x02\xc3\x28",
]


def target(data: bytes) -> None:
    """Measure a group, and read it."""
    natively = measure_natively(data)
    try:
        found = measure_in_python(data)
    except BadLogGroup:
        assert natively is None
        return
    assert natively in {None, found}
    logs = list(logs_of(data))
    assert found.logs == len(logs)
    assert found.min_time == min((log.time for log in logs), default=0)
    assert found.max_time == max((log.time for log in logs), default=0)
    for log in logs:
        assert 0 < log.time < 2**32
        assert all(len(key.encode()) <= 128 for key, _ in (*log.contents, *log.tags))
    again = group_of(logs)
    assert list(logs_of(again)) == logs
