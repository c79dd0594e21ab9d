"""Summaries and reports of an account, through the official IMS SDK."""

import base64
import csv
import io
from collections.abc import Callable
from typing import Any

import pyotp
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from alibabacloud_ram20150501 import models as ram_models
from tests.conformance.conftest import Clients
from tests.conformance.documents import allow
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.ims.principals import as_root, create, give_root_device, upn

from juyong.base.clock import iso
from juyong.services.identity.account.alias import account_of
from juyong.services.identity.credentials.tables import CredentialReportRow
from juyong.services.identity.facade import NewAccount
from juyong.store.transaction import Transaction

HEADING = (
    "user,user_creation_time,user_last_logon,password_exist,password_active,"
    "password_last_changed,password_next_rotation,mfa_active,"
    "access_key_1_exist,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used,"
    "access_key_2_exist,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used,"
    "additional_access_key_1_exist,additional_access_key_1_active,"
    "additional_access_key_1_last_rotated,additional_access_key_1_last_used,"
    "additional_access_key_2_exist,additional_access_key_2_active,"
    "additional_access_key_2_last_rotated,additional_access_key_2_last_used,"
    "additional_access_key_3_exist,additional_access_key_3_active,"
    "additional_access_key_3_last_rotated,additional_access_key_3_last_used"
)
DAY = 86_400


def page(ims: Client, **more: Any) -> Any:
    return ims.get_credential_report(m.GetCredentialReportRequest(**more)).body


def rows(body: Any) -> list[dict[str, str]]:
    text = base64.b64decode(body.content).decode()
    assert text.splitlines()[0] == HEADING
    return list(csv.DictReader(io.StringIO(text)))


def generate(ims: Client) -> None:
    assert ims.generate_credential_report().body.state == "COMPLETED"


def test_summary_counts_what_there_is(
    ims: Client, admin: Clients, account: NewAccount, server: Server
) -> None:
    before = ims.get_account_summary().body.summary_map.to_map()
    assert before == {
        "Users": 1,
        "UsersQuota": 5000,
        "Groups": 0,
        "GroupsQuota": 300,
        "GroupsPerUserQuota": 10,
        "Roles": 0,
        "RolesQuota": 1000,
        "Policies": 0,
        "PoliciesQuota": 1500,
        "PolicySizeQuota": 6144,
        "VersionsPerPolicyQuota": 5,
        "AttachedPoliciesPerUserQuota": 10,
        "AttachedPoliciesPerGroupQuota": 10,
        "AttachedPoliciesPerRoleQuota": 10,
        "AttachedSystemPoliciesPerUserQuota": 20,
        "AttachedSystemPoliciesPerGroupQuota": 20,
        "AttachedSystemPoliciesPerRoleQuota": 20,
        "AccessKeysPerUserQuota": 2,
        "AccountAccessKeysPerAccountQuota": 5,
        "ConditionsPerAKPolicyQuota": 8,
        "IPItemsPerAKPolicyQuota": 50,
        "MFADevices": 0,
        "MFADevicesInUse": 0,
        "VirtualMFADevicesQuota": 5000,
        "AuthorizedClientPerUserQuota": 0,
        "ServiceCredentialsPerUserPerServiceQuota": 0,
    }
    create(ims, "alice", account)
    ims.create_group(m.CreateGroupRequest(group_name="devs"))
    ims.create_virtual_mfadevice(m.CreateVirtualMFADeviceRequest(virtual_mfadevice_name="phone"))
    admin.ram.create_policy(
        ram_models.CreatePolicyRequest(policy_name="one", policy_document=allow("ram:GetUser"))
    )
    with quotas(server, {"ram.users": 7}):
        after = ims.get_account_summary().body.summary_map.to_map()
    assert {name: after[name] for name in after if after[name] != before[name]} == {
        "Users": 2,
        "UsersQuota": 7,
        "Groups": 1,
        "Policies": 1,
        "MFADevices": 1,
    }


def test_report_has_a_line_for_root_and_for_each_user(
    ims: Client,
    account: NewAccount,
    server: Server,
    as_key: Callable[..., Clients],
) -> None:
    with refused("EntityNotExist.CredentialReport", 404):
        page(ims)
    alice = create(ims, "alice", account)
    key = ims.create_access_key(
        m.CreateAccessKeyRequest(user_principal_name=upn("alice", account))
    ).body.access_key
    ims.set_password_policy(m.SetPasswordPolicyRequest(initial_password_age=7))
    ims.create_login_profile(
        m.CreateLoginProfileRequest(
            user_principal_name=upn("alice", account), password="correct-Horse-7", status="Inactive"
        )
    )
    root_key = as_root(server, account, as_key, days_old=3)
    root_key.ims.get_default_domain()
    give_root_device(server, account)
    generate(ims)
    body = page(ims)
    assert (body.is_truncated, body.next_token) == ("false", None)
    found = {row["user"]: row for row in rows(body)}
    assert list(found) == ["<root>", "administrator", "alice"]
    root, hers, mine = found["<root>"], found["alice"], found["administrator"]
    assert (root["mfa_active"], root["password_exist"], root["password_active"]) == (
        "TRUE",
        "FALSE",
        "N/A",
    )
    made_at = server.running.store.call(lambda tx: account_of(tx, account.account_id).created_at)
    assert root["user_creation_time"] == iso(made_at)
    assert root["access_key_1_exist"] == "TRUE"
    assert root["access_key_1_last_used"].endswith("Z")
    assert hers["user_creation_time"] == alice.create_date
    assert (hers["user_last_logon"], hers["mfa_active"]) == ("N/A", "FALSE")
    assert (hers["password_exist"], hers["password_active"]) == ("TRUE", "FALSE")
    assert hers["password_next_rotation"] > hers["password_last_changed"]
    assert [
        hers[f"access_key_1_{c}"] for c in ("exist", "active", "last_rotated", "last_used")
    ] == [
        "TRUE",
        "TRUE",
        key.create_date,
        "N/A",
    ]
    assert [
        hers[f"access_key_2_{c}"] for c in ("exist", "active", "last_rotated", "last_used")
    ] == [
        "FALSE",
        "-",
        "-",
        "-",
    ]
    assert mine["access_key_1_last_used"].endswith("Z")
    assert mine["password_last_changed"] == "-"


def test_report_is_made_anew_after_four_hours(
    ims: Client, account: NewAccount, server: Server
) -> None:
    generate(ims)
    first = page(ims)
    create(ims, "alice", account)
    generate(ims)
    assert page(ims).content == first.content

    def age(seconds: int) -> None:
        def work(tx: Transaction) -> None:
            row = tx.get(CredentialReportRow, account.account_id)
            assert row is not None
            tx.update(row, generated_at=server.clock() - seconds)

        server.running.store.call(work)

    age(4 * 3600 - 60)
    generate(ims)
    assert page(ims).content == first.content
    age(4 * 3600)
    generate(ims)
    assert [row["user"] for row in rows(page(ims))] == ["<root>", "administrator", "alice"]


def test_report_pages_and_a_token_dies_with_its_report(
    ims: Client, account: NewAccount, server: Server
) -> None:
    create(ims, "alice", account)
    generate(ims)
    seen: list[str] = []
    token, pages = None, 0
    while True:
        body = page(ims, max_items="2", next_token=token)
        seen += [row["user"] for row in rows(body)]
        pages += 1
        if body.is_truncated == "false":
            break
        token = body.next_token
    assert (seen, pages) == (["<root>", "administrator", "alice"], 2)

    def age(tx: Transaction) -> None:
        row = tx.get(CredentialReportRow, account.account_id)
        assert row is not None
        tx.update(row, generated_at=server.clock() - 5 * 3600)

    server.running.store.call(age)
    with refused("InvalidParameter.NextToken", 400):
        page(ims, max_items="2", next_token=token)
    for bad in ("0", "3502"):
        with refused("InvalidParameter.MaxItems.Range", 400):
            page(ims, max_items=bad)


def test_practice_report_counts_what_is_defined(
    ims: Client, account: NewAccount, server: Server, as_key: Callable[..., Clients]
) -> None:
    def figures() -> Any:
        info = ims.get_account_security_practice_report().body.account_security_practice_info
        assert info.score is None
        return info.account_security_practice_user_info.to_map()

    assert figures() == {
        "BindMfa": False,
        "RootWithAccessKey": 0,
        "SubUser": 1,
        "SubUserBindMfa": 0,
    }
    give_root_device(server, account)
    as_root(server, account, as_key)
    create(ims, "alice", account)
    assert figures() == {
        "BindMfa": True,
        "RootWithAccessKey": 1,
        "SubUser": 2,
        "SubUserBindMfa": 0,
    }
    made = ims.create_virtual_mfadevice(
        m.CreateVirtualMFADeviceRequest(virtual_mfadevice_name="phone")
    ).body.virtual_mfadevice
    app, now = pyotp.TOTP(made.base_32string_seed), server.clock()
    ims.bind_mfadevice(
        m.BindMFADeviceRequest(
            serial_number=made.serial_number,
            user_principal_name=upn("alice", account),
            authentication_code_1=app.at(now - 30),
            authentication_code_2=app.at(now),
        )
    )
    assert figures()["SubUserBindMfa"] == 1
