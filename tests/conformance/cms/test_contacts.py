"""Contacts and their groups."""

import pytest
from tests.conformance.cms.watching import HOOK, bring, group, rule
from tests.local import refused
from tests.platforms import quotas


def listed(call, **asked):
    return call("Cms", "DescribeContactList", **asked)["Contacts"]["Contact"]


def test_a_contact_is_shown_while_nobody_has_confirmed(call):
    group(call, Mail="a@b.cn", DingWebHook=HOOK)
    (one,) = listed(call)
    assert one["Channels"] == {"Mail": "a@b.cn", "SMS": "", "AliIM": "", "DingWebHook": HOOK}
    assert one["ChannelsState"] == {"Mail": "PENDING", "DingWebHook": "OK"}
    assert one["ContactGroups"] == {"ContactGroup": ["ops"]}
    members = call("Cms", "DescribeContactListByContactGroup", ContactGroupName="ops")
    assert [each["Name"] for each in members["Contacts"]["Contact"]] == ["ops"]


def test_an_operator_confirms_and_another_address_must_be_confirmed_again(call):
    from juyong.services.cms.commands import _confirm
    from juyong.services.resourcecenter.checks import check

    group(call)
    account, store = call.account.account_id, call.local.running.store
    assert store.call(lambda tx: _confirm(tx, account, "ops")) == "a@b.cn"
    assert listed(call)[0]["ChannelsState"]["Mail"] == "OK"
    found = store.call(lambda tx: [each for each in check(tx, {}) if account in str(each)])
    assert found == [], "what the command changes is not in the inventory"
    group(call, DingWebHook=HOOK, Mail="a@b.cn")
    assert listed(call)[0]["ChannelsState"]["Mail"] == "OK"
    group(call, Mail="c@d.cn")
    assert listed(call)[0]["ChannelsState"] == {"Mail": "PENDING"}


def test_contacts_are_found_by_name_and_channel(call):
    group(call, "a", Mail="a@b.cn")
    group(call, "b", DingWebHook=HOOK)
    assert [c["Name"] for c in listed(call, ChanelType="DingWebHook")] == ["b"]
    assert [c["Name"] for c in listed(call, ChanelType="Mail", ChanelValue="a@b.cn")] == ["a"]
    assert listed(call, ChanelType="Mail", ChanelValue="x@b.cn") == []
    assert listed(call, ContactName="none") == []
    assert call("Cms", "DescribeContactList", PageSize=1, PageNumber=2)["Total"] == 2


def test_a_deleted_contact_leaves_its_groups(call):
    group(call)
    call("Cms", "DeleteContact", ContactName="ops")
    found = call("Cms", "DescribeContactGroupList")
    assert found["ContactGroups"] == {"ContactGroup": ["ops"]}
    (one,) = found["ContactGroupList"]["ContactGroup"]
    assert (one["Contacts"], found["Total"]) == ({"Contact": []}, 1)


def test_a_group_in_use_stays(call):
    group(call)
    bring(call, 1)
    rule(call)
    with refused("ResourceConflict", 409):
        call("Cms", "DeleteContactGroup", ContactGroupName="ops")
    call("Cms", "DeleteMetricRules", Id=["r"])
    call("Cms", "PutEventRule", RuleName="e", EventPattern=[{"Product": "KMS"}])
    target = [{"Id": "1", "ContactGroupName": "ops"}]
    call("Cms", "PutEventRuleTargets", RuleName="e", ContactParameters=target)
    with refused("ResourceConflict", 409):
        call("Cms", "DeleteContactGroup", ContactGroupName="ops")
    call("Cms", "DeleteEventRules", RuleNames=["e"])
    call("Cms", "DeleteContactGroup", ContactGroupName="ops")
    assert call("Cms", "DescribeContactGroupList")["Total"] == 0


@pytest.mark.parametrize(
    ("members", "code", "status"),
    [
        ({"Channels": {"Mail": "nobody"}}, "ParameterInvalid", 400),
        ({"Channels": {"DingWebHook": "file:///etc/passwd"}}, "ParameterInvalid", 400),
        ({"Channels": None}, "ParameterInvalid", 400),
        ({"Channels.SMS": "86-1"}, "UnsupportedOperation", 400),
        ({"Channels.AliIM": "me"}, "UnsupportedOperation", 400),
        ({"ContactName": "a,b"}, "ParameterInvalid", 400),
        ({"Lang": "fr"}, "ParameterInvalid", 400),
    ],
)
def test_a_contact_that_breaks_a_rule_is_refused(call, members, code, status):
    good = {"ContactName": "a", "Describe": "d", "Channels": {"Mail": "a@b.cn"}}
    with refused(code, status):
        call("Cms", "PutContact", **{**good, **members})


def test_contacts_and_groups_are_bounded(call):
    group(call)
    with quotas(call.local, {"cms.contacts": 1, "cms.contact-groups": 1}):
        group(call)
        with refused("ExceedingQuota", 400):
            call("Cms", "PutContact", ContactName="b", Describe="d", Channels={"Mail": "a@b.cn"})
        with refused("ExceedingQuota", 400):
            call("Cms", "PutContactGroup", ContactGroupName="b")


MISSING = {
    "DeleteContact": ({"ContactName": "none"}, "ContactNotExists"),
    "PutContactGroup": (
        {"ContactGroupName": "a", "ContactNames": ["none"]},
        "ContactNotExists",
    ),
    "DeleteContactGroup": ({"ContactGroupName": "none"}, "ContactGroupNotExists"),
    "DescribeContactListByContactGroup": (
        {"ContactGroupName": "none"},
        "ContactGroupNotExists",
    ),
    **dict.fromkeys(
        ("EnableMetricRules", "DisableMetricRules"), ({"RuleId": ["none"]}, "ResourceNotFound")
    ),
    "DeleteMetricRules": ({"Id": ["none"]}, "ResourceNotFound"),
    "DescribeMetricRuleTargets": ({"RuleId": "none"}, "ResourceNotFound"),
    **dict.fromkeys(
        ("EnableEventRules", "DisableEventRules", "DeleteEventRules"),
        ({"RuleNames": ["none"]}, "ResourceNotFound"),
    ),
    **dict.fromkeys(
        ("DescribeEventRuleAttribute", "DescribeEventRuleTargetList", "PutEventRuleTargets"),
        ({"RuleName": "none"}, "ResourceNotFound"),
    ),
    "DeleteEventRuleTargets": ({"RuleName": "none", "Ids": ["1"]}, "ResourceNotFound"),
}


@pytest.mark.parametrize("operation", MISSING)
def test_what_is_not_there_is_not_found(call, operation):
    given, code = MISSING[operation]
    with refused(code, 404):
        call("Cms", operation, **given)


def test_what_is_not_served_says_why(call):
    for operation in ("PutMetricRuleTargets", "CreateSiteMonitor", "AddTags", "Cursor"):
        with refused("UnsupportedOperation", 400):
            call("Cms", operation)
