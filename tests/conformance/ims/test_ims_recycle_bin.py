"""The recycle bin of users and AccessKeys, through the official IMS SDK."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from alibabacloud_ram20150501 import models as ram_models
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.ims.principals import as_root, create, upn

from juyong.base.clock import parse_iso
from juyong.services.identity.credentials.tables import RecycledAccessKeyRow
from juyong.services.identity.facade import NewAccount
from juyong.services.identity.users.recycling import KEPT_SECONDS, purge_recycle_bin
from juyong.services.identity.users.tables import RecycledUserRow
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

NOWHERE = "2" * 18


def key_of(ims: Client, name: str) -> Any:
    request = m.CreateAccessKeyRequest(user_principal_name=name)
    return ims.create_access_key(request).body.access_key


def delete_key(ims: Client, key: str, name: str) -> None:
    request = m.DeleteAccessKeyRequest(user_access_key_id=key, user_principal_name=name)
    ims.delete_access_key(request)


def delete(ims: Client, user_id: str) -> None:
    ims.delete_user(m.DeleteUserRequest(user_id=user_id))


def in_bin(ims: Client, **who: str) -> Any:
    return ims.get_user_in_recycle_bin(m.GetUserInRecycleBinRequest(**who)).body.user


def users_in_bin(ims: Client, **more: Any) -> Any:
    return ims.list_users_in_recycle_bin(m.ListUsersInRecycleBinRequest(**more)).body


def keys_in_bin(ims: Client, user_id: str | None) -> list[str]:
    request = m.ListAccessKeysInRecycleBinRequest(user_id=user_id)
    listed = ims.list_access_keys_in_recycle_bin(request).body.access_keys.access_key or []
    return [one.access_key_id for one in listed]


def key_in_bin(ims: Client, key: str) -> Any:
    request = m.GetAccessKeyInfoInRecycleBinRequest(user_access_key_id=key)
    return ims.get_access_key_info_in_recycle_bin(request).body.access_key


def restore(ims: Client, user_id: str) -> None:
    request = m.RestoreUserFromRecycleBinRequest(user_id=user_id)
    ims.restore_user_from_recycle_bin(request)


def restore_key(ims: Client, key: str, user_id: str | None) -> None:
    request = m.RestoreAccessKeyFromRecycleBinRequest(user_access_key_id=key, user_id=user_id)
    ims.restore_access_key_from_recycle_bin(request)


def drop(ims: Client, user_id: str) -> None:
    ims.delete_user_in_recycle_bin(m.DeleteUserInRecycleBinRequest(user_id=user_id))


def drop_key(ims: Client, key: str, user_id: str | None) -> None:
    request = m.DeleteAccessKeyInRecycleBinRequest(user_access_key_id=key, user_id=user_id)
    ims.delete_access_key_in_recycle_bin(request)


def age(server: Server, account: NewAccount, seconds: int) -> None:
    """Make everything in the account's recycle bin that much older."""

    def work(tx: Transaction) -> None:
        for row_type in (RecycledUserRow, RecycledAccessKeyRow):
            table = spec_of(row_type).table
            older = sa.update(table).where(table.c.account_id == sa.bindparam("account"))
            tx.change(
                older.values(
                    recycled_at=table.c.recycled_at - seconds,
                    delete_at=table.c.delete_at - seconds,
                ),
                account=account.account_id,
            )

    server.running.store.call(work)


@pytest.fixture
def alice(ims: Client, account: NewAccount) -> Any:
    tag = m.CreateUserRequestTag(key="team", value="red")
    return create(ims, "alice", account, comments="first", tag=[tag])


def test_user_comes_back_as_it_was_but_without_rights(
    ims: Client, admin: Clients, alice: Any, as_key: Callable[..., Clients]
) -> None:
    name = alice.user_principal_name
    before = ims.get_user(m.GetUserRequest(user_id=alice.user_id)).body.user.to_map()
    key = key_of(ims, name)
    ims.create_group(m.CreateGroupRequest(group_name="devs"))
    ims.add_user_to_group(m.AddUserToGroupRequest(user_principal_name=name, group_name="devs"))
    ims.create_login_profile(
        m.CreateLoginProfileRequest(user_principal_name=name, password="correct-Horse-7")
    )
    admin.ram.attach_policy_to_user(
        ram_models.AttachPolicyToUserRequest(
            policy_type="System", policy_name="AdministratorAccess", user_name="alice"
        )
    )
    hers = as_key(key.access_key_id, key.access_key_secret).ims
    hers.get_default_domain()
    delete(ims, alice.user_id)
    with refused("InvalidAccessKeyId.NotFound", 404):
        hers.get_default_domain()
    with refused("EntityNotExist.User", 404):
        ims.get_user(m.GetUserRequest(user_id=alice.user_id))
    restore(ims, alice.user_id)
    after = ims.get_user(m.GetUserRequest(user_id=alice.user_id)).body.user.to_map()
    assert {**after, "UpdateDate": ""} == {**before, "UpdateDate": ""}
    with refused("InvalidAccessKeyId.NotFound", 404):
        hers.get_default_domain()
    restore_key(ims, key.access_key_id, alice.user_id)
    with refused("InvalidAccessKeyId.Inactive", 400):
        hers.get_default_domain()
    ims.update_access_key(
        m.UpdateAccessKeyRequest(
            user_access_key_id=key.access_key_id, status="Active", user_principal_name=name
        )
    )
    with refused("NoPermission", 403):
        hers.get_default_domain()
    groups = ims.list_groups_for_user(m.ListGroupsForUserRequest(user_principal_name=name))
    assert groups.body.groups.group == []
    with refused("EntityNotExist.User.LoginProfile", 404):
        ims.get_login_profile(m.GetLoginProfileRequest(user_principal_name=name))


def test_bin_shows_what_is_in_it_and_until_when(
    ims: Client, account: NewAccount, alice: Any
) -> None:
    key = key_of(ims, alice.user_principal_name)
    delete(ims, alice.user_id)
    found = in_bin(ims, user_id=alice.user_id)
    assert found.to_map() == in_bin(ims, user_access_key_id=key.access_key_id).to_map()
    assert (found.user_principal_name, found.display_name, found.create_date) == (
        alice.user_principal_name,
        "alice",
        alice.create_date,
    )
    assert parse_iso(found.delete_date) - parse_iso(found.recycle_date) == 30 * 86_400
    assert [u.to_map() for u in users_in_bin(ims).users.user] == [found.to_map()]
    assert keys_in_bin(ims, alice.user_id) == [key.access_key_id]
    hers = key_in_bin(ims, key.access_key_id)
    assert (hers.user_id, hers.user_principal_name, hers.user_recycled) == (
        alice.user_id,
        upn("alice", account),
        True,
    )
    restore(ims, alice.user_id)
    assert key_in_bin(ims, key.access_key_id).user_recycled is False


def test_key_goes_and_comes_back_by_itself(
    ims: Client, alice: Any, as_key: Callable[..., Clients]
) -> None:
    name = alice.user_principal_name
    key = key_of(ims, name)
    delete_key(ims, key.access_key_id, name)
    assert keys_in_bin(ims, alice.user_id) == [key.access_key_id]
    restore_key(ims, key.access_key_id, alice.user_id)
    assert keys_in_bin(ims, alice.user_id) == []
    listed = ims.list_access_keys(m.ListAccessKeysRequest(user_principal_name=name))
    (row,) = listed.body.access_keys.access_key
    assert (row.access_key_id, row.status, row.create_date) == (
        key.access_key_id,
        "Inactive",
        key.create_date,
    )
    ims.update_access_key(
        m.UpdateAccessKeyRequest(
            user_access_key_id=key.access_key_id, status="Active", user_principal_name=name
        )
    )
    as_key(key.access_key_id, key.access_key_secret).sts.get_caller_identity()


def test_only_the_three_newest_keys_of_a_user_are_kept(
    ims: Client, account: NewAccount, alice: Any, server: Server
) -> None:
    gone = []
    for _ in range(4):
        key = key_of(ims, alice.user_principal_name).access_key_id
        age(server, account, 60)
        delete_key(ims, key, alice.user_principal_name)
        gone.append(key)
    assert keys_in_bin(ims, alice.user_id) == gone[1:]


def test_full_bin_of_users_drops_the_oldest(
    ims: Client, account: NewAccount, server: Server
) -> None:
    with quotas(server, {"ims.recycled-users": 2}):
        made = [create(ims, name, account) for name in ("a", "b", "c")]
        key = key_of(ims, made[0].user_principal_name).access_key_id
        for user in made:
            age(server, account, 60)
            delete(ims, user.user_id)
    left = {user.user_id for user in users_in_bin(ims).users.user}
    assert left == {made[1].user_id, made[2].user_id}
    with refused("EntityNotExist.User.AccessKey", 404):
        key_in_bin(ims, key)


def test_thirty_days_later_it_is_gone(
    ims: Client, account: NewAccount, alice: Any, server: Server
) -> None:
    key = key_of(ims, alice.user_principal_name).access_key_id
    delete(ims, alice.user_id)
    age(server, account, KEPT_SECONDS - 60)
    assert in_bin(ims, user_id=alice.user_id).user_id == alice.user_id
    age(server, account, 60)
    assert users_in_bin(ims).users.user == []
    assert keys_in_bin(ims, alice.user_id) == []
    for call in (in_bin, restore):
        with refused("EntityNotExist.User", 404):
            call(ims, user_id=alice.user_id)
    with refused("EntityNotExist.User.AccessKey", 404):
        key_in_bin(ims, key)
    now = server.clock()
    assert server.running.store.call(lambda tx: purge_recycle_bin(tx, now, 100)) >= 2
    held = server.running.store.call(lambda tx: tx.get(RecycledUserRow, alice.user_id))
    assert held is None


def test_dropped_user_takes_its_keys_along(ims: Client, alice: Any) -> None:
    key = key_of(ims, alice.user_principal_name).access_key_id
    delete(ims, alice.user_id)
    drop(ims, alice.user_id)
    for call in (drop, restore):
        with refused("EntityNotExist.User", 404):
            call(ims, alice.user_id)
    with refused("EntityNotExist.User.AccessKey", 404):
        key_in_bin(ims, key)


def test_dropped_key_is_gone(ims: Client, alice: Any) -> None:
    name = alice.user_principal_name
    key = key_of(ims, name).access_key_id
    delete_key(ims, key, name)
    drop_key(ims, key, alice.user_id)
    for call in (drop_key, restore_key):
        with refused("EntityNotExist.User.AccessKey", 404):
            call(ims, key, alice.user_id)
    assert keys_in_bin(ims, alice.user_id) == []


def test_restoring_respects_names_and_quotas(
    ims: Client, account: NewAccount, alice: Any, server: Server
) -> None:
    name = alice.user_principal_name
    key = key_of(ims, name).access_key_id
    delete(ims, alice.user_id)
    with refused("EntityNotExist.User", 404):
        restore_key(ims, key, alice.user_id)
    second = create(ims, "alice", account)
    with refused("EntityAlreadyExists.User", 409):
        restore(ims, alice.user_id)
    delete(ims, second.user_id)
    with quotas(server, {"ram.users": 1}), refused("LimitExceeded.User", 409):
        restore(ims, alice.user_id)
    restore(ims, alice.user_id)
    key_of(ims, name)
    with (
        quotas(server, {"ram.access-keys-per-user": 1}),
        refused("LimitExceeded.User.AccessKey", 409),
    ):
        restore_key(ims, key, alice.user_id)
    assert keys_in_bin(ims, alice.user_id) == [key]


def test_list_is_filtered_by_name_and_paged(ims: Client, account: NewAccount) -> None:
    made = {name: create(ims, name, account).user_id for name in ("a", "b", "c")}
    for user_id in made.values():
        delete(ims, user_id)
    first = users_in_bin(ims, max_items=2)
    second = users_in_bin(ims, max_items=2, marker=first.marker)
    found = [user.user_id for user in first.users.user + second.users.user]
    assert found == sorted(made.values())
    named = users_in_bin(ims, filter=f"UserPrincipalName eq {upn('b', account)}")
    assert [user.user_id for user in named.users.user] == [made["b"]]
    for name in (upn("z", account), "b@other.onaliyun.com"):
        assert users_in_bin(ims, filter=f"UserPrincipalName eq {name}").users.user == []
    with refused("InvalidParameter.Filter.Format", 400):
        users_in_bin(ims, filter="DisplayName eq b")


def test_what_is_meant_must_be_said(
    ims: Client, account: NewAccount, server: Server, as_key: Callable[..., Clients], alice: Any
) -> None:
    with refused("MissingUserId", 400):
        in_bin(ims)
    with refused("InvalidParameter.UserPrincipalName", 400):
        in_bin(ims, user_id=NOWHERE, user_access_key_id="LTAI5tnothing")
    with refused("EntityNotExist.User", 404):
        in_bin(ims, user_access_key_id="LTAI5tnothing")
    with refused("MissingUserId", 400):
        ims.restore_user_from_recycle_bin(m.RestoreUserFromRecycleBinRequest())
    key = key_of(ims, alice.user_principal_name).access_key_id
    delete_key(ims, key, alice.user_principal_name)
    # Without a user id it is the caller's own bin, and root has none.
    assert keys_in_bin(ims, None) == []
    with refused("EntityNotExist.User.AccessKey", 404):
        drop_key(ims, key, None)
    root = as_root(server, account, as_key).ims
    for call in (
        lambda: keys_in_bin(root, None),
        lambda: drop_key(root, key, None),
        lambda: restore_key(root, key, None),
    ):
        with refused("MissingUserId", 400):
            call()
    assert keys_in_bin(root, alice.user_id) == [key]


def test_bins_of_other_accounts_stay_closed(
    ims: Client, alice: Any, server: Server, as_key: Callable[..., Clients]
) -> None:
    key = key_of(ims, alice.user_principal_name).access_key_id
    delete(ims, alice.user_id)
    other = server.new_account()
    there = as_key(other.access_key_id, other.secret.reveal()).ims
    for call in (lambda: in_bin(there, user_id=alice.user_id), lambda: drop(there, alice.user_id)):
        with refused("EntityNotExist.User", 404):
            call()
    with refused("EntityNotExist.User.AccessKey", 404):
        key_in_bin(there, key)
    assert keys_in_bin(there, alice.user_id) == []
    assert users_in_bin(there).users.user == []


def test_deleting_a_user_lets_go_of_its_device(
    ims: Client, alice: Any, account: NewAccount, server: Server
) -> None:
    import pyotp

    made = ims.create_virtual_mfadevice(
        m.CreateVirtualMFADeviceRequest(virtual_mfadevice_name="phone")
    ).body.virtual_mfadevice
    totp, at = pyotp.TOTP(made.base_32string_seed), server.clock()
    ims.bind_mfadevice(
        m.BindMFADeviceRequest(
            serial_number=made.serial_number,
            user_principal_name=alice.user_principal_name,
            authentication_code_1=totp.at(at - 30),
            authentication_code_2=totp.at(at),
        )
    )
    delete(ims, alice.user_id)
    summary = ims.get_account_summary().body.summary_map
    assert (summary.mfadevices, summary.mfadevices_in_use) == (1, 0)
    restore(ims, alice.user_id)
    request = m.GetUserMFAInfoRequest(user_principal_name=alice.user_principal_name)
    assert ims.get_user_mfainfo(request).body.is_mfaenable is False
