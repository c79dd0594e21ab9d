"""AccessKeys by principal name, through the official IMS SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from alibabacloud_ram20150501 import models as ram_models
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.ims.principals import ABSENT, as_root, create, upn

from juyong.services.identity.facade import NewAccount


def make(ims: Client, name: str | None = None) -> Any:
    request = m.CreateAccessKeyRequest(user_principal_name=name)
    return ims.create_access_key(request).body.access_key


def listed(ims: Client, name: str | None = None) -> list[Any]:
    request = m.ListAccessKeysRequest(user_principal_name=name)
    return list(ims.list_access_keys(request).body.access_keys.access_key or [])


def switch(ims: Client, key: str, status: str, name: str | None = None) -> None:
    request = m.UpdateAccessKeyRequest(
        user_access_key_id=key, status=status, user_principal_name=name
    )
    ims.update_access_key(request)


def remove(ims: Client, key: str, name: str | None = None) -> None:
    request = m.DeleteAccessKeyRequest(user_access_key_id=key, user_principal_name=name)
    ims.delete_access_key(request)


def last_used(ims: Client, key: str, name: str | None = None) -> dict[str, str]:
    request = m.GetAccessKeyLastUsedRequest(user_access_key_id=key, user_principal_name=name)
    return dict(ims.get_access_key_last_used(request).body.access_key_last_used.to_map())


@pytest.fixture
def alice(ims: Client, account: NewAccount) -> str:
    return str(create(ims, "alice", account).user_principal_name)


def test_key_is_made_listed_switched_and_deleted(
    ims: Client, alice: str, as_key: Callable[..., Clients]
) -> None:
    key = make(ims, alice)
    (row,) = listed(ims, alice)
    assert row.to_map() == {
        "AccessKeyId": key.access_key_id,
        "Status": "Active",
        "CreateDate": key.create_date,
        "UpdateDate": key.create_date,
    }
    mine = as_key(key.access_key_id, key.access_key_secret).ims
    with refused("NoPermission", 403):
        listed(mine)
    switch(ims, key.access_key_id, "Inactive", alice)
    with refused("InvalidAccessKeyId.Inactive", 400):
        listed(mine)
    remove(ims, key.access_key_id, alice)
    assert listed(ims, alice) == []
    with refused("InvalidAccessKeyId.NotFound", 404):
        listed(mine)


def test_quota_of_keys_is_kept(ims: Client, alice: str, server: Server) -> None:
    make(ims, alice)
    with (
        quotas(server, {"ram.access-keys-per-user": 1}),
        refused("LimitExceeded.User.AccessKey", 409),
    ):
        make(ims, alice)


def test_last_use_names_product_and_time(
    ims: Client, alice: str, as_key: Callable[..., Clients]
) -> None:
    key = make(ims, alice)
    assert last_used(ims, key.access_key_id, alice) == {"LastUsedDate": "", "ServiceName": ""}
    as_key(key.access_key_id, key.access_key_secret).sts.get_caller_identity()
    used = last_used(ims, key.access_key_id, alice)
    assert used["ServiceName"] == "Sts"
    assert len(used["LastUsedDate"]) == len("2026-01-31T16:00:00Z")


def test_missing_user_or_key_is_named(ims: Client, account: NewAccount, alice: str) -> None:
    other = make(ims)
    calls: list[Callable[..., Any]] = [
        lambda name, key: switch(ims, key, "Active", name),
        lambda name, key: remove(ims, key, name),
        lambda name, key: last_used(ims, key, name),
    ]
    for call in calls:
        with refused("EntityNotExist.User", 404):
            call(upn(ABSENT, account), other.access_key_id)
        with refused("EntityNotExist.User.AccessKey", 404):
            call(alice, other.access_key_id)
    for bare in (make, listed):
        with refused("EntityNotExist.User", 404):
            bare(ims, upn(ABSENT, account))


def test_without_a_name_the_keys_are_the_callers(
    ims: Client, account: NewAccount, server: Server, as_key: Callable[..., Clients]
) -> None:
    assert [key.access_key_id for key in listed(ims)] == [account.access_key_id]
    root = as_root(server, account, as_key).ims
    key = make(root)
    assert key.access_key_id in [one.access_key_id for one in listed(root)]
    assert len(listed(root)) == 2
    remove(root, key.access_key_id)
    assert len(listed(root)) == 1


def test_users_manage_their_own_keys_only_where_the_account_allows(
    admin: Clients, account: NewAccount, new_user: Callable[[str], Clients], alice: str
) -> None:
    bob = new_user("bob").ims
    with refused("NoPermission", 403):
        make(bob)
    admin.ram.set_security_preference(
        ram_models.SetSecurityPreferenceRequest(allow_user_to_manage_access_keys=True)
    )
    key = make(bob)
    assert len(listed(bob, upn("bob", account))) == 2
    switch(bob, key.access_key_id, "Inactive")
    remove(bob, key.access_key_id, upn("bob", account))
    with refused("NoPermission", 403):
        make(bob, alice)
