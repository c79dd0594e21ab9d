"""What the worker sweeps of IMS, and what a check of the store finds in it."""

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from alibabacloud_ram20150501 import models as ram_models
from msgspec.structs import replace
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server
from tests.conformance.ims.federation import metadata
from tests.conformance.ims.principals import create, upn

from juyong.base.ids import AccountId
from juyong.services.identity.credentials.tables import AccessKeyPolicyRow, RecycledAccessKeyRow
from juyong.services.identity.facade import NewAccount, user_named
from juyong.services.identity.providers.checks import check
from juyong.services.identity.providers.tables import SamlProviderRow
from juyong.services.identity.users.sweeps import sweep
from juyong.services.identity.users.tables import RecycledUserRow
from juyong.store.finding import Finding
from juyong.store.transaction import Transaction

OFF = '{"Version":1,"Status":"Inactive","Statements":[]}'


def findings(server: Server, account: NewAccount) -> list[Finding]:
    """What a check says of one account, here where tests share a store."""
    found = server.running.store.call(lambda tx: list(check(tx, {})))
    return [one for one in found if account.account_id in one.where]


def test_what_ram_deleted_leaves_nothing_behind(
    ims: Client, admin: Clients, account: NewAccount, server: Server
) -> None:
    kept, gone = (create(ims, name, account) for name in ("kept", "gone"))
    keys = {}
    for user in (kept, gone):
        name = user.user_principal_name
        made = ims.create_access_key(m.CreateAccessKeyRequest(user_principal_name=name))
        keys[user.user_id] = made.body.access_key.access_key_id
        ims.set_access_key_policy(
            m.SetAccessKeyPolicyRequest(
                user_access_key_id=keys[user.user_id],
                access_key_policy=OFF,
                user_principal_name=name,
            )
        )
    ims.set_access_key_policy_for_account(
        m.SetAccessKeyPolicyForAccountRequest(access_key_policy=OFF)
    )
    # Through RAM, for good; the other key only into the recycle bin.
    admin.ram.delete_access_key(
        ram_models.DeleteAccessKeyRequest(user_name="gone", user_access_key_id=keys[gone.user_id])
    )
    admin.ram.delete_user(ram_models.DeleteUserRequest(user_name="gone"))
    ims.delete_access_key(
        m.DeleteAccessKeyRequest(
            user_access_key_id=keys[kept.user_id], user_principal_name=upn("kept", account)
        )
    )
    now = server.clock()
    assert server.running.store.call(lambda tx: sweep(tx, now, 100_000)) >= 1

    def left(tx: Transaction) -> set[str]:
        policies = tx.find(AccessKeyPolicyRow, account_id=account.account_id)
        return {row.access_key_id for row in policies}

    assert server.running.store.call(left) == {"", keys[kept.user_id]}


def test_sound_store_has_no_findings(ims: Client, account: NewAccount, server: Server) -> None:
    ims.create_samlprovider(
        m.CreateSAMLProviderRequest(
            samlprovider_name="corp", encoded_samlmetadata_document=metadata()
        )
    )
    ims.create_samlprovider(m.CreateSAMLProviderRequest(samlprovider_name="later"))
    user = create(ims, "alice", account)
    ims.delete_user(m.DeleteUserRequest(user_id=user.user_id))
    assert findings(server, account) == []


def test_every_kind_of_damage_is_found(account: NewAccount, server: Server) -> None:
    now = server.clock()
    key_id = account.access_key_id

    class Undone(Exception):
        """Rolls the damage back, for the store is shared with other tests."""

    ours: set[tuple[str, str]] = set()

    def damage(tx: Transaction) -> None:
        admin = user_named(tx, account.account_id, "administrator")
        binned = RecycledUserRow(
            user_id=admin.user_id,
            account_id=account.account_id,
            user_name=admin.user_name,
            display_name="",
            mobile_phone="",
            email="",
            comments="",
            provision_type="Manual",
            tags="{}",
            created_at=now,
            last_login_at=None,
            recycled_at=now,
            delete_at=now + 60,
        )
        tx.insert(binned)
        tx.insert(
            RecycledAccessKeyRow(
                access_key_id=key_id,
                account_id=account.account_id,
                user_id=admin.user_id,
                user_name=admin.user_name,
                secret=account.secret,
                created_at=now,
                recycled_at=now,
                delete_at=now + 60,
            )
        )
        provider = SamlProviderRow(
            account_id=account.account_id,
            provider_name="bad",
            metadata_document="bm8=",
            created_at=now,
            updated_at=now,
        )
        tx.insert(provider)
        nowhere = AccountId(account.account_id + "-gone")
        tx.insert(replace(provider, account_id=nowhere, metadata_document=""))
        tx.insert(
            AccessKeyPolicyRow(account_id=account.account_id, access_key_id="x", document="{")
        )
        for one in check(tx, {}):
            assert one.severity == "damage"
            if any(text in one.where for text in (account.account_id, admin.user_id, key_id)):
                ours.add((one.code, one.where.replace(admin.user_id, "administrator")))
        raise Undone

    with pytest.raises(Undone):
        server.running.store.call(damage)
    assert ours == {
        ("recycled-but-live", "ims_recycled_user administrator"),
        ("recycled-but-live", f"ims_recycled_access_key {key_id}"),
        ("document-unreadable", f"ims_saml_provider {account.account_id} bad"),
        ("document-unreadable", f"ims_access_key_policy {account.account_id} x"),
        ("row-without-account", f"ims_saml_provider {account.account_id}-gone bad"),
    }
