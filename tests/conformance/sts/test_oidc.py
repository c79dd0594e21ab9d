"""AssumeRoleWithOIDC, unsigned, against an issuer on loopback."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_credentials.provider.oidc import OIDCRoleArnCredentialsProvider
from alibabacloud_ram20150501 import models as m
from alibabacloud_sts20150401 import models as s
from cryptography.hazmat.primitives import serialization
from Tea.core import TeaCore
from tests.conformance.documents import allow, trust
from tests.conformance.harness import Server, refused
from tests.conformance.sts.identity_provider import Issuer, authority, issuing, leaf, tls_context
from tests.conformance.sts.roles import grant, key_of, make_role, may, role_arn
from tests.platforms import changed

from juyong.app.fetch import fetch_of
from juyong.app.remember import RememberingFetch
from juyong.app.settings import Settings
from juyong.audit.tables import EventRow
from juyong.engines.federation.fingerprint import fingerprint
from juyong.services.identity.facade import NewAccount, OidcProviderRow

As = Callable[..., Any]
CLIENT = "sts.aliyuncs.com"
SUBJECT = "system:serviceaccount:ns:app"
FAIL = "AuthenticationFail.OIDCToken."


@dataclass
class Cluster:
    """An account that trusts the provider `k8s` for its role `App`."""

    server: Server
    account: NewAccount
    admin: Any
    nobody: Any
    issuer: Issuer

    @property
    def provider(self) -> str:
        return f"acs:ram::{self.account.account_id}:oidc-provider/k8s"

    @property
    def role(self) -> str:
        return role_arn(self.account, "App")

    def token(self, **claims: Any) -> str:
        return self.issuer.token(self.server.clock(), **claims)

    def exchange(self, token: str | None = None, **more: Any) -> Any:
        fields = {
            "oidcprovider_arn": self.provider,
            "role_arn": self.role,
            "oidctoken": token or self.token(),
            "role_session_name": "pod",
            **more,
        }
        return self.nobody.sts.assume_role_with_oidc(s.AssumeRoleWithOIDCRequest(**fields)).body

    def add_provider(self, **bent: Any) -> None:
        now = self.server.clock()
        fields = {
            "provider_name": "k8s",
            "issuer_url": self.issuer.url,
            "client_ids": f"other-client,{CLIENT}",
            "fingerprints": "",
            **bent,
        }
        row = OidcProviderRow(
            account_id=self.account.account_id, created_at=now, updated_at=now, **fields
        )
        self.server.running.store.call(lambda tx: tx.insert(row))

    def condition(self, **more: str) -> dict[str, Any]:
        keys = {"oidc:iss": self.issuer.url, "oidc:aud": [CLIENT]}
        return {"StringEquals": keys, **({"StringLike": more} if more else {})}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        yield running


Trusting = Callable[..., Cluster]


@pytest.fixture
def trusting(server: Server, account: NewAccount, admin: Any, as_key: As) -> Trusting:
    """Make the account trust an issuer; the provider's fields may be bent."""

    def make(issuer: Issuer, **provider: Any) -> Cluster:
        made = Cluster(server, account, admin, as_key("none", "none"), issuer)
        made.add_provider(**provider)
        condition = made.condition(**{"oidc:sub": "system:serviceaccount:ns:*"})
        document = trust("Federated", made.provider, condition=condition)
        make_role(admin.ram, "App", document)
        grant(admin.ram, "role", "App", may("ram:ListUsers"))
        return made

    return make


@pytest.fixture
def cluster(trusting: Trusting, issuer: Issuer) -> Cluster:
    return trusting(issuer)


def test_token_opens_a_session_of_the_role(cluster: Cluster, as_key: As) -> None:
    body = cluster.exchange(cluster.token(aud=[CLIENT, "third"]))
    uid = cluster.account.account_id
    assert body.assumed_role_user.arn == f"acs:ram::{uid}:role/app/pod"
    info = body.oidctoken_info
    assert (info.subject, info.issuer) == (SUBJECT, cluster.issuer.url)
    assert (info.client_ids, info.verification_info) == (f"{CLIENT},third", "Success")
    assert info.issuance_time < info.expiration_time
    key = key_of(body)
    caller = as_key(key.access_key_id, key.secret, key.token)
    caller.ram.list_users(m.ListUsersRequest())
    with refused("NoPermission", 403):
        caller.ram.list_roles(m.ListRolesRequest())


def test_official_credentials_provider_signs_in(
    cluster: Cluster, as_key: As, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider of the default chain, sent over plain http and otherwise untouched."""
    send = TeaCore.do_action

    def plain(request: Any, options: Any = None) -> Any:
        request.protocol = "http"
        return send(request, options)

    monkeypatch.setattr(TeaCore, "do_action", plain)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{cluster.server.port}")
    held = tmp_path / "token"
    held.write_text(cluster.token())
    provider = OIDCRoleArnCredentialsProvider(
        role_arn=cluster.role,
        oidc_provider_arn=cluster.provider,
        oidc_token_file_path=str(held),
        role_session_name="chain",
    )
    got = provider.get_credentials()
    caller = as_key(got.get_access_key_id(), got.get_access_key_secret(), got.get_security_token())
    assert caller.sts.get_caller_identity().body.arn.endswith(":assumed-role/app/chain")


def test_token_may_be_used_again_until_it_expires(cluster: Cluster) -> None:
    token = cluster.token()
    cluster.exchange(token)
    cluster.exchange(token)
    try:
        cluster.server.clock.offset = 601
        with refused(FAIL + "Expired", 401):
            cluster.exchange(token)
    finally:
        cluster.server.clock.offset = 0


def bent(cluster: Cluster, case: str) -> str:
    now = cluster.server.clock()
    token = cluster.token()
    head, body, signature = token.split(".")
    other = cluster.token(kid="k1", sub="system:serviceaccount:ns:other").split(".")[1]
    made: dict[str, str] = {
        "no token": "abcd",
        "no subject": cluster.token(sub=None),
        "shared secret": _symmetric(body),
        "issued tomorrow": cluster.token(iat=now + 3600),
        "issued long ago": cluster.token(iat=now - 13 * 3600),
        "another client": cluster.token(aud="stranger"),
        "another issuer": cluster.token(iss="https://other.test"),
        "claims changed": f"{head}.{other}.{signature}",
        "unknown key": cluster.token(kid="unpublished"),
    }
    return made[case]


def _symmetric(body: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"k1"}').rstrip(b"=").decode()
    return f"{head}.{body}.c2lnbmF0dXJl"


REFUSED = {
    "no token": "Invalid",
    "no subject": "Invalid",
    "shared secret": "Invalid",
    "issued tomorrow": "Invalid",
    "issued long ago": "Expired",
    "another client": "AudienceNotMatch",
    "another issuer": "IssuerNotMatch",
    "claims changed": "InvalidSignature",
    "unknown key": "InvalidSignature",
}


@pytest.mark.parametrize("case", REFUSED)
def test_token_that_proves_nothing_is_refused(cluster: Cluster, case: str) -> None:
    with refused(FAIL + REFUSED[case], 401):
        cluster.exchange(bent(cluster, case))
    assert len(REFUSED) == 9


def test_nothing_is_fetched_for_a_token_of_somebody_else(cluster: Cluster) -> None:
    for case in ("another client", "another issuer", "no token"):
        with refused(FAIL + REFUSED[case], 401):
            cluster.exchange(bent(cluster, case))
    assert cluster.issuer.asked == []


def test_keys_are_fetched_once_for_many_tokens(cluster: Cluster) -> None:
    for _ in range(3):
        cluster.exchange()
    assert cluster.issuer.asked == ["/.well-known/openid-configuration", "/keys"]


def test_unknown_key_is_looked_up_no_more_than_once_a_moment(cluster: Cluster) -> None:
    for _ in range(3):
        with refused(FAIL + "InvalidSignature", 401):
            cluster.exchange(bent(cluster, "unknown key"))
    assert cluster.issuer.asked.count("/keys") == 1


def test_issuer_that_rolls_its_keys_is_followed(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.exchange()
    cluster.issuer.publish("k1", "k2")
    fetch: Any = cluster.server.running.pipeline.platform.fetch
    clock = fetch._clock
    monkeypatch.setattr(fetch, "_clock", lambda: clock() + 11)
    cluster.exchange(cluster.token(kid="k2"))
    assert cluster.issuer.asked.count("/keys") == 2


BROKEN: dict[str, tuple[str, tuple[int, bytes]]] = {
    "no discovery": ("/.well-known/openid-configuration", (404, b"")),
    "discovery is no JSON": ("/.well-known/openid-configuration", (200, b"<html>")),
    "discovery of another issuer": (
        "/.well-known/openid-configuration",
        (200, b'{"issuer":"https://other.test","jwks_uri":"https://other.test/keys"}'),
    ),
    "no keys": ("/keys", (500, b"")),
    "empty key set": ("/keys", (200, b'{"keys":[]}')),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_issuer_is_said_to_be(cluster: Cluster, case: str) -> None:
    path, answer = BROKEN[case]
    cluster.issuer.answers[path] = answer
    with refused(FAIL + "IssuerConfigurationBroken", 401):
        cluster.exchange()
    assert len(BROKEN) == 5


def test_issuer_on_a_private_network_is_asked_once_the_operator_names_the_network(
    trusting: Trusting, tmp_path: Path
) -> None:
    root = authority()
    key, certificate = leaf(root)
    with issuing(tls_context(tmp_path, key, certificate, root.certificate)) as issuer:
        cluster = trusting(issuer, fingerprints=root.fingerprint)
        with (
            changed(cluster.server, fetch=RememberingFetch(fetch_of(Settings()))),
            refused(FAIL + "IssuerConfigurationBroken", 401) as caught,
        ):
            cluster.exchange()
        assert "the setting `outbound_allow`" in caught.value.message
        assert issuer.asked == []
        allowing = Settings(outbound_allow=("127.0.0.0/8",))
        with changed(cluster.server, fetch=RememberingFetch(fetch_of(allowing))):
            cluster.exchange()


def test_provider_must_exist_in_the_roles_account(
    cluster: Cluster, server: Server, as_key: As
) -> None:
    uid = cluster.account.account_id
    with refused("AuthenticationFail.NoPermission", 401) as caught:
        cluster.exchange(oidcprovider_arn=f"acs:ram::{uid}:oidc-provider/absent")
    assert "No such OIDC Provider registered." in caught.value.message
    other = server.new_account()
    foreign = Cluster(server, other, None, None, cluster.issuer)
    foreign.add_provider()
    with refused("AuthenticationFail.NoPermission", 401):
        cluster.exchange(oidcprovider_arn=foreign.provider)


def test_role_must_exist(cluster: Cluster) -> None:
    with refused("EntityNotExist.Role", 404):
        cluster.exchange(role_arn=role_arn(cluster.account, "absent"))


UNTRUSTED = {
    "another subject": {"sub": "system:serviceaccount:other:app"},
    "another registered client": {"aud": "other-client"},
    "trusted client that is not registered": {"aud": ["other-client", "unregistered"]},
}


@pytest.mark.parametrize("case", UNTRUSTED)
def test_token_the_role_does_not_trust_is_denied(cluster: Cluster, case: str) -> None:
    condition = cluster.condition(**{"oidc:sub": "system:serviceaccount:ns:*"})
    condition["StringEquals"]["oidc:aud"] = [CLIENT, "unregistered"]
    cluster.admin.ram.update_role(
        m.UpdateRoleRequest(
            role_name="App",
            new_assume_role_policy_document=trust(
                "Federated", cluster.provider, condition=condition
            ),
        )
    )
    with refused("AuthenticationFail.NoPermission", 401) as caught:
        cluster.exchange(cluster.token(**UNTRUSTED[case]))
    assert "There is no permission." in caught.value.message
    detail = caught.value.data["AccessDeniedDetail"]
    assert (detail["PolicyType"], detail["AuthPrincipalDisplayName"]) == (
        "AssumeRolePolicy",
        "oidc-provider/k8s",
    )
    assert len(UNTRUSTED) == 3


def test_explicit_deny_in_trust_wins(cluster: Cluster) -> None:
    document = trust(
        "Federated",
        cluster.provider,
        condition=cluster.condition(),
        deny={"StringLike": {"oidc:sub": "*:app"}},
    )
    make_role(cluster.admin.ram, "guarded", document)
    with refused("AuthenticationFail.NoPermission", 401) as caught:
        cluster.exchange(role_arn=role_arn(cluster.account, "guarded"))
    assert caught.value.data["AccessDeniedDetail"]["NoPermissionType"] == "ExplicitDeny"
    other = cluster.token(sub="system:serviceaccount:ns:web")
    cluster.exchange(other, role_arn=role_arn(cluster.account, "guarded"))


def test_session_policy_and_duration_are_checked(cluster: Cluster, as_key: As) -> None:
    key = key_of(cluster.exchange(policy=allow("ecs:*"), duration_seconds=900))
    with refused("NoPermission", 403):
        as_key(key.access_key_id, key.secret, key.token).ram.list_users(m.ListUsersRequest())
    with refused("InvalidParameter.PolicyGrammar", 400):
        cluster.exchange(policy="{}")
    with refused("InvalidParameter.PolicySize", 400):
        cluster.exchange(policy=allow("ecs:*") + " " * 2048)
    for seconds in (899, 3601):
        with refused("InvalidParameter.DurationSeconds", 400):
            cluster.exchange(duration_seconds=seconds)


def test_parameters_are_required_and_formed(cluster: Cluster) -> None:
    for field, name, bad in (
        ("oidctoken", "OIDCToken", "x"),
        ("oidcprovider_arn", "OIDCProviderArn", "x"),
        ("role_arn", "RoleArn", "x"),
        ("role_session_name", "RoleSessionName", "x"),
    ):
        fields = {
            "oidcprovider_arn": cluster.provider,
            "role_arn": cluster.role,
            "oidctoken": cluster.token(),
            "role_session_name": "pod",
        }
        for value, code in ((None, f"MissingParameter.{name}"), (bad, f"InvalidParameter.{name}")):
            request = s.AssumeRoleWithOIDCRequest(**{**fields, field: value})
            with refused(code, 400):
                cluster.nobody.sts.assume_role_with_oidc(request)


def test_event_lands_in_the_roles_account_without_the_token(cluster: Cluster) -> None:
    token = cluster.token()
    key = key_of(cluster.exchange(token))
    account_id = cluster.account.account_id
    cluster.server.running.store.settle()
    rows = cluster.server.running.store.call(lambda tx: tx.find(EventRow, account_id=account_id))
    found = [json.loads(row.body) for row in rows]
    (event,) = (e for e in found if e["eventName"] == "AssumeRoleWithOIDC")
    assert event["userIdentity"]["userName"] == "App:pod"
    assert event["requestParameters"]["OIDCToken"] == "****"
    written = json.dumps(event)
    assert token not in written
    assert key.secret not in written
    assert str(key.token) not in written


def test_plain_http_is_refused_outside_loopback(trusting: Trusting) -> None:
    cluster = trusting(Issuer("http://issuer.example.test", {}, []))
    with refused(FAIL + "HttpsUrlInvalid", 401):
        cluster.exchange()


@pytest.mark.parametrize("pinned", ["root", "intermediate", "leaf"])
def test_issuer_over_https_is_pinned_by_fingerprint(
    trusting: Trusting, tmp_path: Path, pinned: str
) -> None:
    root = authority("root")
    middle = authority("middle", root)
    key, certificate = leaf(middle)
    context = tls_context(tmp_path, key, certificate, middle.certificate, root.certificate)
    der = certificate.public_bytes(serialization.Encoding.DER)
    prints = {
        "root": root.fingerprint,
        "intermediate": middle.fingerprint,
        "leaf": fingerprint(der),
    }
    with issuing(context) as issuer:
        cluster = trusting(issuer, fingerprints=f"{'0' * 40},{prints[pinned].upper()}")
        assert cluster.exchange().oidctoken_info.issuer.startswith("https://")


def test_registered_authority_shown_behind_a_foreign_leaf_is_refused(
    trusting: Trusting, tmp_path: Path
) -> None:
    """Anybody can send somebody's CA certificate along; the leaf must verify under it."""
    trusted, attacker = authority("trusted"), authority("trusted")
    key, certificate = leaf(attacker)
    context = tls_context(tmp_path, key, certificate, trusted.certificate)
    with issuing(context) as issuer:
        cluster = trusting(issuer, fingerprints=trusted.fingerprint)
        with refused(FAIL + "PublicKeyFingerprintMismatch", 401):
            cluster.exchange()


def test_unregistered_authority_is_refused(trusting: Trusting, tmp_path: Path) -> None:
    root = authority()
    key, certificate = leaf(root)
    context = tls_context(tmp_path, key, certificate, root.certificate)
    with issuing(context) as issuer:
        cluster = trusting(issuer, fingerprints="0" * 40)
        with refused(FAIL + "PublicKeyFingerprintMismatch", 401):
            cluster.exchange()
