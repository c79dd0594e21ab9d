"""Alerts as calls send them: read as a rule that can be judged, or refused."""

import msgspec

from juyong.api.errors import ApiError
from juyong.engines.alerting.judging import judge
from juyong.services.sls.alerts.rule import read_rule
from juyong.services.sls.alerts.templates import filled

_FIRST = b"""{"name":"a","displayName":"A","schedule":{"type":"FixedRate","interval":"1m"},
"configuration":{"version":"2.0","queryList":[{"store":"s","query":"*","start":"-5m"},
{"store":"t","query":"a","start":"-1h","timeSpanType":"Truncated"}],
"joinConfigurations":[{"type":"inner_join","condition":"$0.a == $1.a"}],
"severityConfigurations":[{"severity":8,
"evalCondition":{"condition":"n > 1","countCondition":"__count__ > 0"}}],
"threshold":2,"noDataFire":true,"groupConfiguration":{"type":"custom","fields":["a"]},
"labels":[{"key":"k","value":"v"}]}}"""
_OLD = b"""{"name":"a","displayName":"A","schedule":{"type":"Daily","hour":3},
"configuration":{"condition":"n > 0",
"queryList":[{"logStore":"s","query":"* | select 1","start":"-120s","end":"now"}],
"notificationList":[{"type":"Webhook","serviceUri":"x"}],"throttling":"5m"}}"""
_SHIPPED = b"""{"name":"a","configuration":{"type":"tpl","templateConfiguration":
{"id":"juyong.actiontrail.root-used","tokens":{"logstore":"s"}}}}"""
SEEDS: list[bytes] = [_FIRST, _OLD, _SHIPPED]


def target(data: bytes) -> None:
    """Read an alert; judge a few rows by what it says."""
    try:
        document = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(document, dict):
        return
    try:
        rule = read_rule(filled(document, "project"), "project")
    except ApiError:
        return
    assert rule.schedule.next_after(1_767_225_600) > 1_767_225_600
    for query in rule.queries:
        begin, end = query.window(1_767_225_600)
        assert begin <= end
    judge(rule.terms, [[{"a": "1", "n": "5"}]] * len(rule.queries))
