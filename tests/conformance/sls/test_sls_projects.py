"""Projects, by both official SDKs."""

import json

import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient
from tests.conformance.harness import Server, quotas
from tests.conformance.sls_calls import Caller, refused, tea_refused


def test_a_project_lives(owner: Caller, log: LogClient, project_name: str) -> None:
    log.create_project(project_name, "words")
    found = log.get_project(project_name)
    assert (found.get_description(), found.get_status()) == ("words", "Normal")
    assert (found.get_region(), found.get_owner()) == ("cn-hangzhou", "")
    assert found.get_create_time().isdigit()
    shown = owner.tea.get_project(project_name, m.GetProjectRequest()).body
    assert shown.internet_endpoint == "cn-hangzhou.log.aliyuncs.com"
    assert shown.internal_endpoint == "cn-hangzhou-intranet.log.aliyuncs.com"
    assert shown.resource_group_id.startswith("rg-acfm")
    assert shown.data_redundancy_type == "LRS"
    assert shown.quota is None
    counted = owner.call("GET", "/", "fetchQuota=true", project=project_name)
    assert json.loads(counted.body)["quota"]["logstore"] == 200
    owner.tea.update_project(project_name, m.UpdateProjectRequest(description="others"))
    assert log.get_project(project_name).get_description() == "others"
    owner.tea.update_project(project_name, m.UpdateProjectRequest(description=""))
    assert log.get_project(project_name).get_description() == ""
    with refused("ProjectAlreadyExist", 400, f"Project {project_name} already exist"):
        log.create_project(project_name, "")
    log.delete_project(project_name)
    with refused("ProjectNotExist", 404, f"The Project does not exist: {project_name}"):
        log.get_project(project_name)


def test_a_project_is_made_at_the_host_of_the_service_too(
    owner: Caller, log: LogClient, project_name: str
) -> None:
    owner.tea.create_project(
        m.CreateProjectRequest(
            project_name=project_name, description="", data_redundancy_type="ZRS"
        )
    )
    shown = owner.tea.get_project(project_name, m.GetProjectRequest()).body
    assert shown.data_redundancy_type == "ZRS"
    assert owner.tea.delete_project(project_name, m.DeleteProjectRequest()).status_code == 200


def test_projects_are_listed_by_parts_of_their_names(owner: Caller, log: LogClient) -> None:
    names = [f"{owner.key_id.lower()}-{n}-{end}" for n in range(3) for end in ("aa", "bb")]
    for name in names:
        log.create_project(name, name[-2:])
    whole = log.list_project()
    assert (whole.get_count(), whole.get_total()) == (6, 6)
    some = owner.tea.list_project(m.ListProjectRequest(project_name="-aa", size=2, offset=1)).body
    assert (some.count, some.total) == (2, 3)
    assert [each.project_name for each in some.projects] == [names[2], names[4]]
    described = owner.tea.list_project(m.ListProjectRequest(description="bb")).body
    assert described.total == 3
    other = owner.tea.list_project(m.ListProjectRequest(resource_group_id="rg-other")).body
    assert other.total == 0


@pytest.mark.parametrize("name", ["ab", "-ab", "Abc", "a_b", "a" * 64])
def test_a_project_must_have_a_name(owner: Caller, name: str) -> None:
    with tea_refused("ParameterInvalid", 400):
        owner.tea.create_project(m.CreateProjectRequest(project_name=name, description=""))


def test_what_no_project_has_is_refused(owner: Caller, project_name: str) -> None:
    def make(**members: object) -> None:
        given = {"project_name": project_name, "description": "", **members}
        owner.tea.create_project(m.CreateProjectRequest(**given))

    for members in (
        {"data_redundancy_type": "GRS"},
        {"resource_group_id": "rg-other"},
        {"description": "x" * 65},
    ):
        with tea_refused("ParameterInvalid", 400):
            make(**members)
    with tea_refused("NotSupported", 400):
        make(recycle_bin_enabled=True)
    with tea_refused("ParameterInvalid", 400):
        owner.tea.create_project(m.CreateProjectRequest(description=""))
    make()
    with tea_refused("NotSupported", 400):
        owner.tea.update_project(project_name, m.UpdateProjectRequest(recycle_bin_enabled=True))


def test_an_account_has_a_quota_of_projects(
    owner: Caller, server: Server, project_name: str
) -> None:
    with quotas(server, {"sls.projects": 0}), refused("ProjectQuotaExceed", 400):
        owner.log.create_project(project_name, "")


def test_a_project_is_of_one_region(owner: Caller, project: str) -> None:
    elsewhere = {"host": f"{project}.cn-shanghai.log.aliyuncs.com"}
    assert owner.call("GET", "/", project=project).status == 200
    answer = owner.call("GET", "/", headers=elsewhere)
    assert (answer.status, json.loads(answer.body)["errorCode"]) == (404, "ProjectNotExist")


def test_regions_are_told(owner: Caller) -> None:
    found = owner.tea.describe_regions(m.DescribeRegionsRequest(language="zh")).body.regions
    named = {each.region: each for each in found}
    assert named["cn-hangzhou"].internet_endpoint == "cn-hangzhou.log.aliyuncs.com"
    assert named["cn-hangzhou"].local_name == "华东1（杭州）"


def test_the_service_is_open(owner: Caller) -> None:
    assert owner.tea.open_sls_service().status_code == 200
    answer = owner.call("GET", "/slsservice")
    assert json.loads(answer.body) == {"enabled": True, "status": "Opened"}


def test_a_project_is_in_the_default_resource_group(owner: Caller, project: str) -> None:
    shown = owner.tea.get_project(project, m.GetProjectRequest()).body

    def change(group: str, resource: str = project) -> None:
        owner.tea.change_resource_group(
            project,
            m.ChangeResourceGroupRequest(
                resource_id=resource, resource_group_id=group, resource_type="PROJECT"
            ),
        )

    change(shown.resource_group_id)
    with tea_refused("ParameterInvalid", 400):
        change("rg-other")
    with tea_refused("ProjectNotExist", 404):
        change(shown.resource_group_id, "no-such-project")
