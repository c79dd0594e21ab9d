"""Monitor groups, and rules that judge the instances of a group."""

import json

import pytest
from alibabacloud_cms20190101 import models as m
from alibabacloud_cms20190101.client import Client
from tests.conformance.cms.test_figures import FULL, STORED, tell, to_next_hour
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
from tests.conformance.harness import Server
from tests.conformance.harness import refused as sdk_refused
from tests.local import refused
from tests.platforms import quotas

from juyong.services.actiontrail.product import UNDELIVERED
from juyong.services.cms.tables import AlarmRow, ContactRow, GroupInstanceRow
from juyong.services.identity.facade import NewAccount

ONE = {"RuleName": "full", "Escalations": FULL, **STORED}
TRAIL = {"Namespace": "acs_actiontrail", "MetricName": "DeliveryFailureCount"}


@pytest.fixture
def cms(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


def test_a_group_and_its_rule_are_set_up_and_taken_down(cms: Client):
    channels = m.PutContactRequestChannels(mail="ops@example.com")
    cms.put_contact(m.PutContactRequest(contact_name="ops", describe="d", channels=channels))
    cms.put_contact_group(m.PutContactGroupRequest(contact_group_name="ops", contact_names=["ops"]))
    made = cms.create_monitor_group(
        m.CreateMonitorGroupRequest(group_name="shop", contact_groups="ops")
    ).body
    assert (made.code, made.success) == (200, True)
    number, text = made.group_id, str(made.group_id)

    def instances(request, name="cart"):
        return [request(instance_id=name, instance_name="n", category="oss", region_id="cn")]

    cms.create_monitor_group_instances(
        m.CreateMonitorGroupInstancesRequest(
            group_id=text, instances=instances(m.CreateMonitorGroupInstancesRequestInstances)
        )
    )
    critical = m.PutGroupMetricRuleRequestEscalationsCritical(
        comparison_operator="GreaterThanThreshold", statistics="Maximum", threshold="1", times=1
    )
    put = cms.put_group_metric_rule(
        m.PutGroupMetricRuleRequest(
            group_id=text,
            rule_id="full",
            rule_name="full",
            category="oss",
            namespace="acs_oss_dashboard",
            metric_name="MeteringStorageUtilization",
            escalations=m.PutGroupMetricRuleRequestEscalations(critical=critical),
        )
    ).body
    assert (put.code, put.result.rule_id) == ("200", "full")
    critical = m.CreateGroupMetricRulesRequestGroupMetricRulesEscalationsCritical(
        comparison_operator="GreaterThanThreshold", statistics="Maximum", threshold="1", times=1
    )
    many = m.CreateGroupMetricRulesRequestGroupMetricRules(
        rule_id="many",
        rule_name="many",
        category="oss",
        namespace="acs_oss_dashboard",
        metric_name="MeteringObjectCount",
        escalations=m.CreateGroupMetricRulesRequestGroupMetricRulesEscalations(critical=critical),
    )
    created = cms.create_group_metric_rules(
        m.CreateGroupMetricRulesRequest(group_id=number, group_metric_rules=[many])
    ).body
    (result,) = created.resources.alert_result
    assert (result.rule_id, result.code, result.success) == ("many", 200, True)
    cms.delete_metric_rules(m.DeleteMetricRulesRequest(id=["many"]))
    asked = m.DescribeMonitorGroupsRequest(group_id=text, select_contact_groups=True)
    (shown,) = cms.describe_monitor_groups(asked).body.resources.resource
    assert (shown.group_id, shown.group_name, shown.type) == (number, "shop", "custom")
    assert [each.name for each in shown.contact_groups.contact_group] == ["ops"]
    rules = cms.describe_metric_rule_list(m.DescribeMetricRuleListRequest(group_id=text)).body
    (alarm,) = rules.alarms.alarm
    assert (alarm.group_id, alarm.group_name) == (text, "shop")
    assert json.loads(alarm.resources) == [{"groupId": text}]
    cms.modify_monitor_group(m.ModifyMonitorGroupRequest(group_id=text, group_name="store"))
    cms.modify_monitor_group_instances(
        m.ModifyMonitorGroupInstancesRequest(
            group_id=number,
            instances=instances(m.ModifyMonitorGroupInstancesRequestInstances, "bills"),
        )
    )
    listed = m.DescribeMonitorGroupInstancesRequest(group_id=number)
    page = cms.describe_monitor_group_instances(listed).body
    (instance,) = page.resources.resource
    assert (page.total, instance.instance_id, instance.category) == (1, "bills", "oss")
    cms.delete_monitor_group_instances(
        m.DeleteMonitorGroupInstancesRequest(
            group_id=number, category="oss", instance_id_list="bills,none"
        )
    )
    assert cms.describe_monitor_group_instances(listed).body.total == 0
    gone = cms.delete_monitor_group(m.DeleteMonitorGroupRequest(group_id=number)).body.group
    assert (gone.group_name, gone.contact_groups.contact_group[0].name) == ("store", "ops")
    assert cms.describe_metric_rule_list(m.DescribeMetricRuleListRequest()).body.total == "0"
    with sdk_refused("ResourceNotFound", 404):
        cms.delete_monitor_group(m.DeleteMonitorGroupRequest(group_id=number))


def make(call, name="shop", **more):
    return str(call("Cms", "CreateMonitorGroup", GroupName=name, **more)["GroupId"])


def instance(name, category="oss"):
    return {"InstanceId": name, "InstanceName": name, "Category": category, "RegionId": "cn"}


def fill(call, number, *names, action="CreateMonitorGroupInstances", category="oss"):
    instances = [instance(name, category) for name in names]
    call("Cms", action, GroupId=number, Instances=instances)


def put(call, number, rule_id="r", **members):
    given = {**ONE, **members}
    return call("Cms", "PutGroupMetricRule", GroupId=number, RuleId=rule_id, **given)


def states(call):
    where = {"account_id": call.account.account_id}
    rows = call.local.running.store.call(lambda tx: tx.find(AlarmRow, **where))
    found = {json.loads(row.resource).get("BucketName", row.resource): row.level for row in rows}
    assert len(found) == len(rows)
    return found


def fail(call, target):
    """Fail to deliver to a target of the trail `t`, ten times."""
    usage, at = call.local.running.pipeline.platform.usage, call.local.clock()
    usage.measure("Actiontrail", UNDELIVERED, call.account.account_id, "t", target, value=10, at=at)


def test_a_rule_on_a_group_judges_the_instances_that_the_group_has(call):
    number = make(call)
    fill(call, number, "a", "b")
    put(call, number)
    to_next_hour(call)
    work(call)
    assert states(call) == {"a": "INSUFFICIENT_DATA", "b": "INSUFFICIENT_DATA"}
    for name in ("a", "b", "c"):
        tell(call, 11 if name != "b" else 9, name)
    to_next_hour(call)
    work(call)
    assert states(call) == {"a": "CRITICAL", "b": "OK"}
    assert state(call) == "ALARM"
    fill(call, number, "b", "c", action="ModifyMonitorGroupInstances")
    for name in ("a", "b", "c"):
        tell(call, 9, name)
    to_next_hour(call)
    work(call)
    assert states(call) == {"b": "OK", "c": "OK"}
    assert state(call) == "OK"
    call(
        "Cms",
        "DeleteMonitorGroupInstances",
        GroupId=number,
        Category="oss",
        InstanceIdList="b,c",
    )
    to_next_hour(call)
    work(call)
    assert states(call) == {}


def test_contacts_of_the_group_are_told_and_the_history_names_the_group(call):
    to_next_minute(call)
    group(call)

    def confirm(tx):
        tx.update(tx.get(ContactRow, call.account.account_id, "ops"), mail_confirmed=True)

    call.local.running.store.call(confirm)
    number = make(call, ContactGroups="ops")
    fill(call, number, "t", category="actiontrail")
    put(call, number, Escalations={"Critical": CONDITION}, Webhook=HOOK, **TRAIL)
    for target in ("sls://p", "oss://b/"):
        fail(call, target)
    to_next_minute(call)
    work(call)
    found = alerts(call, GroupId=number)
    assert len(found) == 2
    assert {(each["GroupId"], each["GroupName"]) for each in found} == {(number, "shop")}
    assert [each["ContactMailList"] for each in found] == [["a@b.cn"]] * 2
    assert alerts(call, GroupId="17") == []
    entries = call("Cms", "DescribeAlertHistoryList", GroupId=number)["AlarmHistoryList"]
    assert {each["GroupId"] for each in entries["AlarmHistory"]} == {number}
    now = call("Cms", "DescribeAlertingMetricRuleResources", GroupId=number)
    assert [each["GroupId"] for each in now["Resources"]["Resource"]] == [number] * 2
    other = call("Cms", "DescribeAlertingMetricRuleResources", GroupId="17")
    assert other["Resources"]["Resource"] == []
    with refused("ResourceConflict", 409):
        call("Cms", "DeleteContactGroup", ContactGroupName="ops")


def test_further_dimensions_bound_what_a_rule_on_a_group_judges(call):
    to_next_minute(call)
    number = make(call)
    fill(call, number, "t", category="actiontrail")
    put(
        call,
        number,
        Escalations={"Critical": CONDITION},
        ExtraDimensionJson='{"target":"sls://p"}',
        **TRAIL,
    )
    for target in ("sls://p", "oss://b/"):
        fail(call, target)
    to_next_minute(call)
    work(call)
    assert [json.loads(each)["target"] for each in states(call)] == ["sls://p"]
    (shown,) = call("Cms", "DescribeMetricRuleList")["Alarms"]["Alarm"]
    (dimensions,) = json.loads(shown["Dimensions"])
    assert dimensions == {"groupId": number, "target": "sls://p"}
    again = json.dumps(dimensions)
    put(call, number, Escalations={"Info": CONDITION}, ExtraDimensionJson=again, **TRAIL)
    (after,) = call("Cms", "DescribeMetricRuleList")["Alarms"]["Alarm"]
    assert after["Dimensions"] == shown["Dimensions"]


def test_of_a_custom_metric_a_group_has_the_series_that_name_the_group(call):
    to_next_minute(call)
    number = make(call)
    for group_id, host in ((number, "a"), ("0", "b")):
        call(
            "Cms",
            "PutCustomMetric",
            MetricList=[
                {
                    "MetricName": "load",
                    "Dimensions": json.dumps({"host": host}),
                    "Type": "0",
                    "Values": '{"value": 10}',
                    "GroupId": group_id,
                }
            ],
        )
    put(
        call,
        number,
        Namespace=space(call),
        MetricName="load",
        Escalations={"Critical": CONDITION},
    )
    to_next_minute(call)
    work(call)
    assert [json.loads(each) for each in states(call)] == [{"groupId": number, "host": "a"}]


def test_a_name_that_has_series_now_has_no_state_of_its_own(call):
    to_next_minute(call)
    group(call)
    bring(call, 0, host="other")
    rule(call, Resources='[{"host": "a"}]')
    to_next_minute(call)
    work(call)
    assert state(call) == "INSUFFICIENT_DATA"
    bring(call, 0, host="a")
    to_next_minute(call)
    work(call)
    assert state(call) == "OK"


def test_several_rules_are_put_each_by_itself(call):
    number = make(call)
    rules = [
        {**ONE, "RuleId": "a"},
        {**ONE, "RuleId": "b", "MetricName": "No"},
        {**ONE, "RuleId": "c", "ContactGroups": "no"},
        {**ONE, "RuleId": "d", "Category": "oss", "MetricName": "MeteringObjectCount"},
    ]
    answer = call("Cms", "CreateGroupMetricRules", GroupId=number, GroupMetricRules=rules)
    assert (answer["Code"], answer["Success"]) == (200, True)
    told = [
        (each["RuleId"], each["Code"], each["Success"])
        for each in answer["Resources"]["AlertResult"]
    ]
    assert told == [("a", 200, True), ("b", 404, False), ("c", 404, False), ("d", 200, True)]
    for member in ("Dimensions", "Options"):
        with refused("ParameterInvalid", 400):
            call(
                "Cms",
                "CreateGroupMetricRules",
                GroupId=number,
                GroupMetricRules=[{**rules[0], member: "instanceId:a"}],
            )
    kept = call("Cms", "DescribeMetricRuleList", GroupId=number)["Alarms"]["Alarm"]
    assert [each["RuleId"] for each in kept] == ["a", "d"]


def test_groups_are_found_by_id_name_and_instance(call):
    first, second = make(call, "one"), make(call, "two")
    fill(call, second, "b")

    def found(**asked):
        page = call("Cms", "DescribeMonitorGroups", **asked)
        return [str(each["GroupId"]) for each in page["Resources"]["Resource"]]

    assert sorted(found()) == sorted([first, second])
    assert found(GroupId=f"{first},17") == [first]
    assert found(GroupName="two") == found(Keyword="w") == found(InstanceId="b") == [second]
    assert found(InstanceId="c") == found(GroupName="t") == []
    assert len(found(PageSize=1, PageNumber=2)) == 1

    (shown,) = call("Cms", "DescribeMonitorGroups", GroupId=first)["Resources"]["Resource"]
    assert shown["Tags"] == {"Tag": []}

    def instances(**asked):
        page = call("Cms", "DescribeMonitorGroupInstances", GroupId=second, **asked)
        return [each["InstanceId"] for each in page["Resources"]["Resource"]]

    fill(call, second, "p", category="sls")
    assert instances() == ["b", "p"]
    assert instances(Category="sls") == instances(InstanceIds="p") == instances(Keyword="p")


def test_contact_groups_are_shown_replaced_and_cleared(call):
    group(call)
    number = make(call, ContactGroups="ops")

    def shown(**asked):
        page = call("Cms", "DescribeMonitorGroups", GroupId=number, **asked)
        return page["Resources"]["Resource"][0]["ContactGroups"]["ContactGroup"]

    assert shown() == [{"Name": "ops"}]
    assert shown(SelectContactGroups=False) == []
    call("Cms", "ModifyMonitorGroup", GroupId=number, GroupName="other")
    assert shown() == [{"Name": "ops"}]
    call("Cms", "ModifyMonitorGroup", GroupId=number, ContactGroups="")
    assert shown() == []
    call("Cms", "DeleteContactGroup", ContactGroupName="ops")


@pytest.mark.parametrize(
    ("action", "members", "code", "status"),
    [
        ("CreateMonitorGroup", {"GroupName": ""}, "ParameterInvalid", 400),
        (
            "CreateMonitorGroup",
            {"GroupName": "g", "ContactGroups": "no"},
            "ContactGroupNotExists",
            404,
        ),
        ("ModifyMonitorGroup", {"ContactGroups": "no"}, "ContactGroupNotExists", 404),
        ("ModifyMonitorGroup", {"GroupId": "17"}, "ResourceNotFound", 404),
        ("ModifyMonitorGroup", {"GroupId": "x"}, "ParameterInvalid", 400),
        (
            "CreateMonitorGroupInstances",
            {"Instances": [instance("i-1", "ecs")]},
            "ParameterInvalid",
            400,
        ),
        (
            "DeleteMonitorGroupInstances",
            {"Category": "oss", "InstanceIdList": ",".join(map(str, range(21)))},
            "ParameterInvalid",
            400,
        ),
        ("PutGroupMetricRule", {"MetricName": "RequestCount"}, "ParameterInvalid", 400),
        ("PutGroupMetricRule", {"MetricName": "No"}, "ResourceNotFound", 404),
        ("PutGroupMetricRule", {"Category": "sls"}, "ParameterInvalid", 400),
        ("PutGroupMetricRule", {"ContactGroups": "no"}, "ContactGroupNotExists", 404),
        ("PutGroupMetricRule", {"Escalations": {}}, "ParameterInvalid", 400),
        ("PutGroupMetricRule", {"ExtraDimensionJson": "a"}, "ParameterInvalid", 400),
        ("PutGroupMetricRule", {"ExtraDimensionJson": '{"groupId":"1"}'}, "ParameterInvalid", 400),
        ("PutGroupMetricRule", {"Dimensions": "a"}, "UnsupportedOperation", 400),
    ],
)
def test_what_breaks_a_rule_is_refused(call, action, members, code, status):
    number = make(call)
    given = {"GroupId": number}
    if action == "PutGroupMetricRule":
        given |= {"RuleId": "r", "RuleName": "r", "Escalations": FULL, **STORED}
    if action == "CreateMonitorGroup":
        given = {}
    with refused(code, status):
        call("Cms", action, **{**given, **members})


def test_groups_instances_and_rules_are_bounded(call):
    number = make(call)
    with quotas(call.local, {"cms.monitor-groups": 1}), refused("ExceedingQuota", 400):
        make(call, "more")
    with quotas(call.local, {"cms.group-instances": 1}):
        for action in ("CreateMonitorGroupInstances", "ModifyMonitorGroupInstances"):
            with refused("ExceedingQuota", 400):
                fill(call, number, "a", "b", action=action)
        fill(call, number, "a")
        fill(call, number, "a")
    with quotas(call.local, {"cms.rules": 0}), refused("ExceedingQuota", 400):
        put(call, number)
    rows = call.local.running.store.call(
        lambda tx: tx.find(GroupInstanceRow, account_id=call.account.account_id)
    )
    assert [row.instance_id for row in rows] == ["a"]


@pytest.mark.parametrize(
    ("action", "members"),
    [
        ("DeleteMonitorGroup", {}),
        ("CreateMonitorGroupInstances", {"Instances": [instance("a")]}),
        ("ModifyMonitorGroupInstances", {"Instances": [instance("a")]}),
        ("DeleteMonitorGroupInstances", {"Category": "oss", "InstanceIdList": "a"}),
        ("DescribeMonitorGroupInstances", {}),
        ("PutGroupMetricRule", {"RuleId": "r", "RuleName": "r", "Escalations": FULL, **STORED}),
        ("CreateGroupMetricRules", {"GroupMetricRules": [{**ONE, "RuleId": "r"}]}),
    ],
)
def test_a_group_that_is_not_there_is_not_found(call, action, members):
    number = make(call.local.administrator(call.local.new_account()))
    for each in (number, "17"):
        with refused("ResourceNotFound", 404):
            call("Cms", action, GroupId=each, **members)


def test_a_stranger_is_denied(call):
    with refused("Forbidden", 403):
        make(call.new_user("stranger"))
