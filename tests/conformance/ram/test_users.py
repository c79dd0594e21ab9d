"""Users, through the official RAM SDK."""

from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.harness import Server, quotas, refused


def test_user_is_created_read_renamed_and_deleted(ram: Client) -> None:
    made = ram.create_user(
        m.CreateUserRequest(user_name="alice", display_name="Alice Smith", comments="first")
    ).body
    assert made.user.user_name == "alice"
    assert made.user.user_id.startswith("2")
    assert len(made.user.user_id) == 18
    changed = ram.update_user(
        m.UpdateUserRequest(user_name="alice", new_user_name="alicia", new_display_name="A")
    ).body.user
    assert (changed.user_id, changed.user_name) == (made.user.user_id, "alicia")
    found = ram.get_user(m.GetUserRequest(user_name="alicia")).body.user
    assert (found.display_name, found.comments, found.last_login_date) == ("A", "first", "")
    ram.delete_user(m.DeleteUserRequest(user_name="alicia"))
    with refused("EntityNotExist.User", 404):
        ram.get_user(m.GetUserRequest(user_name="alicia"))


def test_name_is_unique_in_the_account(ram: Client) -> None:
    ram.create_user(m.CreateUserRequest(user_name="bob"))
    ram.create_user(m.CreateUserRequest(user_name="rob"))
    with refused("EntityAlreadyExists.User", 409):
        ram.create_user(m.CreateUserRequest(user_name="bob"))
    with refused("EntityAlreadyExists.User", 409):
        ram.update_user(m.UpdateUserRequest(user_name="rob", new_user_name="bob"))


def test_list_pages_by_marker_and_covers_every_user_once(ram: Client) -> None:
    names = [f"u{i:02}" for i in range(7)]
    for name in names:
        ram.create_user(m.CreateUserRequest(user_name=name))
    seen: list[str] = []
    marker = None
    while True:
        page = ram.list_users(m.ListUsersRequest(max_items=3, marker=marker)).body
        seen += [u.user_name for u in page.users.user]
        if not page.is_truncated:
            assert page.marker is None
            break
        marker = page.marker
    assert seen == sorted(["administrator", *names])


def test_name_of_64_characters_is_the_longest(ram: Client) -> None:
    ram.create_user(m.CreateUserRequest(user_name="x" * 64))
    with refused("InvalidParameter.UserName.Length", 400):
        ram.create_user(m.CreateUserRequest(user_name="x" * 65))
    with refused("InvalidParameter.UserName.InvalidChars", 400):
        ram.create_user(m.CreateUserRequest(user_name="a/b"))


def test_quota_of_users_is_kept(ram: Client, server: Server) -> None:
    with quotas(server, {"ram.users": 2}):
        ram.create_user(m.CreateUserRequest(user_name="second"))
        with refused("LimitExceeded.User", 409):
            ram.create_user(m.CreateUserRequest(user_name="third"))


def test_unknown_user_is_not_found(ram: Client) -> None:
    with refused("EntityNotExist.User", 404):
        ram.update_user(m.UpdateUserRequest(user_name="nobody", new_comments="x"))
    with refused("EntityNotExist.User", 404):
        ram.delete_user(m.DeleteUserRequest(user_name="nobody"))


def test_user_with_a_key_or_a_policy_is_not_deleted(ram: Client) -> None:
    ram.create_user(m.CreateUserRequest(user_name="held"))
    key = ram.create_access_key(m.CreateAccessKeyRequest(user_name="held")).body.access_key
    with refused("DeleteConflict.User.AccessKey", 409):
        ram.delete_user(m.DeleteUserRequest(user_name="held"))
    ram.delete_access_key(
        m.DeleteAccessKeyRequest(user_name="held", user_access_key_id=key.access_key_id)
    )
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(
            policy_type="System", policy_name="ReadOnlyAccess", user_name="held"
        )
    )
    with refused("DeleteConflict.User.Policy", 409):
        ram.delete_user(m.DeleteUserRequest(user_name="held"))
    ram.detach_policy_from_user(
        m.DetachPolicyFromUserRequest(
            policy_type="System", policy_name="ReadOnlyAccess", user_name="held"
        )
    )
    ram.delete_user(m.DeleteUserRequest(user_name="held"))
