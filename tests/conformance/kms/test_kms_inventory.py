"""What the inventory knows of keys, secrets, instances and access points."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from tests.conformance.harness import Server
from tests.conformance.kms.access_calls import Access
from tests.conformance.kms.conftest import Inside
from tests.conformance.kms.secret_calls import Secrets

from juyong.base.clock import iso
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.secrets.create import SERVICE_KEY
from juyong.services.kms.tables import default_instance_id
from juyong.services.resourcecenter.checks import check
from juyong.store.inventory import LinkRow, ResourceEventRow, ResourceRow

TAGS = '[{"TagKey":"team","TagValue":"a"}]'
Known = dict[tuple[str, str], ResourceRow]


class Inventory:
    """The account's resources of the key service, their links, and what is wrong with them."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    def known(self) -> Known:
        rows = self._inside(lambda ctx: ctx.tx.find(ResourceRow, account_id=ctx.account_id))
        found = [row for row in rows if "::KMS::" in row.resource_type]
        return {(row.resource_type.rpartition(":")[2], row.resource_id): row for row in found}

    def links(self) -> set[tuple[str, str, str]]:
        rows = self._inside(lambda ctx: ctx.tx.find(LinkRow, account_id=ctx.account_id))
        found = [row for row in rows if "::KMS::" in row.resource_type]
        return {(row.resource_id, row.kind, row.to_id) for row in found}

    def wrong(self) -> list[Any]:
        def findings(ctx: Any) -> list[Any]:
            return [each for each in check(ctx.tx, {}) if ctx.account_id in each.where]

        found: list[Any] = self._inside(findings)
        return found


@pytest.fixture
def inventory(inside: Inside) -> Inventory:
    return Inventory(inside)


def test_keys_aliases_and_secrets_are_known_with_tags_and_links(
    kms: KmsClient, inventory: Inventory, new_key: Callable[..., Any], account: NewAccount
) -> None:
    instance = default_instance_id(account.account_id)
    key = new_key(dkmsinstance_id=instance, tags=TAGS).key_id
    kms.create_alias(models.CreateAliasRequest(alias_name="alias/a", key_id=key))
    Secrets(kms).create("own", encryption_key_id=key, dkmsinstance_id=instance, tags=TAGS)
    Secrets(kms).create("plain")
    known = inventory.known()
    service_key = json.loads(known["Alias", SERVICE_KEY.alias].state)["KeyId"]
    assert set(known) == {
        *{("Key", key), ("Key", service_key), ("Alias", "alias/a"), ("Alias", SERVICE_KEY.alias)},
        *{("Secret", "own"), ("Secret", "plain"), ("Instance", instance)},
    }
    region = f"acs:kms:cn-hangzhou:{account.account_id}"
    assert known["Key", key].arn == f"{region}:key/{key}"
    assert known["Alias", "alias/a"].arn == f"{region}:alias/a"
    assert known["Secret", "own"].arn == f"{region}:secret/own"
    assert json.loads(known["Key", key].tags) == json.loads(known["Secret", "own"].tags)
    assert json.loads(known["Key", key].tags) == {"team": "a"}
    assert "hunter2" not in "".join(row.state for row in known.values())
    assert inventory.links() == {
        ("alias/a", "attached-to", key),
        (SERVICE_KEY.alias, "attached-to", service_key),
        (key, "in", instance),
        ("own", "in", instance),
        ("own", "encrypted-by", key),
        ("plain", "encrypted-by", service_key),
    }
    assert inventory.wrong() == []


def test_every_way_of_changing_a_key_leaves_the_same_shape_with_its_tags(
    kms: KmsClient, inventory: Inventory, inside: Inside, new_key: Callable[..., Any]
) -> None:
    key = new_key(tags=TAGS).key_id
    kms.disable_key(models.DisableKeyRequest(key_id=key))
    more = '[{"TagKey":"stage","TagValue":"b"}]'
    kms.tag_resource(models.TagResourceRequest(key_id=key, tags=more))
    kms.enable_key(models.EnableKeyRequest(key_id=key))
    kms.untag_resource(models.UntagResourceRequest(key_id=key, tag_keys='["team"]'))
    kms.schedule_key_deletion(
        models.ScheduleKeyDeletionRequest(key_id=key, pending_window_in_days=7)
    )
    events = inside(lambda ctx: ctx.tx.find(ResourceEventRow, order=("seq",), resource_id=key))
    assert [event.change for event in events] == ["created", *["updated"] * 5]
    both = {"team": "a", "stage": "b"}
    tags = [{"team": "a"}, {"team": "a"}, both, both, {"stage": "b"}, {"stage": "b"}]
    assert [json.loads(event.tags) for event in events] == tags
    states = [json.loads(event.snapshot) for event in events]
    assert len({frozenset(state) for state in states}) == 1
    kinds = [state["KeyState"] for state in states]
    assert kinds == ["Enabled", "Disabled", "Disabled", "Enabled", "Enabled", "PendingDeletion"]
    assert inventory.wrong() == []


def test_access_points_and_what_they_hold_are_known_until_they_are_deleted(
    kms: KmsClient, inventory: Inventory, account: NewAccount
) -> None:
    of_account = ("Instance", default_instance_id(account.account_id))
    access = Access(kms)
    access.rule("r", source_private_ip="10.0.0.0/8")
    access.policy("p", access_control_rules='{"NetworkRules":["r"]}')
    access.point("a", policies='["p"]')
    client_key = access.client_key("a").client_key_id
    kinds = {"NetworkRule": "r", "Policy": "p", "ApplicationAccessPoint": "a"}
    known = inventory.known()
    assert set(known) == {*kinds.items(), ("ClientKey", client_key), of_account}
    assert "PRIVATE" not in known["ClientKey", client_key].state
    assert inventory.links() == {
        ("p", "attached-to", "r"),
        ("a", "attached-to", "p"),
        (client_key, "attached-to", "a"),
    }
    access.update_policy("p", access_control_rules="{}")
    assert ("p", "attached-to", "r") not in inventory.links()
    assert inventory.wrong() == []
    access.delete_client_key(client_key)
    access.delete_point("a")
    access.delete_policy("p")
    access.delete_rule("r")
    assert set(inventory.known()) == {of_account}
    assert inventory.links() == set()


def test_an_instance_is_known_from_the_start_with_its_changes(
    kms: KmsClient, inventory: Inventory, account: NewAccount
) -> None:
    instance = default_instance_id(account.account_id)
    ((named, first),) = inventory.known().items()
    assert named == ("Instance", instance)
    assert json.loads(first.state) == {
        "InstanceId": instance,
        "DeletionProtection": False,
        "DeletionProtectionDescription": "",
    }
    shown = kms.get_kms_instance(models.GetKmsInstanceRequest(kms_instance_id=instance)).body
    assert iso(first.since) == shown.kms_instance.create_time
    kms.set_deletion_protection(
        models.SetDeletionProtectionRequest(
            protected_resource_arn=f"acs:kms:cn-hangzhou:{account.account_id}:keystore/{instance}",
            enable_deletion_protection=True,
            deletion_protection_description="for orders",
        )
    )
    changed = inventory.known()["Instance", instance]
    assert json.loads(changed.state)["DeletionProtectionDescription"] == "for orders"
    assert inventory.wrong() == []


def test_a_released_instance_takes_what_is_in_it_out_of_the_inventory(
    kms: KmsClient,
    inventory: Inventory,
    server: Server,
    new_key: Callable[..., Any],
    account: NewAccount,
) -> None:
    instance = default_instance_id(account.account_id)
    inner = new_key(dkmsinstance_id=instance).key_id
    outer = new_key().key_id
    kms.create_alias(models.CreateAliasRequest(alias_name="alias/in", key_id=inner))
    Secrets(kms).create("in", encryption_key_id=inner, dkmsinstance_id=instance)
    kms.set_deletion_protection(
        models.SetDeletionProtectionRequest(
            protected_resource_arn=f"acs:kms:cn-hangzhou:{account.account_id}:keystore/{instance}",
            enable_deletion_protection=False,
        )
    )
    state = msgspec.json.decode(inventory.known()["Instance", instance].state)
    assert state["DeletionProtection"] is False
    kms.release_kms_instance(
        models.ReleaseKmsInstanceRequest(
            kms_instance_id=instance, force_delete_without_backup="true"
        )
    )
    assert set(inventory.known()) == {("Key", outer)}
    assert inventory.links() == set()
    assert inventory.wrong() == []
