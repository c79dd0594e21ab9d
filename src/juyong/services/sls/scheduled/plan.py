"""Read a scheduled SQL: what is asked of which windows, and where the rows go.

Source: SLS API reference, ScheduledSQL, ScheduledSQLConfiguration (documented); that the log SDKs
send null for members that are not set (observed). Assumed: without LIMIT all rows of a result are
written, up to the most that SQL answers.
"""

import re
from typing import Any, Final

import msgspec

from juyong.api.errors import NotSupported
from juyong.engines.alerting.schedule import BadSchedule, Schedule, read_schedule
from juyong.engines.alerting.schedule import Sent as SentSchedule
from juyong.engines.logsearch import LogSearchError
from juyong.engines.logsearch import parse as parse_query
from juyong.services.sls.errors import BadArgument
from juyong.services.sls.scheduled.windows import BadMoment, moment_at

TYPE: Final = "ScheduledSQL"
NO_METRICS: Final = "rows become logs; there are no metrics"
NO_PARAMETERS: Final = "rows become logs as they are"
_EARLIEST: Final = 1_451_577_600
"""The official SDKs send no earlier `fromTime`."""
_MOST_LIMIT: Final = 1_000_000
_LONGEST_WINDOW: Final = 86_400
_SOME_TICK: Final = 1_700_000_000
_LIMITED = re.compile(r"\blimit\s+\d+(\s*,\s*\d+)?(\s+offset\s+\d+)?\s*$", re.IGNORECASE | re.ASCII)


class _Configuration(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    source_logstore: str
    dest_project: str
    dest_logstore: str
    dest_endpoint: str = ""
    script: str
    sql_type: str = "standard"
    resource_pool: str = "default"
    role_arn: str
    dest_role_arn: str = ""
    from_time_expr: str
    to_time_expr: str
    max_run_time_in_seconds: int = 900
    max_retries: int = 5
    from_time: int = 0
    to_time: int = 0
    data_format: str = "log2log"
    parameters: dict[str, Any] = {}


class _Job(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    display_name: str
    description: str = ""
    schedule: SentSchedule
    configuration: _Configuration
    type: str = TYPE


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A scheduled SQL that was read.

    role, dest_role: ARNs of the roles that read and write. endpoint: The host of the destination,
    empty for that of the source. from_time, to_time: Ticks lie from the one on and not behind the
    other; 0 for none. most_seconds, most_retries: How long a window is tried, and how often again.
    """

    display_name: str
    description: str
    schedule: Schedule
    begins_now: bool
    source: str
    project: str
    store: str
    endpoint: str
    role: str
    dest_role: str
    script: str
    begin: str
    end: str
    from_time: int
    to_time: int
    most_seconds: int
    most_retries: int

    def window(self, tick: int) -> tuple[int, int]:
        """Return the window of a tick: its first second, and the one behind its last."""
        offset = self.schedule.offset_s
        return moment_at(self.begin, tick, offset), moment_at(self.end, tick, offset)

    def is_over(self, tick: int) -> bool:
        """Tell whether a tick lies behind the last one."""
        return bool(self.to_time) and tick > self.to_time


def read_plan(document: dict[str, Any]) -> Plan:
    """Read a scheduled SQL.

    Raises:
        BadArgument: it is none. NotSupported: it asks for what is not served.
    """
    try:
        job = msgspec.convert(_without_nulls(document), _Job, strict=False)
    except msgspec.ValidationError as bad:
        raise BadArgument(why=f"the scheduled SQL is invalid: {bad}") from None
    given = job.configuration
    _refuse_unserved(job)
    _check_bounds(given)
    try:
        schedule = read_schedule(job.schedule)
    except BadSchedule as bad:
        raise BadArgument(why=f"{bad}.") from None
    plan = Plan(
        display_name=job.display_name,
        description=job.description,
        schedule=schedule,
        begins_now=job.schedule.run_immediately,
        source=given.source_logstore,
        project=given.dest_project,
        store=given.dest_logstore,
        endpoint=given.dest_endpoint,
        role=given.role_arn,
        dest_role=given.dest_role_arn or given.role_arn,
        script=_script(given.script),
        begin=given.from_time_expr,
        end=given.to_time_expr,
        from_time=given.from_time,
        to_time=given.to_time,
        most_seconds=given.max_run_time_in_seconds,
        most_retries=given.max_retries,
    )
    _check_window(plan)
    return plan


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return value


def _refuse_unserved(job: _Job) -> None:
    given = job.configuration
    if job.type != TYPE:
        raise BadArgument(why=f"type is {TYPE}.")
    if given.data_format != "log2log":
        if given.data_format not in ("log2metric", "metric2metric"):
            raise BadArgument(why="dataFormat is log2log, log2metric or metric2metric.")
        raise NotSupported(name="dataFormat", reason=NO_METRICS)
    if given.parameters:
        raise NotSupported(name="parameters", reason=NO_PARAMETERS)


def _check_bounds(given: _Configuration) -> None:
    if given.sql_type not in ("standard", "searchQuery"):
        raise BadArgument(why="sqlType is standard or searchQuery.")
    if given.resource_pool not in ("default", "enhanced"):
        raise BadArgument(why="resourcePool is default or enhanced.")
    if not 60 <= given.max_run_time_in_seconds <= 1800:  # noqa: PLR2004  # as documented
        raise BadArgument(why="maxRunTimeInSeconds is 60 to 1800.")
    if not 1 <= given.max_retries <= 100:  # noqa: PLR2004  # as documented
        raise BadArgument(why="maxRetries is 1 to 100.")
    if given.from_time and given.from_time < _EARLIEST:
        raise BadArgument(why=f"fromTime is 0, or at least {_EARLIEST}.")
    if given.to_time and given.to_time <= given.from_time:
        raise BadArgument(why="toTime is 0, or behind fromTime.")


def _check_window(plan: Plan) -> None:
    try:
        begin, end = plan.window(_SOME_TICK)
    except BadMoment:
        raise BadArgument(why="fromTimeExpr and toTimeExpr are such as @m-1m and @m.") from None
    if not 0 < end - begin <= _LONGEST_WINDOW or end > _SOME_TICK:
        raise BadArgument(why="a window is a second to a day long, and ends by its tick.")


def _script(text: str) -> str:
    """Return a query whose SQL answers all rows, unless the text says how many."""
    try:
        query = parse_query(text)
    except LogSearchError as bad:
        raise BadArgument(why=f"script is invalid: {bad}") from None
    if query.sql is None:
        raise BadArgument(why="script has no SQL behind `|`.")
    return text if _LIMITED.search(text) else f"{text}\nLIMIT {_MOST_LIMIT}"
