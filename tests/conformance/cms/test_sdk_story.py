"""The official SDK, end to end: a contact, a rule on the platform's own metric, events."""

import json
import time

import pytest
from alibabacloud_cms20190101 import models as m
from alibabacloud_cms20190101.client import Client
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount


@pytest.fixture
def cms(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


def test_an_alarm_is_set_up_and_taken_down(cms: Client, account: NewAccount):
    channels = m.PutContactRequestChannels(mail="ops@example.com")
    made = cms.put_contact(
        m.PutContactRequest(contact_name="ops", describe="on call", channels=channels)
    ).body
    assert (made.code, made.success) == ("200", True)
    (contact,) = cms.describe_contact_list(m.DescribeContactListRequest()).body.contacts.contact
    assert (contact.channels.mail, contact.channels_state.mail) == ("ops@example.com", "PENDING")
    cms.put_contact_group(m.PutContactGroupRequest(contact_group_name="ops", contact_names=["ops"]))
    critical = m.PutResourceMetricRuleRequestEscalationsCritical(
        statistics="Sum",
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold="3",
        times=5,
    )
    request = m.PutResourceMetricRuleRequest(
        rule_id="denied",
        rule_name="denied calls",
        namespace="acs_ram",
        metric_name="DeniedCount",
        resources=json.dumps([{"userId": account.account_id}]),
        contact_groups="ops",
        escalations=m.PutResourceMetricRuleRequestEscalations(critical=critical),
    )
    assert cms.put_resource_metric_rule(request).body.code == "200"
    listed = cms.describe_metric_rule_list(m.DescribeMetricRuleListRequest(rule_ids="denied")).body
    (alarm,) = listed.alarms.alarm
    assert (alarm.escalations.critical.times, alarm.enable_state) == (5, True)
    rules = [
        m.PutResourceMetricRulesRequestRules(
            **{k: v for k, v in vars(request).items() if k in {"rule_name", "namespace"}},
            metric_name="ErrorCount",
            rule_id="errors",
            resources='[{"resource":"_ALL"}]',
            contact_groups="ops",
            escalations=m.PutResourceMetricRulesRequestRulesEscalations(
                critical=m.PutResourceMetricRulesRequestRulesEscalationsCritical(
                    **{k: v for k, v in vars(critical).items() if k != "pre_condition"}
                )
            ),
        )
    ]
    put = cms.put_resource_metric_rules(m.PutResourceMetricRulesRequest(rules=rules)).body
    assert put.failed_list_result.target == []
    cms.delete_metric_rules(m.DeleteMetricRulesRequest(id=["denied", "errors"]))
    with refused("ResourceNotFound", 404):
        cms.delete_metric_rules(m.DeleteMetricRulesRequest(id=["denied"]))


def test_samples_and_events_are_sent_and_read(cms: Client, account: NewAccount):
    sample = m.PutCustomMetricRequestMetricList(
        metric_name="load",
        dimensions='{"host":"a"}',
        type="0",
        values='{"value":1}',
        group_id="0",
    )
    before = 1000 * (int(time.time()) // 60 * 60)
    cms.put_custom_metric(m.PutCustomMetricRequest(metric_list=[sample]))
    asked = m.DescribeMetricListRequest(
        namespace=f"acs_customMetric_{account.account_id}",
        metric_name="load",
        end_time=str(before),
    )
    assert json.loads(cms.describe_metric_list(asked).body.datapoints) == []
    pattern = m.PutEventRuleRequestEventPattern(product="KMS", level_list=["CRITICAL"])
    cms.put_event_rule(m.PutEventRuleRequest(rule_name="kms", event_pattern=[pattern]))
    hook = m.PutEventRuleTargetsRequestWebhookParameters(
        id="1", url="https://hooks.example.com/a", method="POST", protocol="http"
    )
    done = cms.put_event_rule_targets(
        m.PutEventRuleTargetsRequest(rule_name="kms", webhook_parameters=[hook])
    ).body
    assert done.failed_parameter_count == "0"
    event = m.PutCustomEventRequestEventInfo(event_name="deploy", content="done", group_id="0")
    cms.put_custom_event(m.PutCustomEventRequest(event_info=[event]))
    found = cms.describe_custom_event_attribute(m.DescribeCustomEventAttributeRequest()).body
    assert [each.name for each in found.custom_events.custom_event] == ["deploy"]
