"""Who may do what: RAM policies, project policies, tags, and callers of other accounts."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient
from tests.conformance.harness import Server
from tests.conformance.sls_calls import REGION, Caller, asked, refused, tea_refused

from juyong.api import registry
from juyong.api.access import Entry
from juyong.api.operation_spec import Operation
from juyong.services.identity.facade import NewAccount
from juyong.services.sls.product import PRODUCT as SLS

registry.load_all()
AUTHORISED = [
    pytest.param(found, id=found.name)
    for found in SLS.operations.values()
    if found.entry is Entry.AUTHORISED
]


def policy(*actions: str, resource: str = "*", **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return json.dumps({"Version": "1", "Statement": [statement]})


@pytest.mark.parametrize("found", AUTHORISED)
def test_a_caller_without_permission_is_denied(
    found: Operation,
    as_user: Callable[..., Caller],
    account: NewAccount,
    project: str,
    logstore: str,
) -> None:
    answer = asked(as_user(), found, project, logstore)
    members = json.loads(answer.body)
    assert (answer.status, members["errorCode"]) == (401, "Unauthorized"), members
    detail = members["accessDeniedDetail"]
    assert (detail["AuthAction"], detail["NoPermissionType"]) == (found.action, "ImplicitDeny")
    assert f"action: {found.action}, resource: acs:log:" in members["errorMessage"]


OF_THEIR_OWN = {
    *("PutLogs", "TagResources", "UntagResources"),
    *("CreateJob", "UpdateJob", "CreateScheduledSQL", "UpdateScheduledSQL"),
    *("CreateOSSExport", "UpdateOSSExport"),
}
"""Operations that judge a body first, or name what they are about in a body of their own."""


def test_parents_that_are_not_there_are_named(owner: Caller, project: str) -> None:
    for found in SLS.operations.values():
        declared = {error.code for error in found.raises}
        for code, name in (("ProjectNotExist", f"{project}-x"), ("LogStoreNotExist", project)):
            if code in declared and found.name not in OF_THEIR_OWN:
                answer = asked(owner, found, name, "no-such")
                members = json.loads(answer.body)
                assert (answer.status, members["errorCode"]) == (404, code), (found.name, members)


def test_a_denial_names_what_was_asked_for(
    as_user: Callable[..., Caller], account: NewAccount, project: str, logstore: str
) -> None:
    user = as_user()
    place = f"acs:log:{REGION}:{account.account_id}:project/{project}"
    with refused(
        "Unauthorized",
        401,
        f"denied by sts or ram, action: log:GetLogStore, resource: {place}/logstore/{logstore}",
    ):
        user.log.get_logstore(project, logstore)
    with refused(
        "Unauthorized",
        401,
        f"denied by sts or ram, action: log:ListLogStores, resource: {place}/logstore/*",
    ):
        user.log.list_logstore(project)


def test_policies_name_projects_and_logstores(
    as_user: Callable[..., Caller], log: LogClient, project: str, logstore: str
) -> None:
    log.create_logstore(project, "other")
    one = as_user(policy("log:GetLogStore", resource=f"acs:log:*:*:project/{project}/logstore/st*"))
    assert one.log.get_logstore(project, logstore).get_ttl() == 30
    with refused("Unauthorized", 401):
        one.log.get_logstore(project, "other")
    with refused("Unauthorized", 401):
        one.log.get_project(project)
    with refused("Unauthorized", 401):
        one.log.list_project()
    lists = as_user(
        policy("log:ListLogStores", resource=f"acs:log:{REGION}:*:project/{project}/logstore/*")
    )
    assert lists.log.list_logstore(project).get_logstores() == ["other", logstore]


def test_a_project_has_a_policy_byte_for_byte(owner: Caller, log: LogClient, project: str) -> None:
    assert owner.tea.get_project_policy(project).body == ""
    text = policy("log:GetProject", Principal=["*"]).replace(":", " :  ", 3)
    owner.tea.put_project_policy(project, m.PutProjectPolicyRequest(body=text))
    assert owner.tea.get_project_policy(project).body == text
    assert owner.tea.delete_project_policy(project).status_code == 200
    assert owner.tea.get_project_policy(project).body == ""


def put(owner: Caller, project: str, *statements: dict[str, Any]) -> None:
    document = json.dumps({"Version": "1", "Statement": list(statements)})
    owner.tea.put_project_policy(project, m.PutProjectPolicyRequest(body=document))


def test_a_project_policy_lets_others_in(
    owner: Caller, stranger: Caller, project: str, logstore: str
) -> None:
    with refused("Unauthorized", 401):
        stranger.log.get_logstore(project, logstore)
    own = f"acs:log:*:*:project/{project}"
    put(
        owner,
        project,
        {
            "Effect": "Allow",
            "Principal": ["*"],
            "Action": ["log:GetLogStore"],
            "Resource": [f"{own}/logstore/{logstore}"],
        },
    )
    assert stranger.log.get_logstore(project, logstore).get_ttl() == 30
    with refused("Unauthorized", 401):
        stranger.log.list_logstore(project)
    with refused("Unauthorized", 401):
        stranger.log.delete_project(project)


def test_a_statement_without_principal_denies_all_and_allows_its_own(
    owner: Caller, stranger: Caller, as_user: Callable[..., Caller], project: str, logstore: str
) -> None:
    user = as_user()
    every = f"acs:log:*:*:project/{project}/*"
    put(owner, project, {"Effect": "Allow", "Action": "log:Get*", "Resource": every})
    assert user.log.get_logstore(project, logstore).get_ttl() == 30
    with refused("Unauthorized", 401):
        stranger.log.get_logstore(project, logstore)
    put(
        owner,
        project,
        {
            "Effect": "Deny",
            "Action": ["log:GetLogStore"],
            "Resource": every,
            "Condition": {"IpAddress": {"acs:SourceIp": ["127.0.0.1"]}},
        },
    )
    with refused("Unauthorized", 401):
        owner.log.get_logstore(project, logstore)
    put(
        owner,
        project,
        {
            "Effect": "Deny",
            "Action": ["log:GetLogStore"],
            "Resource": every,
            "Condition": {"IpAddress": {"acs:SourceIp": ["10.0.0.0/8"]}},
        },
    )
    assert owner.log.get_logstore(project, logstore).get_ttl() == 30


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        '{"Version":"1"}',
        '{"Version":"1","Statement":[1]}',
        policy("oss:GetObject"),
        policy("log:Get*", resource="acs:log:*:*:project/another/*"),
        policy("log:Get*", resource="acs:oss:*:*:*"),
        policy("log:Get*", resource="project"),
        policy("log:Get*", Principal=["someone"]),
        policy("log:Get*", Effect="Maybe"),
        policy("log:Get*", Effect="Allow", Condition={"Nonsense": {"a": "b"}}),
        '{"Version":"1","Version":"1","Statement":[]}',
        policy("log:Get*", resource="*") + " " * 16384,
    ],
)
def test_what_is_no_policy_of_the_project_is_refused(
    owner: Caller, project: str, text: str
) -> None:
    answer = owner.call("POST", "/policy", "", text.encode(), project=project)
    assert (answer.status, json.loads(answer.body)["errorCode"]) == (400, "ParameterInvalid")
    assert owner.call("POST", "/policy", "", b"\xff", project=project).status == 400


def tags_of(caller: Caller, kind: str, resource: str, **more: Any) -> dict[str, str]:
    request = m.ListTagResourcesRequest(resource_type=kind, resource_id=[resource], **more)
    found = caller.tea.list_tag_resources(request).body
    assert found.next_token == ""
    return {each.tag_key: each.tag_value for each in found.tag_resources}


@pytest.mark.parametrize("kind", ["project", "LOGSTORE"])
def test_tags(owner: Caller, project: str, logstore: str, kind: str) -> None:
    resource = project if kind == "project" else f"{project}#{logstore}"

    def tag(**tags: str) -> None:
        pairs = [m.TagResourcesRequestTags(key=k, value=v) for k, v in tags.items()]
        owner.tea.tag_resources(
            m.TagResourcesRequest(resource_type=kind, resource_id=[resource], tags=pairs)
        )

    def untag(*keys: str, all: bool = False) -> None:
        owner.tea.untag_resources(
            m.UntagResourcesRequest(
                resource_type=kind, resource_id=[resource], tags=list(keys), all=all
            )
        )

    tag(team="red", env="test")
    tag(team="blue")
    assert tags_of(owner, kind, resource) == {"team": "blue", "env": "test"}
    wanted = [m.ListTagResourcesRequestTags(key="team", value="red")]
    assert tags_of(owner, kind, resource, tags=wanted) == {}
    untag("env", "nothing")
    assert tags_of(owner, kind, resource) == {"team": "blue"}
    untag(all=True)
    assert tags_of(owner, kind, resource) == {}
    with tea_refused("ParameterInvalid", 400):
        tag(**{"acs:x": "y"})
    with tea_refused("ParameterInvalid", 400):
        tag(**{f"k{n}": "v" for n in range(21)})
    tag(**{f"k{n}": "v" for n in range(20)})
    with tea_refused("ParameterInvalid", 400):
        tag(more="v")
    missing = "no-such" if kind == "project" else f"{project}#no-such"
    resource = missing
    code = "ProjectNotExist" if kind == "project" else "LogStoreNotExist"
    with tea_refused(code, 404):
        tag(team="red")
    with tea_refused(code, 404):
        untag("team")
    if kind != "project":
        resource = "no-such#no-such"
        with tea_refused("ProjectNotExist", 404):
            tag(team="red")
        with tea_refused("ProjectNotExist", 404):
            untag("team")


def test_tags_are_called_at_the_host_of_the_project_too(log: LogClient, project: str) -> None:
    log.tag_project(project, team="red")
    tags = next(iter(log.get_project_tags(project))).get_tags()
    assert tags == {"team": "red"}
    log.untag_project(project, "team")
    assert next(iter(log.get_project_tags(project))).get_tags() == {}


def test_unknown_types_and_tokens_are_refused(owner: Caller, project: str) -> None:
    with tea_refused("ParameterInvalid", 400):
        tags_of(owner, "machine", project)
    answer = owner.call(
        "GET", "/tags", f'resourceType=project&resourceId=["{project}"]&nextToken=nonsense'
    )
    assert json.loads(answer.body)["errorCode"] == "ParameterInvalid"


def test_policies_ask_for_tags(
    owner: Caller, as_user: Callable[..., Caller], project: str, logstore: str
) -> None:
    ask = {"StringEquals": {"acs:ResourceTag/team": "red"}}
    user = as_user(policy("log:*", Condition=ask))
    with refused("Unauthorized", 401):
        user.log.get_logstore(project, logstore)
    owner.log.tag_project(project, team="red")
    assert user.log.get_project(project).get_status() == "Normal"
    assert user.log.get_logstore(project, logstore).get_ttl() == 30
    pairs = [m.TagResourcesRequestTags(key="team", value="blue")]
    owner.tea.tag_resources(
        m.TagResourcesRequest(
            resource_type="logstore", resource_id=[f"{project}#{logstore}"], tags=pairs
        )
    )
    with refused("Unauthorized", 401):
        user.log.get_logstore(project, logstore)


def test_the_inventory_knows_projects_and_logstores(
    server: Server, owner: Caller, account: NewAccount, project: str, logstore: str
) -> None:
    from juyong.store.inventory import ResourceEventRow

    def noted() -> list[tuple[str, str]]:
        mine = account.account_id
        found = server.running.store.call(lambda tx: tx.find(ResourceEventRow, account_id=mine))
        return [
            (each.resource_type, each.change)
            for each in found
            if each.resource_id in (project, f"{project}#{logstore}")
        ]

    owner.log.delete_project(project)
    found = noted()
    for kind in ("ACS::SLS::Project", "ACS::SLS::LogStore"):
        assert (kind, "created") in found
        assert (kind, "deleted") in found
