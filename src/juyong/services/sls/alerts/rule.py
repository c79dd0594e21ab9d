"""Read an alert: what it asks, when it rings, and who is told.

Source: SLS API reference, CreateAlert, and user guide, alerting rules (documented). Assumed: alarms
that still ring are told again every 5 minutes where no interval is given.
"""

import re
from typing import Any, Final

import msgspec

from juyong.api.errors import NotSupported
from juyong.engines.alerting.expression import BadExpression, Expression, parse
from juyong.engines.alerting.judging import GROUPS, JOINS, MOST_LABELS, Join, Level, Terms
from juyong.engines.alerting.schedule import BadSchedule, Schedule, read_interval, read_schedule
from juyong.engines.logsearch import LogSearchError
from juyong.engines.logsearch import parse as parse_query
from juyong.services.sls.alerts import sent
from juyong.services.sls.errors import BadArgument
from juyong.services.sls.refusals import ONLY_ALERTS

_SEVERITIES: Final = (2, 4, 6, 8, 10)
_USUAL_SEVERITY: Final = 6
_MOST_QUERIES: Final = 3
_MOST_THRESHOLD: Final = 100
_LONGEST_WINDOW: Final = 86_400
_USUAL_REPEAT: Final = 300
_SPANS: Final = ("Relative", "Truncated", "Custom")
_MOMENT = re.compile(r"-?(\d{1,6})([smhd])", re.ASCII)
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
OWN_ACCOUNT: Final = "queries are asked in the name of the account, and no role is assumed"
NO_STORE: Final = "alerts ask logstores; there are no metrics"
NO_SINK: Final = "alarms go to the history of the project and to who is told, and nowhere else"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One query: of the logs from `back_s` to `until_s` seconds before a tick.

    unit_s: What both ends are cut to; 1 for none.
    """

    project: str
    region: str
    store: str
    text: str
    back_s: int
    until_s: int
    unit_s: int = 1

    def window(self, tick: int) -> tuple[int, int]:
        """Return the window before a tick: its first second, and the one behind its last."""
        begin, end = tick - self.back_s, tick - self.until_s
        return begin - begin % self.unit_s, end - end % self.unit_s


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that was read.

    threshold: Ticks in a row before it rings. repeat_s: From telling of an alarm to telling again.
    muted_until: Unix seconds, until which nothing is told. told: Who is told, in version 1.
    """

    display_name: str
    schedule: Schedule
    begins_now: bool
    queries: tuple[Query, ...]
    terms: Terms
    threshold: int
    send_resolved: bool
    muted_until: int
    repeat_s: int
    labels: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
    action_policy: str
    told: tuple[sent.SentNotification, ...] = ()


def read_rule(document: dict[str, Any], project: str) -> Rule:
    """Read an alert of a project.

    Raises:
        BadArgument: it is none. NotSupported: it asks for what is not served.
    """
    try:
        alert = msgspec.convert(document, sent.SentAlert, strict=False)
    except msgspec.ValidationError as bad:
        raise BadArgument(why=f"the alert is invalid: {bad}") from None
    given = alert.configuration
    try:
        schedule = read_schedule(alert.schedule)
        return _rule(alert, given, schedule, project)
    except (BadExpression, BadSchedule) as bad:
        raise BadArgument(why=f"{bad}.") from None


def _rule(
    alert: sent.SentAlert, given: sent.Configuration, schedule: Schedule, project: str
) -> Rule:
    _refuse_unserved(alert, given)
    # `2.0` as documented, `2` as the examples of Terraform have it.
    is_old = not given.version.startswith("2")
    policy = given.policy_configuration or sent.SentPolicy()
    repeat = (given.throttling if is_old else policy.repeat_interval) or ""
    threshold = (given.notify_threshold if is_old else given.threshold) or 1
    if not 1 <= threshold <= _MOST_THRESHOLD:
        raise BadArgument(why=f"threshold is 1 to {_MOST_THRESHOLD}.")
    queries = tuple(_query(each, project) for each in given.query_list)
    if not 1 <= len(queries) <= _MOST_QUERIES:
        raise BadArgument(why=f"queryList has 1 to {_MOST_QUERIES} queries.")
    return Rule(
        display_name=alert.display_name,
        schedule=schedule,
        begins_now=alert.schedule.run_immediately,
        queries=queries,
        terms=_terms(given, len(queries), is_old=is_old),
        threshold=threshold,
        send_resolved=given.send_resolved,
        muted_until=given.mute_until or 0,
        repeat_s=read_interval(repeat) if repeat else _USUAL_REPEAT,
        labels=_pairs("labels", given.labels),
        annotations=_pairs("annotations", given.annotations),
        action_policy=policy.action_policy_id,
        told=tuple(given.notification_list or ()) if is_old else (),
    )


def _refuse_unserved(alert: sent.SentAlert, given: sent.Configuration) -> None:
    if alert.type != "Alert":
        raise NotSupported(name="type", reason=ONLY_ALERTS)
    for name, sink in (("sinkEventStore", given.sink_event_store), ("sinkCms", given.sink_cms)):
        if sink is not None and sink.enabled:
            raise NotSupported(name=name, reason=NO_SINK)
    for query in given.query_list:
        if query.store_type not in ("", "log"):
            raise NotSupported(name="storeType", reason=NO_STORE)
        if query.role_arn:
            raise NotSupported(name="roleArn", reason=OWN_ACCOUNT)


def _query(given: sent.SentQuery, project: str) -> Query:
    store = given.store or given.log_store
    if not store:
        raise BadArgument(why="a query names no store.")
    if given.time_span_type not in _SPANS:
        raise BadArgument(why=f"timeSpanType is one of {', '.join(_SPANS)}.")
    (back, unit), (until, _) = _moment(given.start), _moment(given.end)
    if not 0 < back - until <= _LONGEST_WINDOW:
        raise BadArgument(why="the window of a query is from a second to a day long.")
    try:
        parse_query(given.query)
    except LogSearchError as bad:
        raise BadArgument(why=f"the query is invalid: {bad}") from None
    return Query(
        project=given.project or project,
        region=given.region,
        store=store,
        text=given.query,
        back_s=back,
        until_s=until,
        unit_s=unit if given.time_span_type == "Truncated" else 1,
    )


def _moment(text: str) -> tuple[int, int]:
    """Return how many seconds before a tick `-15m` or `now` is, and its unit."""
    if text == "now":
        return 0, 1
    shape = _MOMENT.fullmatch(text)
    if shape is None:
        raise BadArgument(why="the window of a query is from such as -15m to now.")
    unit = _UNITS[shape[2]]
    return int(shape[1]) * unit, unit


def _terms(given: sent.Configuration, queries: int, *, is_old: bool) -> Terms:
    joins = tuple(_join(each) for each in given.join_configurations or ())
    if len(joins) > max(queries - 1, 1) or (queries > 1 and joins and len(joins) < queries - 1):
        raise BadArgument(why="joinConfigurations has one join for each query but the first.")
    group = given.group_configuration or sent.SentGroup()
    fields = tuple(group.fields or ())
    if len(fields) > MOST_LABELS:
        raise BadArgument(why=f"groupConfiguration has more than {MOST_LABELS} fields.")
    if group.type not in GROUPS or (group.type == "custom") != bool(fields):
        raise BadArgument(why=f"groupConfiguration has a type of {', '.join(GROUPS)}, and fields.")
    if given.no_data_fire and given.no_data_severity not in _SEVERITIES:
        raise BadArgument(why="noDataSeverity is 2, 4, 6, 8 or 10.")
    return Terms(
        joins=joins,
        group=group.type,
        fields=fields,
        levels=_levels(given, is_old=is_old),
        no_data=given.no_data_severity if given.no_data_fire else 0,
    )


def _join(given: sent.SentJoin) -> Join:
    if given.type not in JOINS:
        raise BadArgument(why=f"a join is one of {', '.join(JOINS)}.")
    return Join(given.type, _condition(given.condition))


def _levels(given: sent.Configuration, *, is_old: bool) -> tuple[Level, ...]:
    if is_old:
        return (Level(severity=_USUAL_SEVERITY, condition=_condition(given.condition)),)
    whole = given.condition_configuration or sent.Condition()
    levels = given.severity_configurations or [sent.SentLevel(severity=_USUAL_SEVERITY)]
    found = []
    for each in levels:
        if each.severity not in _SEVERITIES:
            raise BadArgument(why="severity is 2, 4, 6, 8 or 10.")
        own = each.eval_condition or sent.Condition()
        found.append(
            Level(
                severity=each.severity,
                condition=_condition(own.condition or whole.condition),
                count=_condition(own.count_condition or whole.count_condition),
            )
        )
    return tuple(found)


def _condition(text: str | None) -> Expression | None:
    return parse(text) if text and text.strip() else None


def _pairs(name: str, given: list[sent.Pair] | None) -> tuple[tuple[str, str], ...]:
    if len(given or ()) > MOST_LABELS:
        raise BadArgument(why=f"{name} has more than {MOST_LABELS}.")
    return tuple((each.key, each.value) for each in given or ())
