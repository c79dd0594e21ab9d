"""Console access of users, through the official RAM SDK."""

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount

GOOD = "correct-Horse-7"


@pytest.fixture(autouse=True)
def alice(ram: Client) -> None:
    ram.create_user(m.CreateUserRequest(user_name="alice"))


def create(ram: Client, name: str = "alice", password: str = GOOD, **more: object):
    request = m.CreateLoginProfileRequest(user_name=name, password=password, **more)
    return ram.create_login_profile(request).body.login_profile


def read(ram: Client, name: str = "alice") -> dict[str, object]:
    request = m.GetLoginProfileRequest(user_name=name)
    return ram.get_login_profile(request).body.login_profile.to_map()


def test_profile_is_created_read_changed_and_deleted(ram: Client) -> None:
    made = create(ram, mfabind_required=True)
    assert (made.user_name, made.mfabind_required) == ("alice", True)
    assert read(ram) == {
        "UserName": "alice",
        "CreateDate": made.create_date,
        "MFABindRequired": True,
        "PasswordResetRequired": False,
    }
    ram.update_login_profile(
        m.UpdateLoginProfileRequest(user_name="alice", password_reset_required=True)
    )
    assert read(ram) == {
        "UserName": "alice",
        "CreateDate": made.create_date,
        "MFABindRequired": True,
        "PasswordResetRequired": True,
    }
    ram.delete_login_profile(m.DeleteLoginProfileRequest(user_name="alice"))
    with refused("EntityNotExist.User.LoginProfile", 404):
        read(ram)


def test_user_has_one_profile(ram: Client) -> None:
    create(ram)
    with refused("EntityAlreadyExists.User.LoginProfile", 409):
        create(ram)
    with refused("DeleteConflict.User.LoginProfile", 409):
        ram.delete_user(m.DeleteUserRequest(user_name="alice"))


def test_missing_user_or_profile_is_named(ram: Client) -> None:
    calls = [
        lambda n: read(ram, n),
        lambda n: ram.update_login_profile(m.UpdateLoginProfileRequest(user_name=n, password=GOOD)),
        lambda n: ram.delete_login_profile(m.DeleteLoginProfileRequest(user_name=n)),
    ]
    with refused("EntityNotExist.User", 404):
        create(ram, "nobody")
    for call in calls:
        with refused("EntityNotExist.User", 404):
            call("nobody")
        with refused("EntityNotExist.User.LoginProfile", 404):
            call("alice")
    assert len(calls) == 3


def test_password_must_satisfy_the_policy(ram: Client) -> None:
    ram.set_password_policy(
        m.SetPasswordPolicyRequest(minimum_password_length=10, require_numbers=True)
    )
    for weak in ("short-1", "long-without-number", "x1" * 65):
        with refused("InvalidParameter.Password.TooWeak", 400):
            create(ram, password=weak)
    with refused("EntityNotExist.User.LoginProfile", 404):
        read(ram)
    create(ram, password="long-enough-1")
    with refused("InvalidParameter.Password.TooWeak", 400):
        ram.update_login_profile(m.UpdateLoginProfileRequest(user_name="alice", password="short-1"))
    ram.update_login_profile(
        m.UpdateLoginProfileRequest(user_name="alice", password="long-enough-2")
    )


def test_password_is_asked_for(ram: Client) -> None:
    with refused("MissingPassword", 400):
        ram.create_login_profile(m.CreateLoginProfileRequest(user_name="alice"))


def test_password_is_stored_hashed_and_recorded_nowhere(
    ram: Client, server: Server, account: NewAccount
) -> None:
    from juyong.audit.tables import EventRow
    from juyong.services.identity.credentials.tables import LoginProfileRow
    from juyong.store.inventory import ResourceEventRow

    secret = "never-Seen-Anywhere-1"
    create(ram, password=secret)
    user_id = ram.get_user(m.GetUserRequest(user_name="alice")).body.user.user_id

    def look(tx):
        mine = account.account_id
        kept = [each.body for each in tx.find(EventRow, account_id=mine)]
        kept += [each.snapshot for each in tx.find(ResourceEventRow, account_id=mine)]
        return tx.get(LoginProfileRow, user_id), kept

    row, kept = server.running.store.call(look)
    assert row.password_hash.reveal().startswith("$argon2id$")
    assert any('"CreateLoginProfile"' in text for text in kept)
    assert not any(secret in text or "argon2id" in text for text in kept)
