"""Scheduled SQL as calls send it: read as a plan whose windows lie before their ticks, or refused."""

from contextlib import suppress

import msgspec

from juyong.api.errors import ApiError
from juyong.services.sls.scheduled.plan import read_plan
from juyong.services.sls.scheduled.windows import BadMoment, moment_at

_FIRST = b"""{"name":"a","displayName":"A","type":"ScheduledSQL",
"schedule":{"type":"FixedRate","interval":"1m","delay":10,"timeZone":"+0800"},
"configuration":{"sourceLogstore":"s","destProject":"p","destLogstore":"d",
"script":"* | SELECT a, count(*) AS n GROUP BY a LIMIT 5","sqlType":"searchQuery",
"roleArn":"acs:ram::1:role/r","fromTimeExpr":"@h - 15m","toTimeExpr":"@m","fromTime":1700000000,
"maxRetries":5,"maxRunTimeInSeconds":600,"dataFormat":"log2log","parameters":{}}}"""
SEEDS: list[bytes] = [_FIRST, _FIRST.replace(b"FixedRate", b"Daily"), b"@m-1m", b"+2h@d -30 s"]
_TICK = 1_700_000_130


def target(data: bytes) -> None:
    """Read an expression and a document, and find the window of a tick."""
    with suppress(BadMoment):
        moment_at(data.decode("utf-8", "replace"), _TICK, 3600)
    try:
        document = msgspec.json.decode(data, type=dict)
    except (ValueError, RecursionError):
        return
    try:
        plan = read_plan(document)
    except ApiError:
        return
    begin, end = plan.window(1_700_000_000)
    assert begin < end <= 1_700_000_000
    assert plan.schedule.next_after(_TICK) > _TICK
