"""Groups and their members, through the official RAM SDK."""

from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.harness import Server, quotas, refused


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


def test_group_that_is_not_there_is_named_by_every_operation(ram: Client) -> None:
    users(ram, "alice")
    calls = [
        lambda: ram.get_group(m.GetGroupRequest(group_name="none")),
        lambda: ram.update_group(m.UpdateGroupRequest(group_name="none", new_comments="x")),
        lambda: ram.delete_group(m.DeleteGroupRequest(group_name="none")),
        lambda: ram.list_users_for_group(m.ListUsersForGroupRequest(group_name="none")),
        lambda: join(ram, "alice", "none"),
        lambda: ram.remove_user_from_group(
            m.RemoveUserFromGroupRequest(user_name="alice", group_name="none")
        ),
    ]
    for call in calls:
        with refused("EntityNotExist.Group", 404):
            call()
    assert len(calls) == 6


def test_group_name_is_unique_in_the_account(ram: Client) -> None:
    groups(ram, "a", "b")
    with refused("EntityAlreadyExists.Group", 409):
        groups(ram, "a")
    with refused("EntityAlreadyExists.Group", 409):
        ram.update_group(m.UpdateGroupRequest(group_name="b", new_group_name="a"))


def test_group_name_of_64_characters_is_the_longest(ram: Client) -> None:
    groups(ram, "x" * 64)
    with refused("InvalidParameter.GroupName.Length", 400):
        groups(ram, "x" * 65)
    with refused("InvalidParameter.GroupName.InvalidChars", 400):
        groups(ram, "a b")
    with refused("InvalidParameter.Comments.Length", 400):
        ram.create_group(m.CreateGroupRequest(group_name="y", comments="c" * 129))


def test_quota_of_groups_is_kept(ram: Client, server: Server) -> None:
    with quotas(server, {"ram.groups": 1}):
        groups(ram, "first")
        with refused("LimitExceeded.Group", 409):
            groups(ram, "second")


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


def test_membership_is_refused_where_it_makes_no_sense(ram: Client) -> None:
    users(ram, "alice")
    groups(ram, "devs")
    with refused("EntityNotExist.User.Group", 404):
        ram.remove_user_from_group(
            m.RemoveUserFromGroupRequest(user_name="alice", group_name="devs")
        )
    join(ram, "alice", "devs")
    with refused("EntityAlreadyExists.User.Group", 409):
        join(ram, "alice", "devs")
    with refused("EntityNotExist.User", 404):
        join(ram, "nobody", "devs")
    with refused("EntityNotExist.User", 404):
        ram.remove_user_from_group(
            m.RemoveUserFromGroupRequest(user_name="nobody", group_name="devs")
        )
    with refused("EntityNotExist.User", 404):
        ram.list_groups_for_user(m.ListGroupsForUserRequest(user_name="nobody"))


def test_user_joins_ten_groups_at_most(ram: Client) -> None:
    users(ram, "alice")
    names = [f"g{i:02}" for i in range(11)]
    groups(ram, *names)
    for name in names[:10]:
        join(ram, "alice", name)
    with refused("LimitExceeded.User.Group", 409):
        join(ram, "alice", names[10])
    found = ram.list_groups_for_user(m.ListGroupsForUserRequest(user_name="alice")).body
    assert [g.group_name for g in found.groups.group] == names[:10]


def test_group_in_use_is_not_deleted(ram: Client) -> None:
    users(ram, "alice")
    groups(ram, "devs")
    join(ram, "alice", "devs")
    ram.attach_policy_to_group(
        m.AttachPolicyToGroupRequest(
            policy_type="System", policy_name="ReadOnlyAccess", group_name="devs"
        )
    )
    with refused("DeleteConflict.Group.User", 409):
        ram.delete_group(m.DeleteGroupRequest(group_name="devs"))
    with refused("DeleteConflict.User.Group", 409):
        ram.delete_user(m.DeleteUserRequest(user_name="alice"))
    ram.remove_user_from_group(m.RemoveUserFromGroupRequest(user_name="alice", group_name="devs"))
    with refused("DeleteConflict.Group.Policy", 409):
        ram.delete_group(m.DeleteGroupRequest(group_name="devs"))
    ram.detach_policy_from_group(
        m.DetachPolicyFromGroupRequest(
            policy_type="System", policy_name="ReadOnlyAccess", group_name="devs"
        )
    )
    ram.delete_group(m.DeleteGroupRequest(group_name="devs"))


def test_group_of_another_account_does_not_exist(server: Server, as_key, ram: Client) -> None:
    groups(ram, "devs")
    other = server.new_account()
    stranger = as_key(other.access_key_id, other.secret.reveal()).ram
    with refused("EntityNotExist.Group", 404):
        stranger.get_group(m.GetGroupRequest(group_name="devs"))
    assert stranger.list_groups(m.ListGroupsRequest()).body.groups.group == []


def test_members_policies_come_and_go_with_membership(ram: Client, new_user) -> None:
    alice = new_user("alice").ram
    groups(ram, "readers")
    ram.attach_policy_to_group(
        m.AttachPolicyToGroupRequest(
            policy_type="System", policy_name="ReadOnlyAccess", group_name="readers"
        )
    )
    with refused("NoPermission", 403):
        alice.list_users(m.ListUsersRequest())
    join(ram, "alice", "readers")
    assert alice.list_users(m.ListUsersRequest()).body.users.user
    ram.remove_user_from_group(
        m.RemoveUserFromGroupRequest(user_name="alice", group_name="readers")
    )
    with refused("NoPermission", 403):
        alice.list_users(m.ListUsersRequest())
