"""What the tests of CloudMonitor have in common: a minute of the job, and parts of calls."""

import json
from typing import Any

from tests.local import Caller

from juyong.api.bench import Bench
from juyong.services.cms.jobs import minute

CONDITION = {
    "Statistics": "Sum",
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "Threshold": "10",
    "Times": 1,
}
HOOK = "https://hooks.example.com/t0ken"


def work(call: Caller) -> None:
    """Do what the job does."""
    running = call.local.running
    pipeline = running.pipeline
    minute(Bench(call=running.store.call, clock=pipeline.clock, platform=pipeline.platform))


def to_next_minute(call: Caller, minutes: int = 1, seconds: int = 25) -> int:
    """Move the clock to some seconds after the end of a minute; return that end."""
    clock = call.local.clock
    end = (clock() // 60 + minutes) * 60
    clock.offset += end + seconds - clock()
    return end


def bring(call: Caller, value: float, name: str = "load", **dimensions: str) -> None:
    call(
        "Cms",
        "PutCustomMetric",
        MetricList=[
            {
                "MetricName": name,
                "Dimensions": json.dumps(dimensions or {"host": "a"}),
                "Type": "0",
                "Values": json.dumps({"value": value}),
                "GroupId": "0",
            }
        ],
    )


def space(call: Caller) -> str:
    return f"acs_customMetric_{call.account.account_id}"


def points(answer: dict[str, Any]) -> list[dict[str, Any]]:
    assert (answer["Code"], answer.get("Success", True)) == ("200", True)
    found: list[dict[str, Any]] = json.loads(answer["Datapoints"])
    return found


def group(call: Caller, name: str = "ops", **channels: str) -> None:
    """Make a contact in a group of the same name."""
    call(
        "Cms", "PutContact", ContactName=name, Describe="d", Channels=channels or {"Mail": "a@b.cn"}
    )
    call("Cms", "PutContactGroup", ContactGroupName=name, ContactNames=[name])


def rule(call: Caller, rule_id: str = "r", **members: Any) -> dict[str, Any]:
    """Put a rule on the custom metric `load`, or with other members."""
    given = {
        "RuleName": "busy",
        "Namespace": space(call),
        "MetricName": "load",
        "Resources": '[{"resource":"_ALL"}]',
        "ContactGroups": "ops",
        "Escalations": {"Critical": CONDITION},
        **members,
    }
    return call("Cms", "PutResourceMetricRule", RuleId=rule_id, **given)


def state(call: Caller, rule_id: str = "r") -> str:
    (found,) = call("Cms", "DescribeMetricRuleList", RuleIds=rule_id)["Alarms"]["Alarm"]
    return str(found["AlertState"])


def alerts(call: Caller, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call("Cms", "DescribeAlertLogList", **asked)["AlertLogList"]
    return found
