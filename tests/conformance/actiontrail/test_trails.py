"""Trails are made, changed, listed, switched and deleted, and refused with the documented errors."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance import generic_client
from tests.conformance.actiontrail.trailing import Trailing
from tests.conformance.conftest import Clients
from tests.conformance.documents import allow, policy, statement, trust
from tests.conformance.harness import Server, in_region, refused
from tests.conformance.sts.roles import grant, make_role, role_arn

from juyong.services.actiontrail.product import PRODUCT
from juyong.store.inventory import Ref
from juyong.store.inventory_reads import history, links_from

LINKED = "AliyunServiceRoleForActionTrail"
DEFAULT = "aliyunactiontraildefaultrole"


def test_a_trail_is_made_shown_changed_and_deleted(trailing: Trailing, ram: RamClient) -> None:
    made = trailing.create(sls_write_role_arn=f"acs:ram::*:role/{DEFAULT}", event_rw="Write")
    account = trailing.account.account_id
    project = f"acs:log:cn-hangzhou:{account}:project/{trailing.project}"
    role = f"acs:ram::{account}:role/{DEFAULT}"
    assert (made.name, made.home_region, made.event_rw) == (trailing.name, "cn-hangzhou", "Write")
    assert (made.sls_project_arn, made.sls_write_role_arn) == (project, role)
    assert (made.oss_bucket_name, made.oss_key_prefix) == (trailing.name, "actiontrail/")
    (one,) = trailing.listed(name_list=trailing.name)
    assert one.trail_arn == f"acs:actiontrail:cn-hangzhou:{account}:trail/{trailing.name}"
    assert (one.status, one.trail_region, one.region) == ("Fresh", "All", "cn-hangzhou")
    assert (one.oss_bucket_location, one.is_organization_trail) == ("oss-cn-hangzhou", False)
    assert (one.start_logging_time, one.stop_logging_time) == ("", "")
    assert one.oss_write_role_arn == ""
    assert trailing.listed(name_list="another-trail") == []
    roles = {
        each.role_name for each in ram.list_roles(ram_models.ListRolesRequest()).body.roles.role
    }
    assert roles == {LINKED, "AliyunActionTrailDefaultRole"}
    update = m.UpdateTrailRequest(name=trailing.name, sls_project_arn="", trail_region="cn-beijing")
    assert trailing.trail.update_trail(update).body.sls_project_arn == ""
    (one,) = trailing.listed()
    assert (one.sls_project_arn, one.event_rw, one.trail_region) == ("", "Write", "cn-beijing")
    trailing.trail.delete_trail(m.DeleteTrailRequest(name=trailing.name))
    assert trailing.listed() == []


def test_a_project_without_a_role_shows_the_service_linked_one(trailing: Trailing) -> None:
    trailing.create()
    (one,) = trailing.listed()
    account = trailing.account.account_id
    assert one.sls_write_role_arn == f"acs:ram::{account}:role/{LINKED.lower()}"


def test_a_trail_goes_fresh_enable_disable(trailing: Trailing) -> None:
    trailing.create()
    assert not trailing.status().is_logging
    for switch, expected in ((trailing.start, "Enable"), (trailing.stop, "Disable")) * 2:
        switch()
        switch()
        (one,) = trailing.listed()
        assert one.status == expected
        assert trailing.status().is_logging == (expected == "Enable")
    status = trailing.status()
    assert status.start_logging_time
    assert status.stop_logging_time
    assert (status.oss_bucket_status, status.sls_log_store_status) == (True, True)


def test_another_region_sees_a_shadow_that_it_cannot_change(trailing: Trailing) -> None:
    trailing.create()
    far: Client = in_region(trailing.trail, PRODUCT, "cn-beijing")
    ask = m.DescribeTrailsRequest
    assert far.describe_trails(ask()).body.trail_list == []
    (one,) = far.describe_trails(ask(include_shadow_trails=True)).body.trail_list
    assert (one.home_region, one.region) == ("cn-hangzhou", "cn-beijing")
    assert not far.get_trail_status(m.GetTrailStatusRequest(name=trailing.name)).body.is_logging
    for change in (
        lambda: far.start_logging(m.StartLoggingRequest(name=trailing.name)),
        lambda: far.update_trail(m.UpdateTrailRequest(name=trailing.name, event_rw="All")),
        lambda: far.delete_trail(m.DeleteTrailRequest(name=trailing.name)),
    ):
        with refused("TrailNotFoundException", 404):
            change()
    with refused("TrailAlreadyExistsException", 400):
        far.create_trail(
            m.CreateTrailRequest(name=trailing.name, oss_bucket_name=trailing.bucket.bucket_name)
        )


@pytest.mark.parametrize(
    "call",
    [
        lambda trail: trail.start_logging(m.StartLoggingRequest(name="no-trail")),
        lambda trail: trail.stop_logging(m.StopLoggingRequest(name="no-trail")),
        lambda trail: trail.get_trail_status(m.GetTrailStatusRequest(name="no-trail")),
        lambda trail: trail.update_trail(m.UpdateTrailRequest(name="no-trail")),
        lambda trail: trail.delete_trail(m.DeleteTrailRequest(name="no-trail")),
    ],
)
def test_a_trail_that_is_not_there(trail: Client, call: Callable[[Client], Any]) -> None:
    with refused("TrailNotFoundException", 404):
        call(trail)


ASKED: dict[str, tuple[str, int, dict[str, Any]]] = {
    "short": ("InvalidTrailNameException", 400, {"name": "short"}),
    "upper": ("InvalidTrailNameException", 400, {"name": "Trails-1"}),
    "prefix": ("InvalidPrefixException", 400, {"oss_key_prefix": "logs"}),
    "slash": ("InvalidPrefixException", 400, {"oss_key_prefix": "/audit-logs"}),
    "none": (
        "InvalidDeliveryConfigurationException",
        400,
        {"oss_bucket_name": None, "sls_project_arn": None},
    ),
    "bucket": ("BucketDoesNotExistException", 404, {"oss_bucket_name": "no-such-bucket-of-ours"}),
    "project": (
        "SlsProjectDoesNotExistException",
        400,
        {"sls_project_arn": "acs:log:cn-hangzhou:*:project/no-such-project-of-ours"},
    ),
    "arn": ("InvalidQueryParameter", 400, {"sls_project_arn": "audit-logs"}),
    "effect": ("InvalidQueryParameter", 400, {"event_rw": "write"}),
    "region": ("InvalidQueryParameter", 400, {"trail_region": "cn-hangzhou,nowhere"}),
    "foreign": ("InvalidQueryParameter", 400, {"oss_write_role_arn": "acs:ram::1:role/other"}),
    "organization": ("NotAllowCreateOrganizationTrail", 400, {"is_organization_trail": True}),
    "max": (
        "UnsupportedOperation",
        400,
        {"max_compute_project_arn": "acs:odps:cn-hangzhou:*:projects/actiontrail_x"},
    ),
}


def test_what_no_trail_can_have(trailing: Trailing) -> None:
    for code, status, asked in ASKED.values():
        with refused(code, status):
            trailing.create(**asked)
    assert trailing.listed() == []
    trailing.create()
    with refused("TrailAlreadyExistsException", 400):
        trailing.create()
    # The same folder, whether the prefix ends with a slash or not.
    with refused("RepeatOssBucket", 400):
        trailing.create(name="another-trail", oss_key_prefix="actiontrail")
    for code, status, asked in ASKED.values():
        if "name" in asked or "is_organization_trail" in asked:
            continue
        cleared = {each: "" if value is None else value for each, value in asked.items()}
        with refused(code, status):
            trailing.trail.update_trail(m.UpdateTrailRequest(name=trailing.name, **cleared))
    trailing.create(name="another-trail", oss_key_prefix="")
    with refused("RepeatOssBucket", 400):
        trailing.trail.update_trail(
            m.UpdateTrailRequest(name="another-trail", oss_key_prefix="actiontrail")
        )
    for number in range(3):
        trailing.create(name=f"third-trail-{number}", oss_bucket_name=None, oss_key_prefix=None)
    with refused("MaximumNumberOfTrailsExceededException", 403):
        trailing.create(name="sixth-trail", oss_bucket_name=None, oss_key_prefix=None)


def test_a_role_is_judged_when_a_trail_names_it(trailing: Trailing, ram: RamClient) -> None:
    name = trailing.name
    arn = role_arn(trailing.account, "writer")
    only_bucket = {"sls_project_arn": None, "oss_write_role_arn": arn}
    only_project = {"oss_bucket_name": None, "oss_key_prefix": None, "sls_write_role_arn": arn}
    denials = (
        ("InsufficientBucketPolicyException", only_bucket),
        ("InsufficientSlsPolicyException", only_project),
    )
    for code, asked in denials:
        with refused(code, 403):
            trailing.create(**asked)
    make_role(ram, "writer", trust("Service", "oss.aliyuncs.com"))
    grant(
        ram,
        "role",
        "writer",
        policy(
            statement("oss:PutObject", f"acs:oss:*:*:{name}/actiontrail/*"),
            statement(
                ["log:PostLogStoreLogs", "log:CreateLogStore", "log:CreateIndex"],
                f"acs:log:*:*:project/{name}/logstore/actiontrail_{name}",
            ),
        ),
    )
    for code, asked in denials:
        with refused(code, 403):
            trailing.create(**asked)
    ram.update_role(
        ram_models.UpdateRoleRequest(
            role_name="writer",
            new_assume_role_policy_document=trust("Service", "actiontrail.aliyuncs.com"),
        )
    )
    trailing.create(**only_bucket)
    trailing.trail.update_trail(
        m.UpdateTrailRequest(name=name, sls_project_arn=trailing.sls_arn, sls_write_role_arn=arn)
    )
    detach = ram_models.DetachPolicyFromRoleRequest(
        policy_type="Custom", policy_name="for-role-writer", role_name="writer"
    )
    ram.detach_policy_from_role(detach)
    for code, asked in (
        ("InsufficientBucketPolicyException", {"oss_key_prefix": "elsewhere"}),
        ("InsufficientSlsPolicyException", {"oss_bucket_name": "", "event_rw": "All"}),
    ):
        with refused(code, 403):
            trailing.trail.update_trail(m.UpdateTrailRequest(name=name, **asked))


def test_who_makes_a_trail_must_be_allowed_to_give_its_roles(
    trailing: Trailing, server: Server, ram: RamClient, new_user: Callable[[str], Clients]
) -> None:
    new_user("maker")
    key = ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name="maker"))
    pair: Any = key.body.access_key
    maker = Client(server.config(pair.access_key_id, pair.access_key_secret))
    grant(ram, "user", "maker", allow("actiontrail:*"))
    asked = {"name": trailing.name, "oss_bucket_name": trailing.bucket.bucket_name}
    with refused("NoPermission", 403):
        maker.create_trail(m.CreateTrailRequest(**asked))
    linked = {"StringEquals": {"ram:ServiceName": "actiontrail.aliyuncs.com"}}
    grant(ram, "user", "maker", allow("ram:CreateServiceLinkedRole", "*", linked), "may-link")
    maker.create_trail(m.CreateTrailRequest(**asked))
    role = {"oss_write_role_arn": f"acs:ram::*:role/{DEFAULT}"}
    change = m.UpdateTrailRequest(name=trailing.name, **role)
    with refused("NoPermission", 403):
        maker.update_trail(change)
    passed = {"StringEquals": {"acs:Service": "actiontrail.aliyuncs.com"}}
    grant(ram, "user", "maker", allow("ram:PassRole", "*", passed), "may-pass")
    with refused("NoPermission", 403):
        maker.update_trail(change)
    grant(ram, "user", "maker", allow(["ram:CreateRole", "ram:AttachPolicyToRole"]), "may-make")
    maker.update_trail(change)


def test_the_inventory_knows_a_trail_and_what_it_is_attached_to(trailing: Trailing) -> None:
    trailing.create()
    trailing.start()
    account = trailing.account.account_id
    ref = Ref(account, "cn-hangzhou", "ACS::ActionTrail::Trail", trailing.name)
    call = trailing.server.running.store.call
    (newest,) = call(lambda tx: history(tx, ref, 1))
    assert json.loads(newest.snapshot)["Status"] == "Enable"
    links = call(lambda tx: links_from(tx, ref))
    assert [(each.kind, each.target.resource_type) for each in links] == [
        ("delivers-to", "ACS::OSS::Bucket"),
        ("delivers-to", "ACS::SLS::Project"),
        ("writes-as", "ACS::RAM::Role"),
    ]


def test_the_older_version_looks_and_changes_nothing(trailing: Trailing) -> None:
    trailing.create()
    key = trailing.account
    config = trailing.server.config(key.access_key_id, key.secret.reveal())

    def call(action: str, **asked: str) -> Any:
        return generic_client.call(config, "2017-12-04", action, **asked)

    (one,) = call("DescribeTrails")["TrailList"]
    assert (one["Name"], one["Status"]) == (trailing.name, "Fresh")
    assert call("GetTrailStatus", Name=trailing.name)["IsLogging"] is False
    with refused("UnsupportedOperation", 400):
        call("StartLogging", Name=trailing.name)
    with refused("TrailNotFoundException", 404):
        call("GetTrailStatus", Name="no-trail")
