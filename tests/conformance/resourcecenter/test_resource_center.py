"""Resource Center through its official SDK."""

import json

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_resourcecenter20221201 import models as m
from alibabacloud_resourcecenter20221201.client import Client
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount

GROUP = "ACS::RAM::Group"
GROUPS = ("ResourceType", "Equals", GROUP)
"""An account has more than groups from its beginning: a user, its AccessKey, an alias."""


@pytest.fixture
def center(server: Server, account: NewAccount) -> Client:
    client = Client(server.config(account.access_key_id, account.secret.reveal()))
    client.enable_resource_center()
    return client


def group(ram: Ram, name: str) -> str:
    request = ram_models.CreateGroupRequest(group_name=name)
    return ram.create_group(request).body.group.group_id


def search(center: Client, *filters: tuple[str, str, str], **asked):
    made = [m.SearchResourcesRequestFilter(key=k, match_type=t, value=[v]) for k, t, v in filters]
    asked = {"filter": made or None, **asked}
    return center.search_resources(m.SearchResourcesRequest(**asked)).body


def names(answer) -> list[str]:
    return [each.resource_name for each in answer.resources]


def configuration(center: Client, group_id: str):
    return center.get_resource_configuration(
        m.GetResourceConfigurationRequest(
            resource_region_id="global", resource_type=GROUP, resource_id=group_id
        )
    ).body


def test_it_must_be_enabled_first(server: Server, account: NewAccount) -> None:
    center = Client(server.config(account.access_key_id, account.secret.reveal()))
    status = center.get_resource_center_service_status().body
    assert (status.service_status, status.initial_status) == ("Disabled", "Finished")
    calls = (
        lambda: search(center),
        lambda: configuration(center, "1"),
        lambda: center.get_resource_counts(m.GetResourceCountsRequest()),
        lambda: center.list_tag_keys(m.ListTagKeysRequest()),
        lambda: center.list_tag_values(m.ListTagValuesRequest(tag_key="k")),
        lambda: center.batch_get_resource_configurations(batch("1")),
        lambda: related(center, "1"),
    )
    for call in calls:
        with refused("ServiceNotEnabled", 409):
            call()
    assert center.enable_resource_center().body.status == "Enabled"
    assert center.get_resource_center_service_status().body.service_status == "Enabled"
    assert search(center, GROUPS).resources == []
    center.disable_resource_center()
    with refused("ServiceNotEnabled", 409):
        search(center)


def batch(*ids: str) -> m.BatchGetResourceConfigurationsRequest:
    asked = m.BatchGetResourceConfigurationsRequestResources
    return m.BatchGetResourceConfigurationsRequest(
        resources=[asked(region_id="global", resource_type=GROUP, resource_id=each) for each in ids]
    )


def related(center: Client, group_id: str, **asked):
    return center.list_resource_relationships(
        m.ListResourceRelationshipsRequest(
            region_id="global", resource_type=GROUP, resource_id=group_id, **asked
        )
    ).body


def test_resources_are_found_as_they_are(ram: Ram, center: Client, account: NewAccount) -> None:
    group_id = group(ram, "admins")
    group(ram, "readers")
    (found,) = search(center, ("ResourceName", "Equals", "admins")).resources
    assert (found.resource_id, found.resource_type) == (group_id, GROUP)
    assert (found.account_id, found.region_id) == (account.account_id, "global")
    assert found.create_time.endswith("Z")
    assert found.tags == []
    ram.update_group(ram_models.UpdateGroupRequest(group_name="admins", new_group_name="owners"))
    assert sorted(names(search(center, GROUPS))) == ["owners", "readers"]
    shown = configuration(center, group_id)
    assert shown.configuration["GroupName"] == "owners"
    ram.delete_group(ram_models.DeleteGroupRequest(group_name="owners"))
    assert names(search(center, GROUPS)) == ["readers"]
    with refused("NotExists.Resource", 404):
        configuration(center, group_id)
    both = search(center, GROUPS, include_deleted_resources=True).resources
    assert sorted((each.resource_name, each.deleted) for each in both) == [
        ("owners", True),
        ("readers", None),
    ]


def test_conditions_are_joined_and_may_be_negated(ram: Ram, center: Client) -> None:
    for name in ("web-1", "web-2", "sql-1"):
        group(ram, name)
    assert sorted(names(search(center, ("ResourceName", "Prefix", "web")))) == ["web-1", "web-2"]
    joined = search(center, ("ResourceName", "Prefix", "web"), ("ResourceName", "NotContains", "2"))
    assert names(joined) == ["web-1"]
    assert joined.filters[0].values == ["web"]
    assert names(search(center, ("RegionId", "Equals", "cn-hangzhou"))) == []
    # Ids of other resources are random hexadecimal digits.
    assert names(search(center, search_expression="SQL")) == ["sql-1"]
    for bad in (("VpcId", "Equals", "v"), ("ResourceName", "Like", "v"), ("Tag", "Equals", "{")):
        with refused("InvalidParameter.Filter", 400):
            search(center, bad)


def test_pages_in_both_orders(ram: Ram, center: Client) -> None:
    for number in range(5):
        group(ram, f"g{number}")
    for order in ("ASC", "DESC"):
        sort = m.SearchResourcesRequestSortCriterion(key="CreateTime", order=order)
        found: list[str] = []
        token = None
        while True:
            page = search(center, GROUPS, sort_criterion=sort, max_results=2, next_token=token)
            found += names(page)
            token = page.next_token
            if not token:
                break
        assert sorted(found) == [f"g{n}" for n in range(5)]
    with refused("InvalidParameter.NextToken", 400):
        search(center, next_token="x")


@pytest.mark.parametrize(
    ("key", "order", "code"),
    [
        ("ResourceName", "ASC", "InvalidParameter.SortCriterion.Key"),
        ("CreateTime", "asc", "InvalidParameter.SortCriterion.Order"),
    ],
)
def test_an_order_that_is_not_offered_is_refused(
    center: Client, key: str, order: str, code: str
) -> None:
    with refused(code, 400):
        search(center, sort_criterion=m.SearchResourcesRequestSortCriterion(key=key, order=order))


def test_counts(ram: Ram, center: Client) -> None:
    group(ram, "a")
    group(ram, "b")

    def counts(**asked: str) -> list[tuple[str | None, int]]:
        body = center.get_resource_counts(m.GetResourceCountsRequest(**asked)).body
        return [(each.group_name, each.count) for each in body.resource_counts]

    by_type = dict(counts(group_by_key="ResourceType"))
    assert by_type[GROUP] == 2
    assert counts() == [(None, sum(by_type.values()))]
    assert counts(group_by_key="RegionId") == [("global", sum(by_type.values()))]


def test_a_batch_leaves_out_what_does_not_exist(ram: Ram, center: Client) -> None:
    group_id = group(ram, "a")
    answer = center.batch_get_resource_configurations(batch(group_id, "none")).body
    assert [each.resource_id for each in answer.resources] == [group_id]
    assert json.dumps(answer.resources[0].configuration)


def test_another_account_sees_nothing(server: Server, ram: Ram, center: Client) -> None:
    group_id = group(ram, "a")
    other_account = server.new_account()
    config = server.config(other_account.access_key_id, other_account.secret.reveal())
    stranger = Client(config)
    stranger.enable_resource_center()
    assert search(stranger, GROUPS).resources == []
    with refused("NotExists.Resource", 404):
        configuration(stranger, group_id)
    with refused("NotExists.Resource", 404):
        related(stranger, group_id)


def test_types(center: Client) -> None:
    body = center.list_resource_types(m.ListResourceTypesRequest()).body
    kinds = [each.resource_type for each in body.resource_types]
    assert GROUP in kinds
    assert kinds == sorted(kinds)
    one = center.list_resource_types(m.ListResourceTypesRequest(resource_type=GROUP)).body
    assert [each.resource_type_name for each in one.resource_types] == ["Group"]


def test_relationships_are_listed_from_either_end(ram: Ram, center: Client) -> None:
    group_id = group(ram, "devs")
    made = ram.create_user(ram_models.CreateUserRequest(user_name="alice")).body.user
    ram.add_user_to_group(ram_models.AddUserToGroupRequest(user_name="alice", group_name="devs"))
    (found,) = related(center, group_id).resource_relationships
    assert (found.related_resource_type, found.related_resource_id) == (
        "ACS::RAM::User",
        made.user_id,
    )
    condition = m.ListResourceRelationshipsRequestRelatedResourceFilter
    of_keys = condition(key="RelatedResourceType", match_type="Equals", value=["ACS::KMS::Key"])
    assert related(center, group_id, related_resource_filter=[of_keys]).resource_relationships == []
    unknown = condition(key="RelatedResourceName", match_type="Equals", value=["a"])
    with refused("InvalidParameter.Filter", 400):
        related(center, group_id, related_resource_filter=[unknown])


def test_tag_keys_and_values_in_use(ram: Ram, center: Client) -> None:
    trust = (
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
        '"Principal":{"Service":["ecs.aliyuncs.com"]}}]}'
    )
    for name, value in (("a", "prod"), ("b", "dev")):
        tag = ram_models.CreateRoleRequestTag(key="env", value=value)
        ram.create_role(
            ram_models.CreateRoleRequest(
                role_name=name, assume_role_policy_document=trust, tag=[tag]
            )
        )
    assert center.list_tag_keys(m.ListTagKeysRequest()).body.tag_keys == ["env"]
    begun = m.ListTagKeysRequest(tag_key="x", match_type="Prefix")
    assert center.list_tag_keys(begun).body.tag_keys == []
    values = center.list_tag_values(m.ListTagValuesRequest(tag_key="env")).body.tag_values
    assert values == ["dev", "prod"]
    one = m.ListTagValuesRequest(tag_key="env", tag_value="prod")
    assert center.list_tag_values(one).body.tag_values == ["prod"]
    tagged = search(center, ("Tag", "Equals", '{"key":"env","value":"dev"}')).resources
    assert [each.resource_name for each in tagged] == ["b"]
