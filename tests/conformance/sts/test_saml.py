"""AssumeRoleWithSAML, unsigned, through the official STS SDK."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_sts20150401 import models as s
from tests.conformance.documents import allow, policy, trust
from tests.conformance.harness import Server, refused
from tests.conformance.sts.identity_provider import RECIPIENT, SamlAssertion, saml_metadata
from tests.conformance.sts.roles import grant, key_of, make_role, may, role_arn

from juyong.audit.evidence import read_evidence
from juyong.audit.tables import EventRow
from juyong.base.clock import parse_iso
from juyong.services.identity.facade import NewAccount, SamlProviderRow

As = Callable[..., Any]
INTL = {"StringEquals": {"saml:recipient": RECIPIENT}}


@dataclass
class Corp:
    """An account that trusts the provider `corp` for its role `Reader`."""

    server: Server
    account: NewAccount
    admin: Any
    nobody: Any
    """Clients without any credential worth the name."""

    @property
    def provider(self) -> str:
        return f"acs:ram::{self.account.account_id}:saml-provider/corp"

    @property
    def role(self) -> str:
        return role_arn(self.account, "Reader")

    def assertion(self, **bent: Any) -> SamlAssertion:
        fields = {
            "now": self.server.clock(),
            "roles": ((self.role, self.provider),),
            "identifier": f"_{uuid.uuid4()}",
            **bent,
        }
        return SamlAssertion(**fields)

    def sign_in(self, assertion: SamlAssertion | str | None = None, **more: Any) -> Any:
        said = assertion or self.assertion()
        fields = {
            "samlprovider_arn": self.provider,
            "role_arn": self.role,
            "samlassertion": said if isinstance(said, str) else said.encoded(),
            **more,
        }
        return self.nobody.sts.assume_role_with_saml(s.AssumeRoleWithSAMLRequest(**fields)).body

    def replace_metadata(self, document: str) -> None:
        def change(tx: Any) -> None:
            row = tx.get(SamlProviderRow, self.account.account_id, "corp")
            tx.update(row, metadata_document=document)

        self.server.running.store.call(change)


def add_provider(server: Server, account: NewAccount) -> None:
    now = server.clock()
    row = SamlProviderRow(
        account_id=account.account_id,
        provider_name="corp",
        metadata_document=saml_metadata(),
        created_at=now,
        updated_at=now,
    )
    server.running.store.call(lambda tx: tx.insert(row))


@pytest.fixture
def corp(server: Server, account: NewAccount, admin: Any, as_key: As) -> Corp:
    add_provider(server, account)
    made = Corp(server, account, admin, as_key("none", "none"))
    make_role(
        admin.ram,
        "Reader",
        trust("Federated", made.provider, condition=INTL),
        max_session_duration=7200,
    )
    grant(admin.ram, "role", "Reader", may("ram:ListUsers"))
    return made


def lasts(corp: Corp, body: Any) -> int:
    seconds: int = parse_iso(body.credentials.expiration) - corp.server.clock()
    return seconds


def test_assertion_opens_a_session_of_the_role(corp: Corp, as_key: As) -> None:
    body = corp.sign_in()
    uid = corp.account.account_id
    assert body.assumed_role_user.arn == f"acs:ram::{uid}:role/reader/alice@corp"
    info = body.samlassertion_info
    assert (info.subject, info.subject_type) == ("alice", "persistent")
    assert (info.recipient, info.issuer) == (RECIPIENT, "https://idp.example.test/metadata")
    assert body.source_identity is None
    key = key_of(body)
    caller = as_key(key.access_key_id, key.secret, key.token)
    caller.ram.list_users(m.ListUsersRequest())
    with refused("NoPermission", 403):
        caller.ram.list_roles(m.ListRolesRequest())
    arn = caller.sts.get_caller_identity().body.arn
    assert arn == f"acs:ram::{uid}:assumed-role/reader/alice@corp"
    rows = corp.server.running.store.call(lambda tx: tx.find(EventRow, account_id=uid))
    (event,) = [row for row in rows if row.event_name == "AssumeRoleWithSAML"]
    (question,) = read_evidence(event.evidence).questions
    assert (question.principal, question.decision) == (corp.provider, "Allow")
    assert question.conditions["saml:recipient"] == (RECIPIENT,)


def test_role_arn_is_compared_without_case(corp: Corp) -> None:
    corp.sign_in(role_arn=role_arn(corp.account, "READER"))


def test_assertion_is_good_once(corp: Corp) -> None:
    said = corp.assertion().encoded()
    corp.sign_in(said)
    with refused("AuthenticationFail.SAMLAssertion.Invalid", 401) as caught:
        corp.sign_in(said)
    assert "used before" in caught.value.message


def test_refused_call_does_not_use_the_assertion_up(corp: Corp) -> None:
    said = corp.assertion().encoded()
    with refused("InvalidParameter.DurationSeconds", 400):
        corp.sign_in(said, duration_seconds=899)
    corp.sign_in(said)


def test_used_assertions_are_forgotten_when_they_have_lapsed(corp: Corp) -> None:
    corp.sign_in(corp.assertion(lasts=100))
    try:
        corp.server.clock.offset = 161
        corp.sign_in()
    finally:
        corp.server.clock.offset = 0


INVALID: dict[str, dict[str, Any]] = {
    "another signer": {"signer": "stranger"},
    "another audience": {"audience": "urn:other"},
    "another recipient": {"recipient": "https://elsewhere.test/sso"},
    "another role": {"roles": (("acs:ram::1:role/x", "acs:ram::1:saml-provider/corp"),)},
    "no session name": {"session": "a"},
    "bad source identity": {"attributes": {"SourceIdentity": "a b"}},
}


@pytest.mark.parametrize("case", INVALID)
def test_assertion_that_proves_nothing_is_refused(corp: Corp, case: str) -> None:
    with refused("AuthenticationFail.SAMLAssertion.Invalid", 401):
        corp.sign_in(corp.assertion(**INVALID[case]))
    assert len(INVALID) == 6


@pytest.mark.parametrize("text", ["%%%%", "AAAA", "PGE+PC9hPg=="])
def test_what_is_no_response_is_refused(corp: Corp, text: str) -> None:
    with refused("AuthenticationFail.SAMLAssertion.Invalid", 401):
        corp.sign_in(text)


def test_expired_assertion_is_refused(corp: Corp) -> None:
    now = corp.server.clock()
    # One minute of tolerance for the provider's clock.
    corp.sign_in(corp.assertion(now=now - 350, lasts=300))
    with refused("AuthenticationFail.SAMLAssertion.Expired", 401):
        corp.sign_in(corp.assertion(now=now - 370, lasts=300))


def test_unusable_metadata_is_said_to_be(corp: Corp) -> None:
    corp.replace_metadata(saml_metadata(extra=' validUntil="2020-01-01T00:00:00Z"'))
    with refused("AuthenticationFail.IDPMetadata.Invalid", 401):
        corp.sign_in()
    corp.replace_metadata("%%")
    with refused("AuthenticationFail.IDPMetadata.Invalid", 401):
        corp.sign_in()
    # The store is left sound for the tests that prove it so.
    corp.replace_metadata(saml_metadata())
    corp.sign_in()


def test_provider_must_exist_in_the_roles_account(corp: Corp, server: Server, as_key: As) -> None:
    uid = corp.account.account_id
    with refused("EntityNotExist.SAMLProvider", 404):
        corp.sign_in(samlprovider_arn=f"acs:ram::{uid}:saml-provider/absent")
    other = server.new_account()
    add_provider(server, other)
    with refused("EntityNotExist.SAMLProvider", 404):
        corp.sign_in(samlprovider_arn=f"acs:ram::{other.account_id}:saml-provider/corp")


def test_role_must_exist(corp: Corp) -> None:
    absent = role_arn(corp.account, "absent")
    said = corp.assertion(roles=((absent, corp.provider),))
    with refused("EntityNotExist.RoleArn", 404):
        corp.sign_in(said, role_arn=absent)


def test_role_that_trusts_others_is_denied(corp: Corp) -> None:
    make_role(corp.admin.ram, "for-ecs", trust("Service", "ecs.aliyuncs.com"))
    arn = role_arn(corp.account, "for-ecs")
    with refused("NoPermission", 403) as caught:
        corp.sign_in(corp.assertion(roles=((arn, corp.provider),)), role_arn=arn)
    detail = caught.value.data["AccessDeniedDetail"]
    assert (detail["PolicyType"], detail["AuthPrincipalType"]) == (
        "AssumeRolePolicy",
        "Federated",
    )
    assert detail["AuthPrincipalDisplayName"] == "saml-provider/corp"
    opened = corp.admin.ram.decode_diagnostic_message(
        m.DecodeDiagnosticMessageRequest(
            encoded_diagnostic_message=detail["EncodedDiagnosticMessage"]
        )
    ).body.decoded_diagnostic_message
    assert opened.auth_action == "sts:AssumeRole"


def test_trust_for_another_recipient_is_no_trust(corp: Corp) -> None:
    elsewhere = {"StringEquals": {"saml:recipient": "https://signin.aliyun.com/saml-role/sso"}}
    make_role(corp.admin.ram, "cn", trust("Federated", corp.provider, condition=elsewhere))
    arn = role_arn(corp.account, "cn")
    with refused("NoPermission", 403):
        corp.sign_in(corp.assertion(roles=((arn, corp.provider),)), role_arn=arn)


def test_explicit_deny_in_trust_wins(corp: Corp) -> None:
    document = trust(
        "Federated",
        corp.provider,
        condition=INTL,
        deny={"IpAddress": {"acs:SourceIp": "127.0.0.1"}},
    )
    make_role(corp.admin.ram, "guarded", document)
    arn = role_arn(corp.account, "guarded")
    with refused("NoPermission", 403) as caught:
        corp.sign_in(corp.assertion(roles=((arn, corp.provider),)), role_arn=arn)
    assert caught.value.data["AccessDeniedDetail"]["NoPermissionType"] == "ExplicitDeny"


def test_user_cannot_assume_a_role_for_federation(corp: Corp) -> None:
    with refused("NoPermission", 403):
        corp.admin.sts.assume_role(s.AssumeRoleRequest(role_arn=corp.role, role_session_name="me"))


def test_duration_is_asked_granted_or_usual(corp: Corp) -> None:
    def granted(seconds: int) -> SamlAssertion:
        return corp.assertion(attributes={"SessionDuration": str(seconds)})

    assert 3590 <= lasts(corp, corp.sign_in()) <= 3600
    assert 7190 <= lasts(corp, corp.sign_in(duration_seconds=7200)) <= 7200
    assert 1790 <= lasts(corp, corp.sign_in(granted(1800))) <= 1800
    assert 1790 <= lasts(corp, corp.sign_in(granted(1800), duration_seconds=7200)) <= 1800
    assert 890 <= lasts(corp, corp.sign_in(granted(1800), duration_seconds=900)) <= 900
    # The role allows two hours, whatever the provider grants.
    assert 7190 <= lasts(corp, corp.sign_in(granted(43200))) <= 7200
    end = corp.server.clock() + 600
    assert 580 <= lasts(corp, corp.sign_in(corp.assertion(session_end=end))) <= 600
    for seconds in (899, 7201):
        with refused("InvalidParameter.DurationSeconds", 400):
            corp.sign_in(duration_seconds=seconds)


def test_session_policy_narrows(corp: Corp, as_key: As) -> None:
    key = key_of(corp.sign_in(policy=allow("ecs:*")))
    with refused("NoPermission", 403):
        as_key(key.access_key_id, key.secret, key.token).ram.list_users(m.ListUsersRequest())
    with refused("InvalidParameter.PolicyGrammar", 400):
        corp.sign_in(policy="{}")
    with refused("InvalidParameter.PolicySize", 400):
        corp.sign_in(policy=policy() + " " * 2048)


def test_source_identity_of_the_assertion_is_kept(corp: Corp, as_key: As) -> None:
    body = corp.sign_in(corp.assertion(attributes={"SourceIdentity": "alice@x"}))
    assert body.source_identity == "alice@x"


def test_parameters_are_required_and_formed(corp: Corp) -> None:
    for field, name in (
        ("samlassertion", "SAMLAssertion"),
        ("samlprovider_arn", "SAMLProviderArn"),
        ("role_arn", "RoleArn"),
    ):
        with refused(f"MissingParameter.{name}", 400):
            corp.sign_in(**{field: None})
        with refused(f"InvalidParameter.{name}", 400):
            corp.sign_in(**{field: "x"})


def test_assertion_may_fill_a_form_of_100000_characters(corp: Corp) -> None:
    """A text this long comes in the body: the SDK's way, the URL, ends at 64 KiB."""

    def post(text: str) -> tuple[int, str]:
        form = {
            "Action": "AssumeRoleWithSAML",
            "Version": "2015-04-01",
            "Format": "JSON",
            "SAMLProviderArn": corp.provider,
            "RoleArn": corp.role,
            "SAMLAssertion": text,
        }
        answer = httpx.post(f"http://127.0.0.1:{corp.server.port}/", data=form)
        return answer.status_code, answer.json()["Code"]

    assert post("A" * 100_000) == (401, "AuthenticationFail.SAMLAssertion.Invalid")
    assert post("A" * 100_001) == (400, "InvalidParameter.SAMLAssertion")


def events(corp: Corp) -> list[dict[str, Any]]:
    account_id = corp.account.account_id
    corp.server.running.store.settle()
    rows = corp.server.running.store.call(lambda tx: tx.find(EventRow, account_id=account_id))
    found = [json.loads(row.body) for row in rows]
    return [event for event in found if event["eventName"] == "AssumeRoleWithSAML"]


def test_event_lands_in_the_roles_account_without_the_assertion(corp: Corp) -> None:
    said = corp.assertion().encoded()
    key = key_of(corp.sign_in(said))
    (event,) = events(corp)
    assert event["userIdentity"]["type"] == "assumed-role"
    assert event["userIdentity"]["userName"] == "Reader:alice@corp"
    assert event["requestParameters"]["SAMLAssertion"] == "****"
    written = json.dumps(event)
    assert said not in written
    assert key.secret not in written
    assert str(key.token) not in written


def test_denied_federation_is_recorded_too(corp: Corp) -> None:
    make_role(corp.admin.ram, "for-ecs", trust("Service", "ecs.aliyuncs.com"))
    arn = role_arn(corp.account, "for-ecs")
    with refused("NoPermission", 403):
        corp.sign_in(corp.assertion(roles=((arn, corp.provider),)), role_arn=arn)
    (event,) = events(corp)
    assert event["errorCode"] == "NoPermission"
    # No credential was given out.
    assert "STS." not in json.dumps(event.get("referencedResources", {}))
