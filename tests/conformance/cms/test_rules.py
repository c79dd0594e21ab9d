"""Rules, judged minute by minute on a clock that the tests move."""

import json

import pytest
from tests.conformance.cms.watching import (
    CONDITION,
    HOOK,
    alerts,
    bring,
    group,
    rule,
    space,
    state,
    to_next_minute,
    work,
)
from tests.local import refused
from tests.platforms import quotas

from juyong.notices import states
from juyong.notices.tables import NoticeRow
from juyong.services.cms.tables import AlarmRow, ContactRow, PointRow, RuleDueRow


@pytest.fixture
def watched(call):
    """A caller with a contact group and the custom metric `load`."""
    to_next_minute(call)
    group(call)
    bring(call, 0)
    return call


def confirm(call, name="ops"):
    def change(tx):
        tx.update(tx.get(ContactRow, call.account.account_id, name), mail_confirmed=True)

    call.local.running.store.call(change)


def minute(call, value=None, seconds=25):
    """Bring a value and let its minute end; the job then judges the minute."""
    if value is not None:
        bring(call, value)
    end = to_next_minute(call, seconds=seconds)
    work(call)
    return end


def sent(call):
    """Return channel and message of each notice, in the order of their occasions."""
    rows = call.local.running.store.call(
        lambda tx: tx.find(NoticeRow, order=("key",), account_id=call.account.account_id)
    )
    return [(row.channel, json.loads(row.message.reveal())) for row in rows]


def test_an_alert_rings_once_is_silent_rings_again_and_ends(watched):
    call = watched
    confirm(call)
    rule(call, Escalations={"Critical": {**CONDITION, "Times": 3}}, SilenceTime=240, Webhook=HOOK)
    assert state(call) == "INSUFFICIENT_DATA"
    seen = []
    for value in (10, 10, 9, 10, 10, 10, 11, 11, 11, 11, 0):
        minute(call, value)
        seen.append((state(call), len(sent(call))))
    assert seen == [
        *[("OK", 0)] * 5,
        *[("ALARM", 2)] * 4,
        ("ALARM", 4),
        ("OK", 6),
    ]
    first, again, over = reversed(alerts(call))
    assert (first["LevelChange"], first["Level"]) == ("OK->CRITICAL", "P4")
    assert (again["LevelChange"], over["LevelChange"]) == ("CRITICAL->CRITICAL", "CRITICAL->OK")
    assert first["ContactMailList"] == ["a@b.cn"]
    assert first["WebhookList"] == [{"url": "hooks.example.com", "code": "", "message": ""}]
    assert {each["SendStatus"] for each in (first, again, over)} == {"0"}
    mail = next(text for channel, text in sent(call) if channel == "mail")
    assert (mail["to"], mail["subject"]) == ("a@b.cn", "ALERT: busy (load)")
    assert "$Sum>=10" in mail["text"]
    hook = next(text for channel, text in sent(call) if channel == "webhook")
    assert hook["url"] == HOOK
    assert "alertState=ALERT" in hook["body"]
    assert "triggerLevel=CRITICAL" in hook["body"]
    assert "dimensions=%7BgroupId%3D0%2C+host%3Da%7D" in hook["body"]


def test_a_rule_is_judged_the_same_by_two_servers_and_after_a_kill(watched):
    call = watched
    rule(call, Webhook=HOOK)
    bring(call, 10)
    to_next_minute(call)
    work(call)
    own = {"account_id": call.account.account_id}
    rows = [
        call.local.running.store.call(
            lambda tx: (tx.find(AlarmRow, **own), tx.find(RuleDueRow, **own))
        )
        for _ in (1, 2)
        if not work(call)
    ]
    assert rows[0] == rows[1]
    assert len(sent(call)) == 1
    key = next(
        row.key
        for row in call.local.running.store.call(lambda tx: tx.find(NoticeRow))
        if row.account_id == call.account.account_id
    )
    found = call.local.running.store.call(lambda tx: states(tx, call.account.account_id, key))
    assert [each.state for each in found] == ["waiting"]


def test_a_period_is_judged_only_when_late_samples_are_there(watched):
    call = watched
    rule(call)
    minute(call, 10, seconds=19)
    assert state(call) == "INSUFFICIENT_DATA"
    call.local.clock.offset += 2
    work(call)
    assert state(call) == "ALARM"


def test_levels_rise_and_fall_each_told_at_once(watched):
    call = watched
    levels = {"Info": "1", "Warn": "5", "Critical": "9"}
    rule(call, Escalations={k: {**CONDITION, "Threshold": v} for k, v in levels.items()})
    for value in (1, 9, 5, 0):
        minute(call, value)
    changes = [each["LevelChange"] for each in reversed(alerts(call))]
    assert changes == ["OK->INFO", "INFO->CRITICAL", "CRITICAL->WARN", "WARN->OK"]
    assert {each["SendStatus"] for each in alerts(call)} == {"4"}, "no address is confirmed"
    history = call("Cms", "DescribeAlertHistoryList", Ascending=False, PageSize=2)
    assert history["Total"] == "4"
    entries = history["AlarmHistoryList"]["AlarmHistory"]
    assert [(e["Level"], e["State"], e["Value"]) for e in entries] == [
        ("INFO", "ALARM", "1"),
        ("CRITICAL", "ALARM", "9"),
    ]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("KEEP_LAST_STATE", "ALARM"), ("INSUFFICIENT_DATA", "INSUFFICIENT_DATA"), ("OK", "OK")],
)
def test_without_data_the_policy_decides(watched, policy, expected):
    call = watched
    rule(call, NoDataPolicy=policy)
    minute(call, 10)
    minute(call)
    assert state(call) == expected
    assert len(alerts(call)) == (1 if policy == "KEEP_LAST_STATE" else 2)


def test_a_resource_that_never_had_data_is_told_of_by_its_state_alone(watched):
    call = watched
    rule(call, Resources='[{"host":"z"}]', NoDataPolicy="INSUFFICIENT_DATA")
    minute(call, 10)
    assert (state(call), alerts(call)) == ("INSUFFICIENT_DATA", [])


def test_outside_its_hours_a_rule_is_judged_and_rings_later(watched):
    call = watched
    clock = call.local.clock
    beijing = (clock() + 8 * 3600) // 60 % 1440
    later = (beijing + 3) % 1440
    hours = f"{later // 60:02}:{later % 60:02}-{(later + 60) % 1440 // 60:02}:{later % 60:02}"
    rule(call, EffectiveInterval=hours, Webhook=HOOK)
    minute(call, 10)
    assert (state(call), sent(call)) == ("ALARM", [])
    assert [each["SendStatus"] for each in alerts(call)] == ["1"]
    for _ in range(3):
        minute(call, 10)
    assert len(sent(call)) == 1
    assert [each["SendStatus"] for each in alerts(call)] == ["0", "1"]


def test_who_is_not_to_be_told_of_the_end_is_not(watched):
    call = watched
    rule(call, Webhook=HOOK, SendOK=False)
    minute(call, 10)
    minute(call, 0)
    assert [each["SendStatus"] for each in alerts(call)] == ["4", "0"]
    assert len(sent(call)) == 1


def test_each_resource_has_a_state_of_its_own(watched):
    call = watched
    rule(call, Resources='[{"host":"a"},{"host":"b"}]')
    for host, value in (("a", 10), ("b", 9), ("c", 99)):
        bring(call, value, host=host)
    minute(call)
    found = call("Cms", "DescribeAlertingMetricRuleResources", RuleId="r")
    (one,) = found["Resources"]["Resource"]
    assert (found["Total"], json.loads(one["Dimensions"])["host"]) == (1, "a")
    assert (one["Level"], one["Threshold"], one["Enable"]) == (2, "10", "true")
    assert one["Escalation"]["Resource"][0]["Expression"] == "$Sum>=10"
    asked = {"Dimensions": '{"host":"b"}'}
    found = call("Cms", "DescribeAlertingMetricRuleResources", **asked)
    assert found["Resources"]["Resource"] == []
    counts = call("Cms", "DescribeMetricRuleCount")["MetricRuleCount"]
    assert counts == {"Ok": 0, "Alarm": 1, "Nodata": 0, "Disable": 0, "Total": 1}


def test_denied_calls_ring_and_silence_means_none(call):
    to_next_minute(call)
    group(call)
    user = call.new_user("u")
    rule(
        call,
        Namespace="acs_ram",
        MetricName="DeniedCount",
        Resources=json.dumps([{"userId": call.account.account_id}]),
        Escalations={"Critical": {**CONDITION, "Threshold": "1"}},
    )
    with refused("NoPermission", 403):
        user("Ram", "CreateGroup", GroupName="h")
    minute(call)
    assert state(call) == "ALARM"
    minute(call)
    assert state(call) == "OK", "a minute without calls has none that were denied"


def test_after_a_long_pause_a_rule_goes_on_with_the_present(watched):
    call = watched
    rule(call)
    minute(call, 10)
    call.local.clock.offset += 86_400
    bring(call, 0)
    minute(call)
    assert state(call) == "OK"
    assert (
        call.local.running.store.call(
            lambda tx: tx.find(RuleDueRow, account_id=call.account.account_id)[0].due_at
        )
        > call.local.clock()
    )


def test_a_rule_is_replaced_listed_disabled_and_deleted(watched):
    call = watched
    rule(call, Labels=[{"Key": "team", "Value": "red"}], Webhook=HOOK, Period="300")
    rule(call, "s", RuleName="other")
    found = call("Cms", "DescribeMetricRuleList", RuleName="bus")
    (one,) = found["Alarms"]["Alarm"]
    assert (found["Total"], found["Code"]) == ("1", 200)
    assert (one["ContactGroups"], one["Webhook"], one["SendOK"]) == ("ops", HOOK, True)
    assert (one["Period"], one["EnableState"], one["SilenceTime"]) == ("300", True, 86_400)
    assert one["Labels"]["Labels"] == [{"Key": "team", "Value": "red"}]
    assert one["Escalations"] == {"Critical": CONDITION, "Warn": {}, "Info": {}}
    assert json.loads(one["Resources"]) == [{"resource": "_ALL"}]
    rule(call, RuleName="renamed")
    assert call("Cms", "DescribeMetricRuleList", RuleName="bus")["Alarms"]["Alarm"] == []
    minute(call, 10)
    assert state(call) == "ALARM"
    call("Cms", "DisableMetricRules", RuleId=["r"])
    asked = call("Cms", "DescribeMetricRuleList", EnableState=False)["Alarms"]["Alarm"]
    assert [(a["RuleId"], a["AlertState"]) for a in asked] == [("r", "INSUFFICIENT_DATA")]
    minute(call, 10)
    assert state(call) == "INSUFFICIENT_DATA"
    call("Cms", "EnableMetricRules", RuleId=["r"])
    minute(call, 10)
    asked = call("Cms", "DescribeMetricRuleList", AlertState="ALARM", PageSize=1, Page=2)
    assert (asked["Total"], [a["RuleId"] for a in asked["Alarms"]["Alarm"]]) == ("2", ["s"])
    assert call("Cms", "DescribeMetricRuleTargets", RuleId="r")["Targets"] == {"Target": []}
    call("Cms", "DeleteMetricRules", Id=["r", "s"])
    assert call("Cms", "DescribeMetricRuleList")["Total"] == "0"
    assert {each["RuleId"] for each in alerts(call)} == {"r", "s"}


def test_several_rules_are_put_each_by_itself(watched):
    call = watched
    good = {
        "RuleId": "a",
        "RuleName": "busy",
        "Namespace": space(call),
        "MetricName": "load",
        "Resources": '[{"resource":"_ALL"}]',
        "ContactGroups": "ops",
        "Escalations": {"Critical": CONDITION},
        "Webhook": HOOK,
    }
    bad = {**good, "RuleId": "b", "MetricName": "none"}
    answer = call("Cms", "PutResourceMetricRules", Rules=[bad, good])
    (failed,) = answer["FailedListResult"]["Target"]
    assert (failed["RuleId"], failed["Result"]["Code"]) == ("b", "ResourceNotFound")
    rules = call("Cms", "DescribeMetricRuleList")["Alarms"]["Alarm"]
    assert [each["RuleId"] for each in rules] == ["a"]


@pytest.mark.parametrize(
    ("members", "code", "status"),
    [
        ({"MetricName": "none"}, "ResourceNotFound", 404),
        ({"Namespace": "acs_none"}, "ResourceNotFound", 404),
        ({"ContactGroups": "none"}, "ContactGroupNotExists", 404),
        ({"ContactGroups": "ops,none"}, "ContactGroupNotExists", 404),
        ({"Escalations": {}}, "ParameterInvalid", 400),
        ({"Escalations": {"Warn": {**CONDITION, "Threshold": "nan"}}}, "ParameterInvalid", 400),
        ({"Escalations": {"Warn": {**CONDITION, "Statistics": "P99"}}}, "ParameterInvalid", 400),
        ({"Escalations": {"Warn": {**CONDITION, "Times": 0}}}, "ParameterInvalid", 400),
        ({"Resources": "{"}, "ParameterInvalid", 400),
        ({"Webhook": "ftp://a"}, "ParameterInvalid", 400),
        ({"EffectiveInterval": "24:00-25:00"}, "ParameterInvalid", 400),
        ({"Interval": "61"}, "ParameterInvalid", 400),
        ({"Period": "61"}, "ParameterInvalid", 400),
        ({"SilenceTime": "59"}, "ParameterInvalid", 400),
        ({"NoDataPolicy": "x"}, "ParameterInvalid", 400),
        ({"Prometheus": '{"PromQL":"up"}'}, "UnsupportedOperation", 400),
        ({"CompositeExpression": "{}"}, "UnsupportedOperation", 400),
    ],
)
def test_a_rule_that_breaks_a_rule_is_refused(watched, members, code, status):
    with refused(code, status):
        rule(watched, **members)
    assert watched("Cms", "DescribeMetricRuleList")["Total"] == "0"


def test_rules_are_bounded(watched):
    rule(watched)
    with quotas(watched.local, {"cms.rules": 1}):
        rule(watched, RuleName="again")
        with refused("ExceedingQuota", 400):
            rule(watched, "another")


def test_what_lapses_is_swept(watched):
    from juyong.services.cms.sweeps import sweep

    call = watched
    store, clock = call.local.running.store, call.local.clock
    held = store.call(lambda tx: tx.count(PointRow, account_id=call.account.account_id))
    store.call(lambda tx: sweep(tx, clock(), 500))
    assert (
        held == store.call(lambda tx: tx.count(PointRow, account_id=call.account.account_id)) == 1
    )
    while store.call(lambda tx: sweep(tx, clock() + 32 * 86_400, 500)) == 500:
        pass
    assert store.call(lambda tx: tx.count(PointRow, account_id=call.account.account_id)) == 0
    with refused("ResourceNotFound", 404):
        rule(call)
