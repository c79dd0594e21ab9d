"""The whole matrix: what each operation answers in each state of a key, and what it leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from darabonba.exceptions import DaraException
from tests.conformance.harness import refused

STATES = ("Enabled", "Disabled", "PendingDeletion", "PendingImport")
DISABLED, DELETING, IMPORTING = (
    "Rejected.Disabled",
    "Rejected.PendingDeletion",
    ("Rejected.PendingImport"),
)
UNMODIFIED = "Rejected.StateModifiedFailed"
USE = ("", DISABLED, DELETING, IMPORTING)


def call(name: str, **values: Any) -> Callable[[KmsClient, str], Any]:
    """Return a call of an operation on a key."""
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    request = getattr(models, f"{name}Request")
    return lambda kms, key_id: getattr(kms, snake)(request(key_id=key_id, **values))


def delete_alias(kms: KmsClient, key_id: str) -> Any:
    names: Any = kms.list_aliases_by_key_id(models.ListAliasesByKeyIdRequest(key_id=key_id))
    name = names.body.aliases.alias[0].alias_name
    return kms.delete_alias(models.DeleteAliasRequest(alias_name=name))


@dataclass(frozen=True)
class Case:
    """One operation: what it answers in each of STATES, "" for success."""

    name: str
    act: Callable[[KmsClient, str], Any]
    answers: tuple[str, str, str, str]


MATRIX = (
    Case(
        "UpdateRotationPolicy",
        call("UpdateRotationPolicy", enable_automatic_rotation=False),
        # A key that can wait for material is EXTERNAL, whose state is judged first.
        USE,
    ),
    Case(
        "CreateKeyVersion",
        call("CreateKeyVersion"),
        ("", DISABLED, DELETING, IMPORTING),
    ),
    Case(
        "GetPublicKey",
        call("GetPublicKey", key_version_id="none"),
        ("Forbidden.KeyVersionNotFound", DISABLED, DELETING, IMPORTING),
    ),
    Case("EnableKey", call("EnableKey"), ("", "", UNMODIFIED, UNMODIFIED)),
    Case("DisableKey", call("DisableKey"), ("", "", UNMODIFIED, UNMODIFIED)),
    Case(
        "ScheduleKeyDeletion",
        call("ScheduleKeyDeletion", pending_window_in_days=7),
        ("", "", UNMODIFIED, ""),
    ),
    Case(
        "CancelKeyDeletion",
        call("CancelKeyDeletion"),
        (UNMODIFIED, UNMODIFIED, "", UNMODIFIED),
    ),
    Case(
        "SetDeletionProtection",
        call("SetDeletionProtection", enable_deletion_protection=True),
        ("", "", DELETING, ""),
    ),
    Case(
        "UpdateKeyDescription",
        call("UpdateKeyDescription", description="d"),
        ("", "", DELETING, ""),
    ),
    Case("CreateAlias", call("CreateAlias", alias_name="alias/new"), ("", "", UNMODIFIED, "")),
    Case("UpdateAlias", call("UpdateAlias", alias_name="alias/other"), ("", "", DELETING, "")),
    Case("DeleteAlias", delete_alias, ("", "", "", "")),
    Case("DescribeKey", call("DescribeKey"), ("", "", "", "")),
    Case("ListKeyVersions", call("ListKeyVersions"), ("", "", "", "")),
    Case("ListAliasesByKeyId", call("ListAliasesByKeyId"), ("", "", "", "")),
)


@pytest.fixture
def key_in(kms: KmsClient, new_key: Callable[..., Any]) -> Callable[[str], str]:
    """Make a key in a state, with an alias; another key has `alias/other`."""

    def make(state: str) -> str:
        made = new_key(origin="EXTERNAL" if state == "PendingImport" else None)
        other = new_key()
        for key_id, name in ((made.key_id, "alias/mine"), (other.key_id, "alias/other")):
            kms.create_alias(models.CreateAliasRequest(key_id=key_id, alias_name=name))
        if state == "Disabled":
            kms.disable_key(models.DisableKeyRequest(key_id=made.key_id))
        if state == "PendingDeletion":
            call("ScheduleKeyDeletion", pending_window_in_days=7)(kms, made.key_id)
        return str(made.key_id)

    return make


CELLS = [
    pytest.param((case.act, state, answer), id=f"{case.name}-{state}")
    for case in MATRIX
    for state, answer in zip(STATES, case.answers, strict=True)
]


@pytest.mark.parametrize("cell", CELLS)
def test_answer_in_each_state(
    kms: KmsClient,
    key_in: Callable[[str], str],
    describe: Callable[[str], Any],
    cell: tuple[Callable[[KmsClient, str], Any], str, str],
) -> None:
    act, state, answer = cell
    key_id = key_in(state)
    assert describe(key_id).key_state == state
    if answer == "":
        act(kms, key_id)
        return
    with pytest.raises(DaraException) as caught:
        act(kms, key_id)
    error: Any = caught.value
    assert error.code == answer
    assert describe(key_id).key_state == state


def test_transitions(
    kms: KmsClient, new_key: Callable[..., Any], describe: Callable[[str], Any]
) -> None:
    key_id = new_key().key_id
    schedule = call("ScheduleKeyDeletion", pending_window_in_days=366)
    for act, state in (
        (call("DisableKey"), "Disabled"),
        (call("DisableKey"), "Disabled"),
        (call("EnableKey"), "Enabled"),
        (call("EnableKey"), "Enabled"),
        (call("DisableKey"), "Disabled"),
        (schedule, "PendingDeletion"),
        (call("CancelKeyDeletion"), "Enabled"),
    ):
        act(kms, key_id)
        shown = describe(key_id)
        assert shown.key_state == state
        assert bool(shown.delete_date) is (state == "PendingDeletion")


def test_cancelled_deletion_of_a_key_without_material_waits_for_it(
    kms: KmsClient, new_key: Callable[..., Any], describe: Callable[[str], Any]
) -> None:
    key_id = new_key(origin="EXTERNAL").key_id
    call("ScheduleKeyDeletion", pending_window_in_days=7)(kms, key_id)
    call("CancelKeyDeletion")(kms, key_id)
    assert describe(key_id).key_state == "PendingImport"


@pytest.mark.parametrize("days", [6, 367])
def test_window_is_7_to_366_days(kms: KmsClient, new_key: Callable[..., Any], days: int) -> None:
    with refused("InvalidParameter", 400):
        call("ScheduleKeyDeletion", pending_window_in_days=days)(kms, new_key().key_id)


def test_protected_key_cannot_be_scheduled_for_deletion(
    kms: KmsClient, new_key: Callable[..., Any], describe: Callable[[str], Any]
) -> None:
    made = new_key()
    protect = models.SetDeletionProtectionRequest
    kms.set_deletion_protection(
        protect(
            protected_resource_arn=made.arn,
            enable_deletion_protection=True,
            deletion_protection_description="in use",
        )
    )
    shown = describe(made.key_id)
    assert (shown.deletion_protection, shown.deletion_protection_description) == (
        "Enabled",
        "in use",
    )
    with refused("Rejected.DeletionProtectionEnabled", 409):
        call("ScheduleKeyDeletion", pending_window_in_days=7)(kms, made.key_id)
    kms.set_deletion_protection(protect(key_id=made.key_id, enable_deletion_protection=False))
    assert describe(made.key_id).deletion_protection == "Disabled"
    call("ScheduleKeyDeletion", pending_window_in_days=7)(kms, made.key_id)


def test_deletion_protection_needs_one_key(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    made = new_key()
    protect = models.SetDeletionProtectionRequest
    with refused("MissingParameter", 400):
        kms.set_deletion_protection(protect(enable_deletion_protection=True))
    with refused("InvalidParameter", 400):
        kms.set_deletion_protection(
            protect(
                protected_resource_arn=made.arn,
                key_id=made.key_id,
                enable_deletion_protection=True,
            )
        )
    with refused("InvalidParameter", 400):
        kms.set_deletion_protection(
            protect(key_id=made.key_id, kms_instance_id="kst-1", enable_deletion_protection=True)
        )
    with refused("Forbidden.DKMSInstanceNotFound", 403):
        kms.set_deletion_protection(
            protect(kms_instance_id="kst-1", enable_deletion_protection=True)
        )


MANAGED = (
    call("EnableKey"),
    call("DisableKey"),
    call("ScheduleKeyDeletion", pending_window_in_days=7),
    call("CancelKeyDeletion"),
    call("SetDeletionProtection", enable_deletion_protection=True),
    call("UpdateRotationPolicy", enable_automatic_rotation=False),
    call("CreateKeyVersion"),
    call("ListAliasesByKeyId"),
    call("CreateAlias", alias_name="alias/a"),
    call("UpdateAlias", alias_name="alias/a"),
    call("GetKeyPolicy"),
    call("SetKeyPolicy", policy="{}"),
    call("DeleteKeyMaterial"),
    call(
        "GetParametersForImport",
        wrapping_algorithm="RSAES_OAEP_SHA_256",
        wrapping_key_spec="RSA_2048",
    ),
    call(
        "ImportKeyMaterial",
        encrypted_key_material="AAAA",
        import_token="none",  # no secret
        key_material_expire_unix=0,
    ),
)


@pytest.mark.parametrize("act", MANAGED)
def test_management_takes_ids_only_and_knows_which_exist(
    kms: KmsClient, act: Callable[[KmsClient, str], Any]
) -> None:
    with refused("Unsupported.Alias", 400):
        act(kms, "alias/a")
    with refused("Forbidden.KeyNotFound", 404):
        act(kms, "6c2b3ad7-0b8e-4d7e-8c55-8f3f7a3f0000")
