"""Events, and the rules that pass events on."""

import json

import pytest
from tests.conformance.cms.watching import HOOK, group
from tests.local import refused
from tests.platforms import quotas

from juyong.notices.tables import NoticeRow
from juyong.services.cms.facade import emit

CUSTOM = {"EventType": "CUSTOM", "EventPattern": [{"Product": "custom", "NameList": ["deploy"]}]}
TARGET = {"Id": "1", "Url": HOOK, "Method": "POST", "Protocol": "http"}


def happen(call, *names, content="all is well", **members):
    events = [{"EventName": name, "Content": content, **members} for name in names]
    call("Cms", "PutCustomEvent", EventInfo=events)


def told(call):
    rows = call.local.running.store.call(
        lambda tx: tx.find(NoticeRow, order=("key",), account_id=call.account.account_id)
    )
    return [json.loads(row.message.reveal()) for row in rows]


def passing(call, name="e", **members):
    call("Cms", "PutEventRule", RuleName=name, **{**CUSTOM, **members})
    call("Cms", "PutEventRuleTargets", RuleName=name, WebhookParameters=[TARGET])


def rotated(call, level="CRITICAL", product="KMS"):
    call.local.running.store.call(
        lambda tx: emit(
            tx,
            call.account.account_id,
            product=product,
            name="Secret:RotateSecret:Failure",
            level=level,
            status="Failure",
            content={"secretName": "db"},
            resource_id="acs:kms:cn-hangzhou:1:secret/db",
            region="cn-hangzhou",
            now=call.local.clock(),
        )
    )


def test_a_custom_event_is_kept_counted_and_passed_on(call):
    passing(call)
    happen(call, "deploy", "other")
    happen(call, "deploy", content="red and blue")
    found = call("Cms", "DescribeCustomEventAttribute", SearchKeywords="red and blue")
    (one,) = found["CustomEvents"]["CustomEvent"]
    assert (one["Name"], one["GroupId"], found["Success"]) == ("deploy", "0", "true")
    whole = call("Cms", "DescribeCustomEventAttribute", Name="deploy", PageSize=1)
    assert len(whole["CustomEvents"]["CustomEvent"]) == 1
    asked = {"EventId": one["Id"], "GroupId": "0"}
    counts = call("Cms", "DescribeCustomEventCount")["CustomEventCounts"]["CustomEventCount"]
    assert [(each["Name"], each["Num"]) for each in counts] == [("deploy", 2), ("other", 1)]
    counts = call("Cms", "DescribeCustomEventCount", **asked)
    assert [each["Num"] for each in counts["CustomEventCounts"]["CustomEventCount"]] == [1]
    assert sorted(json.loads(each["body"])["name"] for each in told(call)) == ["deploy"] * 2
    assert {each["url"] for each in told(call)} == {HOOK}


def test_times_bound_what_is_listed(call):
    now = call.local.clock()
    happen(call, "deploy", Time=str((now - 3600) * 1000))
    for end, count in ((now - 3600, 1), (now - 3601, 0)):
        asked = {"StartTime": (now - 7200) * 1000, "EndTime": end * 1000}
        found = call("Cms", "DescribeCustomEventAttribute", **asked)
        assert len(found["CustomEvents"]["CustomEvent"]) == count


@pytest.mark.parametrize(
    "member", [{"Time": "1000"}, {"Time": "x"}, {"Content": "a" * 501}, {"GroupId": "a"}]
)
def test_an_event_that_breaks_a_rule_is_refused(call, member):
    with refused("ParameterInvalid", 400):
        happen(call, "deploy", **member)


def test_system_events_reach_contacts_and_webhooks_by_pattern(call):
    group(call, DingWebHook="https://ding.example.com/robot")
    patterns = {
        "all": {"Product": "kms", "LevelList": ["*"], "EventTypeList": ["StatusNotification"]},
        "info": {"Product": "KMS", "LevelList": ["INFO"]},
        "named": {"Product": "KMS", "NameList": ["Secret:RotateSecret:Failure"]},
        "other": {"Product": "ECS"},
        "status": {"Product": "KMS", "StatusList": ["Success"]},
    }
    for name, pattern in patterns.items():
        passing(call, name, EventType="SYSTEM", EventPattern=[pattern])
    to = [{"Id": "2", "ContactGroupName": "ops", "Level": "3"}]
    call("Cms", "PutEventRuleTargets", RuleName="all", ContactParameters=to)
    rotated(call)
    sent = told(call)
    hooks = [json.loads(each["body"]) for each in sent if each["url"] == HOOK]
    assert sorted(each["ruleName"] for each in hooks) == ["all", "named"]
    assert (hooks[0]["level"], hooks[0]["status"]) == ("CRITICAL", "Failure")
    (ding,) = [json.loads(each["body"]) for each in sent if each["url"] != HOOK]
    assert "Secret:RotateSecret:Failure" in ding["text"]["content"]
    found = call("Cms", "DescribeSystemEventAttribute", Product="KMS", Level="CRITICAL")
    (one,) = found["SystemEvents"]["SystemEvent"]
    assert (one["Status"], one["InstanceName"]) == ("Failure", "db")
    assert json.loads(one["Content"]) == {"secretName": "db"}
    found = call("Cms", "DescribeSystemEventAttribute", Status="Success")
    assert found["SystemEvents"]["SystemEvent"] == []


def test_a_rule_is_silent_after_an_event_when_it_says_so(call):
    passing(call, SilenceTime=300)
    happen(call, "deploy")
    happen(call, "deploy")
    assert len(told(call)) == 1
    call.local.clock.offset += 300
    happen(call, "deploy")
    assert len(told(call)) == 2


def test_a_disabled_rule_passes_nothing_on(call):
    passing(call, State="DISABLED")
    happen(call, "deploy")
    call("Cms", "EnableEventRules", RuleNames=["e"])
    happen(call, "deploy")
    call("Cms", "DisableEventRules", RuleNames=["e"])
    happen(call, "deploy")
    assert len(told(call)) == 1


def test_event_rules_are_shown_as_clients_read_them(call):
    pattern = {
        "Product": "KMS",
        "NameList": ["a"],
        "LevelList": ["WARN"],
        "EventTypeList": ["*"],
        "StatusList": ["Failure"],
    }
    passing(call, EventType="SYSTEM", EventPattern=[pattern], Description="d", SilenceTime=60)
    found = call("Cms", "DescribeEventRuleList", NamePrefix="e", IsEnable=True)
    (one,) = found["EventRules"]["EventRule"]
    shown = {
        "Product": "KMS",
        "NameList": {"NameList": ["a"]},
        "LevelList": {"LevelList": ["WARN"]},
        "EventTypeList": {"EventTypeList": ["*"]},
        "SQLFilter": "",
    }
    listed = {**shown, "CustomFilters": ""}
    assert one["EventPattern"] == {**listed, "EventPattern": [listed]}
    assert (one["State"], one["SilenceTime"], found["Total"]) == ("ENABLED", 60, 1)
    assert call("Cms", "DescribeEventRuleList", IsEnable=False)["Total"] == 0
    result = call("Cms", "DescribeEventRuleAttribute", RuleName="e")["Result"]
    assert result["EventPattern"] == {**shown, "StatusList": {"StatusList": ["Failure"]}}
    targets = call("Cms", "DescribeEventRuleTargetList", RuleName="e")
    assert targets["WebhookParameters"] == {"WebhookParameter": [TARGET]}
    call("Cms", "PutEventRule", RuleName="e", **CUSTOM)
    call("Cms", "PutEventRuleTargets", RuleName="e", WebhookParameters=[{**TARGET, "Id": "2"}])
    call("Cms", "DeleteEventRuleTargets", RuleName="e", Ids=["1"])
    targets = call("Cms", "DescribeEventRuleTargetList", RuleName="e")
    assert [t["Id"] for t in targets["WebhookParameters"]["WebhookParameter"]] == ["2"]
    call("Cms", "DeleteEventRules", RuleNames=["e"])
    assert call("Cms", "DescribeEventRuleList")["Total"] == 0


@pytest.mark.parametrize(
    ("operation", "members", "code", "status"),
    [
        ("PutEventRule", {"EventPattern": [{"Product": ""}]}, "ParameterInvalid", 400),
        (
            "PutEventRule",
            {"EventPattern": [{"Product": "K", "LevelList": ["x"]}]},
            "ParameterInvalid",
            400,
        ),
        (
            "PutEventRule",
            {"EventPattern": [{"Product": "K", "SQLFilter": "a"}]},
            "ParameterInvalid",
            400,
        ),
        ("PutEventRule", {"EventType": "x"}, "ParameterInvalid", 400),
        ("PutEventRule", {"GroupId": "1"}, "UnsupportedOperation", 400),
        (
            "PutEventRuleTargets",
            {"WebhookParameters": [{**TARGET, "Url": "x"}]},
            "ParameterInvalid",
            400,
        ),
        ("PutEventRuleTargets", {"FcParameters": [{"Id": "1"}]}, "UnsupportedOperation", 400),
        (
            "PutEventRuleTargets",
            {"ContactParameters": [{"Id": "1", "ContactGroupName": "x"}]},
            "ContactGroupNotExists",
            404,
        ),
        (
            "PutEventRuleTargets",
            {"WebhookParameters": [{**TARGET, "Id": str(n)} for n in range(20)]},
            "ExceedingQuota",
            400,
        ),
    ],
)
def test_an_event_rule_that_breaks_a_rule_is_refused(call, operation, members, code, status):
    call("Cms", "PutEventRule", RuleName="e", **CUSTOM)
    call("Cms", "PutEventRuleTargets", RuleName="e", WebhookParameters=[{**TARGET, "Id": "x"}])
    given = {"RuleName": "e", **(CUSTOM if operation == "PutEventRule" else {})}
    with refused(code, status):
        call("Cms", operation, **{**given, **members})


def test_event_rules_are_bounded(call):
    passing(call)
    with quotas(call.local, {"cms.event-rules": 1}), refused("ExceedingQuota", 400):
        passing(call, "f")
