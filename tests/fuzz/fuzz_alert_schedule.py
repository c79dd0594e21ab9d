"""Schedules of alerts: what is read has a next tick, which lies ahead."""

import msgspec

from juyong.engines.alerting.schedule import BadSchedule, Sent, read_schedule

SEEDS: list[bytes] = [
    b'{"type":"FixedRate","interval":"60s"}',
    b'{"type":"Cron","cronExpression":"*/5 1-3,7 * * 0","timeZone":"+0800"}',
    b'{"type":"Weekly","dayOfWeek":3,"hour":4,"delay":10}',
    b'{"type":"Cron","cronExpression":"0 0 29 2 *"}',
]


def target(data: bytes) -> None:
    """Read a schedule, and ask for ticks."""
    try:
        schedule = read_schedule(msgspec.json.decode(data, type=Sent))
    except (BadSchedule, msgspec.MsgspecError, ValueError):
        return
    at = 1_767_225_600
    for _ in range(3):
        following = schedule.next_after(at)
        assert following > at
        at = following
