"""Console access and passwords by principal name, through the official IMS SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, refused
from tests.conformance.ims.principals import ABSENT, as_root, create, upn

from juyong.gateway.throttle import Throttle
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.facade import NewAccount
from juyong.store.transaction import Transaction

GOOD, BETTER = "correct-Horse-7", "correct-Horse-8"


def give(ims: Client, name: str, password: str = GOOD, **more: Any) -> Any:
    request = m.CreateLoginProfileRequest(user_principal_name=name, password=password, **more)
    return ims.create_login_profile(request).body.login_profile


def read(ims: Client, name: str) -> dict[str, Any]:
    request = m.GetLoginProfileRequest(user_principal_name=name)
    return dict(ims.get_login_profile(request).body.login_profile.to_map())


def change(ims: Client, name: str, **more: Any) -> Any:
    request = m.UpdateLoginProfileRequest(user_principal_name=name, **more)
    return ims.update_login_profile(request).body.login_profile


def take(ims: Client, name: str) -> None:
    ims.delete_login_profile(m.DeleteLoginProfileRequest(user_principal_name=name))


def renew(client: Client, old: str, new: str) -> None:
    client.change_password(m.ChangePasswordRequest(old_password=old, new_password=new))


@pytest.fixture
def alice(ims: Client, account: NewAccount) -> str:
    return str(create(ims, "alice", account).user_principal_name)


@pytest.fixture
def fresh_throttle(server: Server) -> None:
    """Forget what earlier tests used up of the rate of password changes."""
    server.running.pipeline.throttle = Throttle()


def test_profile_is_created_read_changed_and_deleted(ims: Client, alice: str) -> None:
    made = give(ims, alice, status="Inactive", mfabind_required=True)
    assert made.to_map() == {
        "UserPrincipalName": alice,
        "Status": "Inactive",
        "MFABindRequired": True,
        "PasswordResetRequired": False,
        "PasswordStatus": "InitialValid",
        "UpdateDate": made.update_date,
    }
    changed = change(ims, alice, status="Active", password_reset_required=True)
    assert changed.auto_disable_login_status == "Active"
    assert read(ims, alice) == {**changed.to_map(), "LastLoginTime": ""}
    assert (changed.status, changed.mfabind_required, changed.password_reset_required) == (
        "Active",
        True,
        True,
    )
    take(ims, alice)
    with refused("EntityNotExist.User.LoginProfile", 404):
        read(ims, alice)


def test_user_has_one_profile_with_a_good_password(ims: Client, alice: str) -> None:
    with refused("InvalidParameter.Password.TooWeak", 400):
        give(ims, alice, "short")
    give(ims, alice)
    with refused("EntityAlreadyExists.User.LoginProfile", 409):
        give(ims, alice)
    with refused("InvalidParameter.Password.TooWeak", 400):
        change(ims, alice, password="short")


@pytest.mark.parametrize(("days", "expected"), [(13, "InitialValid"), (14, "InitialExpired")])
def test_initial_password_expires_after_14_days(
    ims: Client, server: Server, alice: str, days: int, expected: str
) -> None:
    give(ims, alice)

    user_id = ims.get_user(m.GetUserRequest(user_principal_name=alice)).body.user.user_id

    def age(tx: Transaction) -> None:
        row = tx.get(LoginProfileRow, user_id)
        assert row is not None
        tx.update(row, password_changed_at=server.clock() - days * 86_400)

    server.running.store.call(age)
    assert read(ims, alice)["PasswordStatus"] == expected


def test_missing_user_or_profile_is_named(ims: Client, account: NewAccount, alice: str) -> None:
    with refused("EntityNotExist.User", 404):
        give(ims, upn(ABSENT, account))
    calls: list[Callable[[str], Any]] = [
        lambda name: read(ims, name),
        lambda name: change(ims, name, status="Active"),
        lambda name: take(ims, name),
    ]
    for call in calls:
        with refused("EntityNotExist.User", 404):
            call(upn(ABSENT, account))
        with refused("EntityNotExist.User.LoginProfile", 404):
            call(alice)


@pytest.mark.usefixtures("fresh_throttle")
def test_users_change_their_own_password(
    ims: Client, account: NewAccount, new_user: Callable[[str], Clients]
) -> None:
    bob = new_user("bob").ims
    name = upn("bob", account)
    with refused("EntityNotExist.User.LoginProfile", 404):
        renew(bob, GOOD, BETTER)
    give(ims, name)
    with refused("InvalidParameter.NewPassword.TooWeak", 400):
        renew(bob, GOOD, "short")
    with refused("InvalidParameter.OldPassword.Incorrect", 400):
        renew(bob, BETTER, GOOD)
    ims.set_password_policy(m.SetPasswordPolicyRequest(password_reuse_prevention=1))
    with refused("InvalidParameter.NewPassword.ReusePrevention", 400):
        renew(bob, GOOD, GOOD)
    renew(bob, GOOD, BETTER)
    assert read(ims, name)["PasswordStatus"] == "NotInitial"


@pytest.mark.usefixtures("fresh_throttle")
def test_only_users_change_passwords(
    ims: Client, account: NewAccount, server: Server, as_key: Callable[..., Clients]
) -> None:
    root = as_root(server, account, as_key).ims
    with refused("NotSupport.Account", 400):
        renew(root, GOOD, BETTER)


@pytest.mark.usefixtures("fresh_throttle")
def test_account_may_forbid_it(ims: Client, new_user: Callable[[str], Clients]) -> None:
    bob = new_user("bob").ims
    ims.set_security_preference(m.SetSecurityPreferenceRequest(allow_user_to_change_password=False))
    with refused("NoPermission", 403):
        renew(bob, GOOD, BETTER)
