"""Rules on figures that products tell of what an account has."""

from tests.conformance.cms.watching import alerts, group, rule, state, to_next_minute, work
from tests.local import refused

from juyong.services.oss.product import STORAGE

STORED = {"Namespace": "acs_oss_dashboard", "MetricName": STORAGE.name}
FULL = {
    "Critical": {
        "Statistics": "Maximum",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": "10",
        "Times": 1,
    }
}


def tell(call, value, bucket="b"):
    call.local.running.pipeline.platform.usage.measure(
        "Oss", STORAGE, call.account.account_id, bucket, value=value, at=call.local.clock()
    )


def to_next_hour(call):
    to_next_minute(call, minutes=60 - call.local.clock() // 60 % 60)


def test_a_rule_on_a_state_is_judged_by_the_hour(call):
    group(call)
    rule(call, Escalations=FULL, **STORED)
    (shown,) = call("Cms", "DescribeMetricRuleList")["Alarms"]["Alarm"]
    assert shown["Period"] == "3600"
    to_next_hour(call)
    work(call)
    for value, expected in ((11, "ALARM"), (10, "OK")):
        tell(call, 1)
        tell(call, value)
        to_next_hour(call)
        work(call)
        assert state(call) == expected
    assert [each["InstanceName"] for each in alerts(call)] == ["", ""]


def test_a_rule_asks_for_no_shorter_period(call):
    group(call)
    with refused("ParameterInvalid", 400):
        rule(call, Escalations=FULL, Period="900", **STORED)
