"""Flow logs: made, switched, listed and deleted."""

from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.platforms import quotas
from tests.unit.services.vpc.flows import HERE, STORE, Logged, Members
from tests.unit.services.vpc.places import REGION

from juyong.services.vpc.flow_logs.roles import ROLE


@pytest.fixture
def logged(call: Caller) -> Logged:
    return Logged(call)


def test_a_new_flow_log_shows_what_was_asked_for(logged: Logged) -> None:
    tags = [{"Key": "env", "Value": "dev"}]
    made = logged.create(FlowLogName="all", Description="every flow", Tag=tags)
    (found,) = logged.shown()
    assert (found["FlowLogId"], found["FlowLogName"]) == (made, "all")
    assert (found["ResourceType"], found["ResourceId"]) == ("VPC", logged.place.vpc_id)
    assert (found["ProjectName"], found["LogStoreName"]) == (logged.project, STORE)
    assert (found["Status"], found["TrafficType"]) == ("Active", "All")
    assert found["TrafficPath"] == {"TrafficPathList": ["all"]}
    assert (found["AggregationInterval"], found["IpVersion"]) == (10, "IPV4")
    assert (found["FlowLogDeliverStatus"], found["FlowLogDeliverErrorMessage"]) == ("SUCCESS", "")
    assert found["Tags"] == {"Tag": tags}
    page = logged.call("Vpc", "DescribeFlowLogs", **HERE)
    assert (page["PageNumber"], page["PageSize"], page["TotalCount"]) == ("1", "20", "1")


@pytest.mark.parametrize(
    ("params", "code", "status"),
    [
        ({"ResourceId": "vpc-none"}, "InvalidResourceId.NotFound", 404),
        ({"ResourceType": "Router"}, "InvalidResourceType.Malformed", 400),
        ({"TrafficType": "Some"}, "InvalidTrafficType.Malformed", 400),
        ({"ProjectName": "A"}, "InvalidProjectName.Malformed", 400),
        ({"LogStoreName": None}, "MissingParameter", 400),
        ({"AggregationInterval": 2}, "IllegalParam.AggregationInterval", 400),
        ({"AggregationInterval": 60}, "InvalidAggregationInterval.Malformed", 400),
        ({"TrafficPath": ["vpn"]}, "IllegalParam.TrafficPath", 400),
        ({"IpVersion": "DualStack"}, "UnsupportedOperation", 400),
        ({"FlowLogName": "http://a"}, "InvalidFlowLogName.Malformed", 400),
        ({"RegionId": "cn-beijing"}, "InvalidRegionId.NotFound", 404),
        ({"ResourceGroupId": "rg-a"}, "UnsupportedOperation", 400),
    ],
)
def test_what_is_no_flow_log(logged: Logged, params: Members, code: str, status: int) -> None:
    with refused(code, status):
        logged.create(**params)
    assert logged.shown() == []


def test_a_resource_of_another_account_is_not_logged(local: Local, logged: Logged) -> None:
    other = Logged(local.administrator(local.new_account()))
    with refused("InvalidResourceId.NotFound", 404):
        other.create(ResourceId=logged.place.vpc_id)
    made = logged.create()
    for action in ("ActiveFlowLog", "DeactiveFlowLog", "DeleteFlowLog", "ModifyFlowLogAttribute"):
        with refused("InvalidFlowLogId.NotFound", 404):
            other.call("Vpc", action, FlowLogId=made, **HERE)
    assert other.shown() == []


def test_lists_are_filtered(logged: Logged) -> None:
    vpc = logged.create(FlowLogName="one", Tag=[{"Key": "a", "Value": "1"}])
    interface = logged.create(
        FlowLogName="two",
        Description="second",
        ResourceType="NetworkInterface",
        ResourceId=logged.interface.interface_id,
        TrafficType="Drop",
        LogStoreName="others",
    )

    def ids(**params: Any) -> list[str]:
        return [each["FlowLogId"] for each in logged.shown(**params)]

    assert sorted(ids()) == sorted([vpc, interface])
    assert ids(FlowLogId=vpc) == ids(FlowLogName="one") == ids(ResourceType="VPC") == [vpc]
    assert ids(ResourceId=logged.place.vpc_id, ResourceType="VPC") == [vpc]
    assert ids(TrafficType="Drop") == ids(LogStoreName="others") == [interface]
    assert ids(Description="second") == [interface]
    assert len(ids(VpcId=logged.place.vpc_id)) == len(ids(ProjectName=logged.project)) == 2
    assert ids(Status="Inactive") == []
    assert ids(Tags=[{"Key": "a"}]) == [vpc]
    assert len(ids(PageSize=1, PageNumber=2)) == 1


def test_a_flow_log_is_changed_and_switched(logged: Logged) -> None:
    made = logged.create(Description="first")
    named = {"FlowLogId": made, **HERE}
    call = logged.call
    call("Vpc", "ModifyFlowLogAttribute", FlowLogName="new", AggregationInterval=1, **named)
    (found,) = logged.shown()
    assert (found["FlowLogName"], found["AggregationInterval"]) == ("new", 1)
    assert found["Description"] == "first"
    with refused("IncorrectStatus.flowlog", 400):
        call("Vpc", "ActiveFlowLog", **named)
    assert call("Vpc", "DeactiveFlowLog", **named)["Success"] == "true"
    assert logged.shown()[0]["Status"] == "Inactive"
    with refused("IncorrectStatus.flowlog", 400):
        call("Vpc", "DeactiveFlowLog", **named)
    call("Vpc", "ActiveFlowLog", **named)
    for params, code in (
        ({"AggregationInterval": 3}, "IllegalParam.AggregationInterval"),
        ({"IpVersion": "DualStack"}, "UnsupportedOperation"),
    ):
        with refused(code, 400):
            call("Vpc", "ModifyFlowLogAttribute", **params, **named)
    call("Vpc", "DeleteFlowLog", **named)
    with refused("InvalidFlowLogId.NotFound", 404):
        call("Vpc", "DeleteFlowLog", **named)


def test_the_quota_is_kept(local: Local, logged: Logged) -> None:
    with quotas(local, {"vpc.flow-logs": 1}):
        logged.create()
        with refused("QuotaExceeded.FlowLog", 400):
            logged.create()


def test_tags_have_their_rules(logged: Logged) -> None:
    for wrong, code in (
        ([{"Key": "acs:a"}], "InvalidTagKey.Malformed"),
        ([{"Key": "a", "Value": "acs:b"}], "InvalidTagValue.Malformed"),
        ([{"Key": "a"}, {"Key": "a"}], "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            logged.create(Tag=wrong)


def test_the_service_is_open_while_its_role_trusts_it(call: Caller) -> None:
    def is_open() -> bool:
        found: bool = call("Vpc", "GetFlowLogServiceStatus", **HERE)["Enabled"]
        return found

    assert not is_open()
    for _ in range(2):
        call("Vpc", "OpenFlowLogService", **HERE)
    assert is_open()
    assert call("Ram", "GetRole", RoleName=ROLE)["Role"]["RoleName"] == ROLE
    call(
        "Ram",
        "DetachPolicyFromRole",
        PolicyType="System",
        PolicyName="AliyunVPCLogArchiveRolePolicy",
        RoleName=ROLE,
    )
    call("Ram", "DeleteRole", RoleName=ROLE)
    assert not is_open()


def test_the_first_flow_log_opens_the_service(logged: Logged) -> None:
    logged.create()
    assert logged.call("Vpc", "GetFlowLogServiceStatus", **HERE)["Enabled"] is True


def test_a_user_needs_the_flow_log_its_resource_and_the_role(logged: Logged) -> None:
    call, account = logged.call, logged.call.account.account_id
    alice = call.new_user("alice")
    logged_by_alice = Logged.__new__(Logged)
    logged_by_alice.__dict__.update({**logged.__dict__, "call": alice})

    def allow(name: str, action: str, resource: str) -> None:
        statement = f'{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}'
        document = f'{{"Version":"1","Statement":[{statement}]}}'
        call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=document)
        call("Ram", "AttachPolicyToUser", PolicyType="Custom", PolicyName=name, UserName="alice")

    steps = (
        ("logs", "vpc:CreateFlowLog", f"acs:vpc:{REGION}:{account}:flowlog/*"),
        ("vpc", "vpc:CreateFlowLog", f"acs:vpc:{REGION}:{account}:vpc/{logged.place.vpc_id}"),
        ("role", "ram:*Role", "*"),
    )
    for step in steps:
        with refused("Forbidden.RAM", 403):
            logged_by_alice.create()
        allow(*step)
    logged_by_alice.create()


def test_tags_are_added_and_taken_off(logged: Logged) -> None:
    named = {"ResourceType": "FLOWLOG", "ResourceId": [logged.create()], **HERE}
    logged.call("Vpc", "TagResources", Tag=[{"Key": "env", "Value": "dev"}], **named)
    assert logged.shown()[0]["Tags"] == {"Tag": [{"Key": "env", "Value": "dev"}]}
    logged.call("Vpc", "UnTagResources", TagKey=["env"], **named)
    assert logged.shown()[0]["Tags"] == {"Tag": []}
