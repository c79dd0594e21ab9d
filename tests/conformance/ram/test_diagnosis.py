"""What a denial seals, opened again."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from darabonba.exceptions import DaraException
from tests.conformance.documents import policy, statement
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount


def denied(clerk: Client) -> dict[str, Any]:
    with pytest.raises(DaraException) as caught:
        clerk.get_user(m.GetUserRequest(user_name="clerk"))
    error: Any = caught.value
    assert (error.code, error.status_code) == ("NoPermission", 403)
    detail: dict[str, Any] = error.data["AccessDeniedDetail"]
    return detail


def decode(ram: Client, message: str) -> Any:
    request = m.DecodeDiagnosticMessageRequest(encoded_diagnostic_message=message)
    return ram.decode_diagnostic_message(request).body.decoded_diagnostic_message


def test_silence_is_explained(
    ram: Client, account: NewAccount, new_user: Callable[[str], Any]
) -> None:
    clerk = new_user("clerk").ram
    detail = denied(clerk)
    found = decode(ram, detail["EncodedDiagnosticMessage"])
    assert found.explicit_deny is False
    assert found.no_permission_policy_type == detail["PolicyType"]
    assert found.no_permission_policy_type == "AccountLevelIdentityBasedPolicy"
    assert found.auth_action == "ram:GetUser"
    assert found.auth_resource == f"acs:ram:*:{account.account_id}:user/clerk"
    assert found.auth_principal.auth_principal_type == "SubUser"
    assert found.auth_principal.auth_principal_owner_id == account.account_id
    assert found.auth_principal.auth_principal_display_name.startswith("2")
    assert found.matched_policies == []
    conditions = {c.condition_key: c.condition_values for c in found.auth_conditions}
    assert conditions["acs:SourceIp"] == ["127.0.0.1"]
    assert conditions["acs:SecureTransport"] == ["false"]


def test_denying_policy_is_named(ram: Client, new_user: Callable[[str], Any]) -> None:
    clerk = new_user("clerk").ram
    document = policy(statement("ram:*"), statement("ram:GetUser", effect="Deny"))
    ram.create_policy(m.CreatePolicyRequest(policy_name="mixed", policy_document=document))
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="mixed", user_name="clerk")
    )
    detail = denied(clerk)
    assert detail["NoPermissionType"] == "ExplicitDeny"
    found = decode(ram, detail["EncodedDiagnosticMessage"])
    assert found.explicit_deny is True
    (matched,) = found.matched_policies
    assert (matched.policy_type, matched.policy_identifier) == ("Custom", "mixed")
    assert (matched.policy_version, matched.effect) == ("v1", "Deny")
    assert (matched.attached_scope, matched.attached_entity_type) == ("Account", "User")


def test_message_opens_in_the_principals_account_only(
    ram: Client,
    server: Server,
    new_user: Callable[[str], Any],
    as_key: Callable[..., Any],
) -> None:
    message = denied(new_user("clerk").ram)["EncodedDiagnosticMessage"]
    other = server.new_account()
    stranger = as_key(other.access_key_id, other.secret.reveal()).ram
    with refused("InvalidParameter.EncodedDiagnosticMessage", 400):
        decode(stranger, message)


def test_damaged_message_is_refused(ram: Client, new_user: Callable[[str], Any]) -> None:
    message = denied(new_user("clerk").ram)["EncodedDiagnosticMessage"]
    changed = message[:-8] + ("A" if message[-8] != "A" else "B") + message[-7:]
    for bad in (changed, "x", message + "A", "%%%"):
        with refused("InvalidParameter.EncodedDiagnosticMessage", 400):
            decode(ram, bad)
