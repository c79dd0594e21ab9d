"""Groups and their members, through the official RAM SDK."""

from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.harness import refused


def users(ram: Client, *names: str) -> None:
    for name in names:
        ram.create_user(m.CreateUserRequest(user_name=name))


def groups(ram: Client, *names: str) -> None:
    for name in names:
        ram.create_group(m.CreateGroupRequest(group_name=name))


def join(ram: Client, user: str, group: str) -> None:
    ram.add_user_to_group(m.AddUserToGroupRequest(user_name=user, group_name=group))


def test_group_is_created_read_renamed_and_deleted(ram: Client) -> None:
    made = ram.create_group(m.CreateGroupRequest(group_name="devs", comments="first")).body.group
    assert (made.group_name, made.comments) == ("devs", "first")
    assert made.group_id.startswith("g-")
    changed = ram.update_group(
        m.UpdateGroupRequest(group_name="devs", new_group_name="builders", new_comments="second")
    ).body.group
    assert (changed.group_id, changed.group_name) == (made.group_id, "builders")
    found = ram.get_group(m.GetGroupRequest(group_name="builders")).body.group
    assert (found.comments, found.create_date) == ("second", made.create_date)
    assert found.update_date >= found.create_date
    ram.delete_group(m.DeleteGroupRequest(group_name="builders"))
    with refused("EntityNotExist.Group", 404):
        ram.get_group(m.GetGroupRequest(group_name="builders"))


def test_groups_are_listed_in_pages(ram: Client) -> None:
    names = [f"g{i}" for i in range(5)]
    groups(ram, *names)
    first = ram.list_groups(m.ListGroupsRequest(max_items=3)).body
    assert first.is_truncated
    second = ram.list_groups(m.ListGroupsRequest(max_items=3, marker=first.marker)).body
    assert not second.is_truncated
    assert second.marker is None
    assert [g.group_name for g in first.groups.group + second.groups.group] == names
    with refused("InvalidParameter.MaxItems.Range", 400):
        ram.list_groups(m.ListGroupsRequest(max_items=101))


def test_members_join_are_listed_from_both_sides_and_leave(ram: Client) -> None:
    users(ram, "alice", "bob", "carol")
    groups(ram, "devs", "admins")
    for user in ("carol", "alice", "bob"):
        join(ram, user, "devs")
    join(ram, "alice", "admins")
    page = ram.list_users_for_group(m.ListUsersForGroupRequest(group_name="devs", max_items=2)).body
    assert [u.user_name for u in page.users.user] == ["alice", "bob"]
    assert page.is_truncated
    assert page.users.user[0].join_date.endswith("Z")
    rest = ram.list_users_for_group(
        m.ListUsersForGroupRequest(group_name="devs", max_items=2, marker=page.marker)
    ).body
    assert [u.user_name for u in rest.users.user] == ["carol"]
    assert not rest.is_truncated
    found = ram.list_groups_for_user(m.ListGroupsForUserRequest(user_name="alice")).body
    assert [g.group_name for g in found.groups.group] == ["admins", "devs"]
    assert found.groups.group[0].group_id.startswith("g-")
    ram.remove_user_from_group(m.RemoveUserFromGroupRequest(user_name="alice", group_name="admins"))
    found = ram.list_groups_for_user(m.ListGroupsForUserRequest(user_name="alice")).body
    assert [g.group_name for g in found.groups.group] == ["devs"]
