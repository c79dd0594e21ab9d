"""The texts that callers of CloudMonitor send: read, or no reading."""

from juyong.base.clock import Instant
from juyong.services.cms import texts
from juyong.services.cms.rules.hours import effective, span

SEEDS = [
    b'[{"instanceId":"i-1"},{"instanceId":"i-2"}]',
    b'[{"resource":"_ALL"}]',
    b'{"value":10.5}',
    b'{"Sum":1,"Maximum":1,"Minimum":1,"SampleCount":1}',
    b'{"groupby":["userId","apiName"]}',
    b'[{"name":"metricCategory","value":"kms"}]',
    b"20231115T061320.000+0800",
    b"2023-11-14 22:13:20",
    b"1700000000000",
    b"23:00-07:59",
    b"1e5",
]
READERS = (
    *(texts.dimensions, texts.resources, texts.group_by, texts.labels),
    *(texts.values, texts.number, texts.moment, span),
)


def target(data: bytes) -> None:
    """Read by each reader; what is read is in bounds, and is read the same again."""
    text = data.decode("utf-8", "surrogateescape")
    for read in READERS:
        try:
            found = read(text)
        except ValueError:
            continue
        assert found == read(text)
        if read is texts.dimensions:
            assert texts.dimensions(texts.named(found)) == found
        elif read is texts.moment:
            assert found >= 0
        elif read is span:
            assert effective(text, "", Instant(0)) is not effective("", text, Instant(0))
