"""ChangePassword, through the official RAM SDK."""

from types import SimpleNamespace

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from msgspec.structs import force_setattr
from tests.conformance.harness import Server, refused

from juyong.base.ids import AccessKeyId
from juyong.base.secret import Secret
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.facade import NewAccount

FIRST = "correct-Horse-0"


def with_profile(ram: Client, name: str = "alice", password: str = FIRST) -> None:
    ram.create_login_profile(m.CreateLoginProfileRequest(user_name=name, password=password))


def change(client: Client, old: str, new: str) -> None:
    client.change_password(m.ChangePasswordRequest(old_password=old, new_password=new))


@pytest.fixture
def alice(ram: Client, new_user) -> Client:
    """Alice, who may do nothing but what preferences let her."""
    client = new_user("alice").ram
    with_profile(ram)
    return client


def test_users_change_their_own_password(alice: Client) -> None:
    change(alice, FIRST, "correct-Horse-1")
    with refused("InvalidParameter.OldPassword.Incorrect", 400):
        change(alice, FIRST, "correct-Horse-2")
    change(alice, "correct-Horse-1", "correct-Horse-2")


def test_account_may_forbid_it(ram: Client, alice: Client) -> None:
    ram.set_security_preference(m.SetSecurityPreferenceRequest(allow_user_to_change_password=False))
    with refused("NoPermission", 403):
        change(alice, FIRST, "correct-Horse-1")


def test_new_password_must_satisfy_the_policy(ram: Client, alice: Client) -> None:
    ram.set_password_policy(m.SetPasswordPolicyRequest(require_symbols=True))
    with refused("InvalidParameter.NewPassword.TooWeak", 400):
        change(alice, FIRST, "correctHorse1")
    change(alice, FIRST, "correct-Horse-1")


def test_former_passwords_return_only_after_as_many_others_as_the_policy_says(
    ram: Client, alice: Client
) -> None:
    ram.set_password_policy(m.SetPasswordPolicyRequest(password_reuse_prevention=2))
    with refused("InvalidParameter.NewPassword.ReusePrevention", 400):
        change(alice, FIRST, FIRST)
    change(alice, FIRST, "correct-Horse-1")
    with refused("InvalidParameter.NewPassword.ReusePrevention", 400):
        change(alice, "correct-Horse-1", FIRST)
    change(alice, "correct-Horse-1", "correct-Horse-2")
    change(alice, "correct-Horse-2", FIRST)


def test_history_reaches_back_24_passwords(server: Server, ram: Client, alice: Client) -> None:
    from juyong.services.identity.credentials.passwords import store_password
    from juyong.services.identity.credentials.tables import LoginProfileRow, PasswordHistoryRow

    user_id = ram.get_user(m.GetUserRequest(user_name="alice")).body.user.user_id

    def work(tx):
        for number in range(30):
            store_password(
                tx,
                tx.get(LoginProfileRow, user_id),
                Secret(f"hash-{number}"),
                server.clock(),
                initial=False,
                reset_required=False,
            )
        return [
            h.password_hash.reveal()
            for h in tx.find(PasswordHistoryRow, order=("number",), owner_id=user_id)
        ]

    kept = server.running.store.call(work)
    assert kept == [f"hash-{number}" for number in range(5, 29)]


def test_user_without_console_access_has_no_password(new_user) -> None:
    with refused("EntityNotExist.User.LoginProfile", 404):
        change(new_user("bob").ram, FIRST, "correct-Horse-1")


def test_root_cannot_call_it(server: Server, account: NewAccount, as_key) -> None:
    key = AccessKeyRow(
        access_key_id=AccessKeyId(f"LTAIroot{account.account_id}"),
        account_id=account.account_id,
        owner_id=account.account_id,
        secret=Secret("r" * 30),
        active=True,
        created_at=server.clock(),
        updated_at=server.clock(),
    )
    server.running.store.call(lambda tx: tx.insert(key))
    with refused("NotSupport.Account", 400):
        change(as_key(key.access_key_id, "r" * 30).ram, FIRST, "correct-Horse-1")


def test_password_changed_meanwhile_stops_the_slower_call(
    server: Server, ram: Client, alice: Client
) -> None:
    from juyong.api.registry import load
    from juyong.services.identity.credentials import passwords
    from juyong.services.ram.product import PRODUCT

    load(PRODUCT)
    operation = PRODUCT.operations["ChangePassword"]
    slow = SimpleNamespace(
        gather=passwords.VERIFY_AND_RENEW.gather,
        work=lambda platform, arguments, found: (
            passwords.VERIFY_AND_RENEW.work(platform, arguments, found),
            ram.update_login_profile(
                m.UpdateLoginProfileRequest(user_name="alice", password="set-by-Admin-1")
            ),
        )[0],
        scans=False,
    )
    force_setattr(operation, "prepare", slow)
    try:
        with refused("InvalidParameter.OldPassword.Incorrect", 400):
            change(alice, FIRST, "correct-Horse-1")
    finally:
        force_setattr(operation, "prepare", passwords.VERIFY_AND_RENEW)
    change(alice, "set-by-Admin-1", "correct-Horse-1")
