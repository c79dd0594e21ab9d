"""What the inventory knows of identities, by whichever face they are changed."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import msgspec
import pytest
from alibabacloud_ims20190815 import models as ims_models
from alibabacloud_ims20190815.client import Client as Ims
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.conftest import Clients
from tests.conformance.documents import allow, trust
from tests.conformance.harness import Server, refused
from tests.conformance.ims.federation import metadata
from tests.conformance.ims.principals import create, upn

from juyong.base.ids import AccountId
from juyong.services.identity.facade import NewAccount
from juyong.services.identity.resources import RESOURCES
from juyong.services.resourcecenter.checks import check
from juyong.store.inventory import LinkRow, ResourceEventRow, ResourceRow
from juyong.store.transaction import Transaction

OTHER = "ACS::KMS::Instance"
"""The type of the resource that every account has from the start."""


@dataclass
class Inventory:
    """The resources of a test's account."""

    server: Server
    account_id: AccountId
    beginning: tuple[str, ...]

    def known(self) -> dict[tuple[str, str], ResourceRow]:
        """By type without its prefix, and name; the account's own beginning is left out."""
        rows = self._of_account(ResourceRow)
        return {
            (row.resource_type.removeprefix("ACS::RAM::"), row.name): row
            for row in rows
            if row.name not in self.beginning
        }

    def links(self, kind: str) -> set[tuple[str, str, str]]:
        """From which id to which type and id resources of a type are linked, and how."""
        rows = self._of_account(LinkRow)
        return {
            (row.kind, row.to_type.removeprefix("ACS::RAM::"), row.to_id)
            for row in rows
            if row.resource_type == f"ACS::RAM::{kind}" and row.to_id != "AdministratorAccess"
        }

    def _of_account(self, row_type):
        return self.server.running.store.call(
            lambda tx: tx.find(row_type, account_id=self.account_id)
        )

    def findings(self) -> list[str]:
        """What `juyong check` finds wrong with the account."""
        found = self.server.running.store.call(lambda tx: list(check(tx, {})))
        return [f"{f.code} {f.where}" for f in found if f.where.startswith(self.account_id)]


@pytest.fixture
def inventory(server: Server, account: NewAccount) -> Inventory:
    beginning = (account.account_id, account.user_name, account.access_key_id)
    return Inventory(server, account.account_id, beginning)


def tags(**given: str) -> list[m.CreateRoleRequestTag]:
    return [m.CreateRoleRequestTag(key=k, value=v) for k, v in given.items()]


def test_identities_are_known_with_tags_and_links_until_they_are_deleted(
    inventory: Inventory, ram: Client, ims: Ims, account: NewAccount
) -> None:
    user_id = create(ims, "alice", account).user_id
    tag = ims_models.TagResourcesRequestTag(key="team", value="red")
    ims.tag_resources(
        ims_models.TagResourcesRequest(resource_type="user", resource_id=[user_id], tag=[tag])
    )
    ram.create_group(m.CreateGroupRequest(group_name="admins"))
    group_id = ram.get_group(m.GetGroupRequest(group_name="admins")).body.group.group_id
    ram.add_user_to_group(m.AddUserToGroupRequest(user_name="alice", group_name="admins"))
    ram.create_policy(m.CreatePolicyRequest(policy_name="p", policy_document=allow("oss:*")))
    custom = {"policy_name": "p", "policy_type": "Custom"}
    ram.attach_policy_to_user(m.AttachPolicyToUserRequest(user_name="alice", **custom))
    key = ims.create_access_key(
        ims_models.CreateAccessKeyRequest(user_principal_name=upn("alice", account))
    ).body.access_key.access_key_id
    provider = ims_models.CreateSAMLProviderRequest(
        samlprovider_name="idp", encoded_samlmetadata_document=metadata()
    )
    ims.create_samlprovider(provider)
    saml = f"acs:ram::{account.account_id}:saml-provider/idp"
    recipient = {"StringEquals": {"saml:recipient": "https://signin.aliyun.com/saml-role/sso"}}
    document = trust("Federated", saml, condition=recipient)
    role = m.CreateRoleRequest(
        role_name="Ops", assume_role_policy_document=document, tag=tags(a="b")
    )
    ram.create_role(role)

    found = inventory.known()
    assert {kind for kind, _ in found} == {
        *("User", "Group", "Policy", "AccessKey", "SAMLProvider", "Role", OTHER)
    }
    arn = f"acs:ram::{account.account_id}"
    assert found["User", "alice"].arn == f"{arn}:user/alice"
    assert found["Role", "Ops"].arn == f"{arn}:role/ops"
    assert found["User", "alice"].tags == '{"team":"red"}'
    assert found["Role", "Ops"].tags == '{"a":"b"}'
    assert msgspec.json.decode(found["Policy", "p"].state)["PolicyDocument"] == allow("oss:*")
    assert inventory.links("User") == {
        ("member-of", "Group", group_id),
        ("attached-to", "Policy", "p"),
    }
    assert ("in", "User", user_id) in inventory.links("AccessKey")
    assert inventory.links("Role") == {("trusts", "SAMLProvider", "idp")}
    assert inventory.findings() == []

    ims.delete_user(ims_models.DeleteUserRequest(user_principal_name=upn("alice", account)))
    left = {kind for kind, _ in inventory.known()}
    assert left == {"Group", "Policy", "SAMLProvider", "Role", OTHER}
    assert inventory.links("User") == set()
    restored = ims_models.RestoreUserFromRecycleBinRequest(user_id=user_id)
    ims.restore_user_from_recycle_bin(restored)
    ims.restore_access_key_from_recycle_bin(
        ims_models.RestoreAccessKeyFromRecycleBinRequest(user_access_key_id=key, user_id=user_id)
    )
    found = inventory.known()
    assert found["User", "alice"].tags == '{"team":"red"}'
    assert msgspec.json.decode(found["AccessKey", key].state)["Status"] == "Inactive"
    assert inventory.findings() == []


def test_one_event_tells_what_a_call_changed(
    inventory: Inventory, ims: Ims, account: NewAccount
) -> None:
    user_id = create(ims, "alice", account).user_id
    changes = inventory.server.running.store.call(
        lambda tx: tx.find(ResourceEventRow, order=("seq",), resource_id=user_id)
    )
    assert [row.change for row in changes] == ["created"]
    ims.set_password_policy(ims_models.SetPasswordPolicyRequest(minimum_password_length=12))
    (row,) = (
        row
        for row in inventory._of_account(ResourceEventRow)
        if row.resource_type == "ACS::RAM::PasswordPolicy"
    )
    assert (row.change, msgspec.json.decode(row.snapshot)["MinimumLength"]) == ("created", 12)
    assert inventory.findings() == []


def test_a_policy_may_ask_for_the_tags_of_a_user_on_both_faces(
    ram: Client, ims: Ims, account: NewAccount, as_key: Callable[..., Clients]
) -> None:
    for name in ("alice", "bob", "caller"):
        create(ims, name, account)
    user_id = ims.get_user(
        ims_models.GetUserRequest(user_principal_name=upn("alice", account))
    ).body.user.user_id
    tag = ims_models.TagResourcesRequestTag(key="team", value="red")
    ims.tag_resources(
        ims_models.TagResourcesRequest(resource_type="user", resource_id=[user_id], tag=[tag])
    )
    condition = {"StringEquals": {"acs:ResourceTag/team": "red"}}
    actions = ["ram:GetUser", "ram:ListGroupsForUser", "ram:ListAccessKeys"]
    document = allow(actions, condition=condition)
    ram.create_policy(m.CreatePolicyRequest(policy_name="reds", policy_document=document))
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(user_name="caller", policy_name="reds", policy_type="Custom")
    )
    key = ram.create_access_key(m.CreateAccessKeyRequest(user_name="caller")).body.access_key
    mine = as_key(key.access_key_id, key.access_key_secret)
    assert mine.ram.get_user(m.GetUserRequest(user_name="alice")).body.user.user_id == user_id
    named = {"user_principal_name": upn("alice", account)}
    mine.ims.list_groups_for_user(ims_models.ListGroupsForUserRequest(**named))
    mine.ims.list_access_keys(ims_models.ListAccessKeysRequest(**named))
    request = ims_models.GetUserRequest(**named)
    assert mine.ims.get_user(request).body.user.user_id == user_id
    with refused("NoPermission", 403):
        mine.ram.get_user(m.GetUserRequest(user_name="bob"))
    with refused("NoPermission", 403):
        mine.ims.get_user(ims_models.GetUserRequest(user_principal_name=upn("bob", account)))


def test_every_kind_is_declared_once() -> None:
    kinds = [each.kind for each in RESOURCES]
    assert len(kinds) == len(set(kinds)) == 15


def test_no_kind_finds_what_is_another_accounts(
    server: Server, account: NewAccount, ram: Client, ims: Ims
) -> None:
    create(ims, "alice", account)
    ims.set_password_policy(ims_models.SetPasswordPolicyRequest(minimum_password_length=12))
    ram.create_login_profile(
        m.CreateLoginProfileRequest(user_name="alice", password="correct-Horse-9-battery")
    )
    stranger = server.new_account()

    def found(tx: Transaction) -> tuple[list[str], int]:
        own = SimpleNamespace(tx=tx, account_id=account.account_id)
        other = SimpleNamespace(tx=tx, account_id=stranger.account_id)
        labels = [
            (resource, row, label)
            for resource in RESOURCES
            for row in tx.find(resource.row, account_id=account.account_id)
            for label in {getattr(row, resource.id), getattr(row, resource.name)}
        ]
        wrong = [res.kind for res, row, label in labels if res.find(other, label) == row]
        return wrong, sum(res.find(own, label) is not None for res, _, label in labels)

    wrong, right = server.running.store.call(found)
    assert wrong == []
    assert right >= 6
