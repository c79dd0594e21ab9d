"""Groups and memberships, through the official IMS SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from alibabacloud_ram20150501 import models as ram_models
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.ims.principals import ABSENT, create, upn

from juyong.services.identity.facade import NewAccount


def group(ims: Client, name: str, **more: Any) -> Any:
    return ims.create_group(m.CreateGroupRequest(group_name=name, **more)).body.group


def join(ims: Client, name: str, to: str) -> None:
    ims.add_user_to_group(m.AddUserToGroupRequest(user_principal_name=name, group_name=to))


def leave(ims: Client, name: str, to: str) -> None:
    request = m.RemoveUserFromGroupRequest(user_principal_name=name, group_name=to)
    ims.remove_user_from_group(request)


@pytest.fixture
def alice(ims: Client, account: NewAccount) -> str:
    return str(create(ims, "alice", account).user_principal_name)


def test_group_is_created_read_renamed_and_deleted(ims: Client) -> None:
    made = group(ims, "devs", display_name="Developers", comments="first")
    changed = ims.update_group(
        m.UpdateGroupRequest(
            group_name="devs", new_group_name="ops", new_display_name="", new_comments="second"
        )
    ).body.group
    found = ims.get_group(m.GetGroupRequest(group_name="ops")).body.group.to_map()
    assert found == {
        "GroupId": made.group_id,
        "GroupName": "ops",
        "DisplayName": "",
        "Comments": "second",
        "CreateDate": made.create_date,
        "UpdateDate": changed.update_date,
    }
    ims.delete_group(m.DeleteGroupRequest(group_name="ops"))
    for call in (
        lambda: ims.get_group(m.GetGroupRequest(group_name="ops")),
        lambda: ims.update_group(m.UpdateGroupRequest(group_name="ops", new_comments="x")),
        lambda: ims.delete_group(m.DeleteGroupRequest(group_name="ops")),
        lambda: ims.list_users_for_group(m.ListUsersForGroupRequest(group_name="ops")),
    ):
        with refused("EntityNotExist.Group", 404):
            call()


def test_name_is_unique_and_quotas_are_kept(ims: Client, alice: str, server: Server) -> None:
    group(ims, "devs")
    group(ims, "ops")
    with refused("EntityAlreadyExists.Group", 409):
        group(ims, "devs")
    with refused("EntityAlreadyExists.Group", 409):
        ims.update_group(m.UpdateGroupRequest(group_name="ops", new_group_name="devs"))
    with quotas(server, {"ram.groups": 2}), refused("LimitExceeded.Group", 409):
        group(ims, "third")
    join(ims, alice, "devs")
    with quotas(server, {"ram.groups-per-user": 1}), refused("LimitExceeded.User.Group", 409):
        join(ims, alice, "ops")


def test_display_name_has_at_most_24_characters(ims: Client) -> None:
    group(ims, "devs", display_name="d" * 24)
    with refused("InvalidParameter.DisplayName.Length", 400):
        group(ims, "ops", display_name="d" * 25)


def test_members_come_and_go(ims: Client, account: NewAccount, alice: str) -> None:
    made = group(ims, "devs", display_name="Developers", comments="first")
    join(ims, alice, "devs")
    with refused("EntityAlreadyExists.User.Group", 409):
        join(ims, alice, "devs")
    groups = ims.list_groups_for_user(m.ListGroupsForUserRequest(user_principal_name=alice))
    (joined,) = groups.body.groups.group
    assert joined.to_map() == {
        "GroupId": made.group_id,
        "GroupName": "devs",
        "DisplayName": "Developers",
        "Comments": "first",
        "JoinDate": joined.join_date,
    }
    users = ims.list_users_for_group(m.ListUsersForGroupRequest(group_name="devs")).body
    (member,) = users.users.user
    assert (member.user_principal_name, member.display_name) == (alice, "alice")
    assert users.is_truncated is False
    with refused("DeleteConflict.Group.User", 409):
        ims.delete_group(m.DeleteGroupRequest(group_name="devs"))
    leave(ims, alice, "devs")
    with refused("EntityNotExist.User.Group", 404):
        leave(ims, alice, "devs")


def test_group_with_a_policy_is_not_deleted(ims: Client, admin: Clients) -> None:
    group(ims, "devs")
    admin.ram.attach_policy_to_group(
        ram_models.AttachPolicyToGroupRequest(
            policy_type="System", policy_name="ReadOnlyAccess", group_name="devs"
        )
    )
    with refused("DeleteConflict.Group.Policy", 409):
        ims.delete_group(m.DeleteGroupRequest(group_name="devs"))


def test_membership_gives_the_policies_of_the_group(
    ims: Client, admin: Clients, account: NewAccount, new_user: Callable[[str], Clients]
) -> None:
    bob = new_user("bob").ims
    group(ims, "readers")
    admin.ram.attach_policy_to_group(
        ram_models.AttachPolicyToGroupRequest(
            policy_type="System", policy_name="ReadOnlyAccess", group_name="readers"
        )
    )
    with refused("NoPermission", 403):
        bob.get_default_domain()
    join(ims, upn("bob", account), "readers")
    bob.get_default_domain()
    leave(ims, upn("bob", account), "readers")
    with refused("NoPermission", 403):
        bob.get_default_domain()


def test_missing_user_or_group_is_named(ims: Client, account: NewAccount, alice: str) -> None:
    group(ims, "devs")
    for call in (join, leave):
        with refused("EntityNotExist.User", 404):
            call(ims, upn(ABSENT, account), "devs")
        with refused("EntityNotExist.Group", 404):
            call(ims, alice, "nothing")
    with refused("EntityNotExist.User", 404):
        ims.list_groups_for_user(
            m.ListGroupsForUserRequest(user_principal_name=upn(ABSENT, account))
        )


def test_lists_page_by_marker(ims: Client, account: NewAccount) -> None:
    for name in ("a", "b", "c"):
        group(ims, f"g-{name}")
        join(ims, str(create(ims, f"u-{name}", account).user_principal_name), "g-a")
    first = ims.list_groups(m.ListGroupsRequest(max_items=2)).body
    second = ims.list_groups(m.ListGroupsRequest(max_items=2, marker=first.marker)).body
    assert [g.group_name for g in first.groups.group] == ["g-a", "g-b"]
    assert [g.group_name for g in second.groups.group] == ["g-c"]
    one = ims.list_users_for_group(m.ListUsersForGroupRequest(group_name="g-a", max_items=2)).body
    two = ims.list_users_for_group(
        m.ListUsersForGroupRequest(group_name="g-a", max_items=2, marker=one.marker)
    ).body
    found = [u.user_principal_name.partition("@")[0] for u in one.users.user + two.users.user]
    assert found == ["u-a", "u-b", "u-c"]
