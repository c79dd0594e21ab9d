"""Groups and their members: what the operations do and refuse."""

from typing import Any

from tests.local import Caller, Local, refused
from tests.platforms import quotas

READ_ONLY = {"PolicyType": "System", "PolicyName": "ReadOnlyAccess"}


def users(call: Caller, *names: str) -> None:
    for name in names:
        call("Ram", "CreateUser", UserName=name)


def groups(call: Caller, *names: str) -> None:
    for name in names:
        call("Ram", "CreateGroup", GroupName=name)


def join(call: Caller, user: str, group: str) -> None:
    call("Ram", "AddUserToGroup", UserName=user, GroupName=group)


def leave(call: Caller, user: str, group: str) -> None:
    call("Ram", "RemoveUserFromGroup", UserName=user, GroupName=group)


def groups_of(call: Caller, user: str) -> list[str]:
    listed: Any = call("Ram", "ListGroupsForUser", UserName=user)["Groups"]["Group"]
    return [each["GroupName"] for each in listed]


def test_group_that_is_not_there_is_named_by_every_operation(call: Caller) -> None:
    users(call, "alice")
    calls: dict[str, dict[str, str]] = {
        "GetGroup": {},
        "UpdateGroup": {"NewComments": "x"},
        "DeleteGroup": {},
        "ListUsersForGroup": {},
        "AddUserToGroup": {"UserName": "alice"},
        "RemoveUserFromGroup": {"UserName": "alice"},
    }
    for action, params in calls.items():
        with refused("EntityNotExist.Group", 404):
            call("Ram", action, GroupName="none", **params)
    assert len(calls) == 6


def test_group_name_is_unique_in_the_account(call: Caller) -> None:
    groups(call, "a", "b")
    with refused("EntityAlreadyExists.Group", 409):
        groups(call, "a")
    with refused("EntityAlreadyExists.Group", 409):
        call("Ram", "UpdateGroup", GroupName="b", NewGroupName="a")


def test_group_name_of_64_characters_is_the_longest(call: Caller) -> None:
    groups(call, "x" * 64)
    with refused("InvalidParameter.GroupName.Length", 400):
        groups(call, "x" * 65)
    with refused("InvalidParameter.GroupName.InvalidChars", 400):
        groups(call, "a b")
    with refused("InvalidParameter.Comments.Length", 400):
        call("Ram", "CreateGroup", GroupName="y", Comments="c" * 129)


def test_quota_of_groups_is_kept(call: Caller, local: Local) -> None:
    with quotas(local, {"ram.groups": 1}):
        groups(call, "first")
        with refused("LimitExceeded.Group", 409):
            groups(call, "second")


def test_membership_is_refused_where_it_makes_no_sense(call: Caller) -> None:
    users(call, "alice")
    groups(call, "devs")
    with refused("EntityNotExist.User.Group", 404):
        leave(call, "alice", "devs")
    join(call, "alice", "devs")
    with refused("EntityAlreadyExists.User.Group", 409):
        join(call, "alice", "devs")
    with refused("EntityNotExist.User", 404):
        join(call, "nobody", "devs")
    with refused("EntityNotExist.User", 404):
        leave(call, "nobody", "devs")
    with refused("EntityNotExist.User", 404):
        groups_of(call, "nobody")


def test_user_joins_ten_groups_at_most(call: Caller) -> None:
    users(call, "alice")
    names = [f"g{i:02}" for i in range(11)]
    groups(call, *names)
    for name in names[:10]:
        join(call, "alice", name)
    with refused("LimitExceeded.User.Group", 409):
        join(call, "alice", names[10])
    assert groups_of(call, "alice") == names[:10]


def test_group_in_use_is_not_deleted(call: Caller) -> None:
    users(call, "alice")
    groups(call, "devs")
    join(call, "alice", "devs")
    call("Ram", "AttachPolicyToGroup", GroupName="devs", **READ_ONLY)
    with refused("DeleteConflict.Group.User", 409):
        call("Ram", "DeleteGroup", GroupName="devs")
    with refused("DeleteConflict.User.Group", 409):
        call("Ram", "DeleteUser", UserName="alice")
    leave(call, "alice", "devs")
    with refused("DeleteConflict.Group.Policy", 409):
        call("Ram", "DeleteGroup", GroupName="devs")
    call("Ram", "DetachPolicyFromGroup", GroupName="devs", **READ_ONLY)
    call("Ram", "DeleteGroup", GroupName="devs")
    with refused("EntityNotExist.Group", 404):
        call("Ram", "GetGroup", GroupName="devs")


def test_group_of_another_account_does_not_exist(call: Caller, local: Local) -> None:
    groups(call, "devs")
    stranger = local.administrator(local.new_account())
    with refused("EntityNotExist.Group", 404):
        stranger("Ram", "GetGroup", GroupName="devs")
    assert stranger("Ram", "ListGroups")["Groups"] == {"Group": []}


def test_members_policies_come_and_go_with_membership(call: Caller) -> None:
    alice = call.new_user("alice")
    groups(call, "readers")
    call("Ram", "AttachPolicyToGroup", GroupName="readers", **READ_ONLY)
    with refused("NoPermission", 403):
        alice("Ram", "ListUsers")
    join(call, "alice", "readers")
    assert alice("Ram", "ListUsers")["Users"]["User"]
    leave(call, "alice", "readers")
    with refused("NoPermission", 403):
        alice("Ram", "ListUsers")
