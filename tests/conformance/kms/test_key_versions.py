"""Versions, public halves, rotation on demand."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from tests.conformance.harness import Server, quotas, refused

from juyong.base.clock import parse_iso
from juyong.engines.crypto import software
from juyong.engines.crypto.keys import LibraryMissing

DAY = 86_400


def versions(kms: KmsClient, key_id: str, **page: int) -> list[str]:
    answer: Any = kms.list_key_versions(models.ListKeyVersionsRequest(key_id=key_id, **page))
    return [version.key_version_id for version in answer.body.key_versions.key_version]


def public_pem(kms: KmsClient, key_id: str, version_id: str) -> str:
    request = models.GetPublicKeyRequest(key_id=key_id, key_version_id=version_id)
    answer: Any = kms.get_public_key(request)
    return str(answer.body.public_key)


def new_version(kms: KmsClient, key_id: str) -> Any:
    answer: Any = kms.create_key_version(models.CreateKeyVersionRequest(key_id=key_id))
    return answer.body.key_version


def test_pair_gets_at_most_a_version_a_week(
    kms: KmsClient, new_key: Callable[..., Any], age: Callable[[str, int], None]
) -> None:
    key_id = new_key(key_spec="EC_P256").key_id
    age(key_id, 7 * DAY - 60)
    with refused("Rejected.UnsupportedOperation", 400):
        new_version(kms, key_id)
    age(key_id, 60)
    made = new_version(kms, key_id)
    assert made.key_id == key_id
    first, second = versions(kms, key_id)
    assert second == made.key_version_id
    assert versions(kms, key_id, page_number=2, page_size=1) == [second]
    assert public_pem(kms, key_id, first) != public_pem(kms, key_id, second)
    request = models.DescribeKeyVersionRequest(key_id=key_id, key_version_id=second)
    shown: Any = kms.describe_key_version(request)
    assert shown.body.key_version.creation_date == made.creation_date


def test_quota_of_versions_of_a_pair(
    server: Server, kms: KmsClient, new_key: Callable[..., Any], age: Callable[[str, int], None]
) -> None:
    key_id = new_key(key_spec="EC_P256").key_id
    age(key_id, 7 * DAY)
    with quotas(server, {"kms.key-versions": 1}), refused("Rejected.LimitExceeded", 400):
        new_version(kms, key_id)


def encrypt(kms: KmsClient, key_id: str, text: str) -> Any:
    plaintext = base64.b64encode(text.encode()).decode()
    return kms.encrypt(models.EncryptRequest(key_id=key_id, plaintext=plaintext)).body


def decrypt(kms: KmsClient, blob: str) -> tuple[str, str]:
    body: Any = kms.decrypt(models.DecryptRequest(ciphertext_blob=blob)).body
    return base64.b64decode(body.plaintext).decode(), body.key_version_id


@pytest.mark.parametrize("spec", ["Aliyun_AES_256", "Aliyun_SM4"])
def test_new_version_of_a_symmetric_key_is_its_primary_one(
    kms: KmsClient, new_key: Callable[..., Any], describe: Callable[[str], Any], spec: str
) -> None:
    made = new_key(key_spec=spec)
    old = encrypt(kms, made.key_id, "before")
    second, third = (new_version(kms, made.key_id) for _ in range(2))
    assert (second.key_id, third.key_id) == (made.key_id, made.key_id)
    expected = [made.primary_key_version, second.key_version_id, third.key_version_id]
    assert versions(kms, made.key_id) == expected
    shown = describe(made.key_id)
    assert shown.primary_key_version == third.key_version_id
    assert shown.last_rotation_date == third.creation_date
    assert (shown.automatic_rotation, shown.next_rotation_date) == ("Disabled", None)
    new = encrypt(kms, made.key_id, "after")
    assert new.key_version_id == third.key_version_id
    assert decrypt(kms, old.ciphertext_blob) == ("before", made.primary_key_version)
    assert decrypt(kms, new.ciphertext_blob) == ("after", third.key_version_id)


def test_new_version_moves_the_next_rotation(
    kms: KmsClient,
    new_key: Callable[..., Any],
    describe: Callable[[str], Any],
    age: Callable[[str, int], None],
) -> None:
    key_id = new_key(enable_automatic_rotation=True, rotation_interval="30d").key_id
    age(key_id, 20 * DAY)
    before = describe(key_id)
    made = new_version(kms, key_id)
    after = describe(key_id)
    assert after.automatic_rotation == "Enabled"
    assert after.last_rotation_date == made.creation_date
    moved = [parse_iso(each.next_rotation_date) for each in (before, after)]
    assert 20 * DAY <= moved[1] - moved[0] <= 20 * DAY + 60
    assert moved[1] - parse_iso(made.creation_date) == 30 * DAY


def test_quota_of_versions_of_a_symmetric_key(
    server: Server, kms: KmsClient, new_key: Callable[..., Any]
) -> None:
    key_id = new_key().key_id
    with quotas(server, {"kms.key-versions": 2}):
        new_version(kms, key_id)
        with refused("Rejected.LimitExceeded", 400):
            new_version(kms, key_id)
    with quotas(server, {"kms.versions": 2}), refused("Rejected.LimitExceeded", 400):
        new_version(kms, key_id)
    assert len(versions(kms, key_id)) == 2


def test_keys_that_get_no_versions_on_demand(
    kms: KmsClient, new_key: Callable[..., Any], waiting_key: Callable[[], str]
) -> None:
    with refused("Rejected.UnsupportedOperation", 400):
        new_version(kms, new_key(key_spec="HMAC_SHA_256").key_id)
    with refused("Unsupported.Origin", 400):
        new_version(kms, waiting_key())
    with refused("Rejected.PendingImport", 409):
        new_version(kms, new_key(origin="EXTERNAL").key_id)
    disabled = new_key().key_id
    kms.disable_key(models.DisableKeyRequest(key_id=disabled))
    with refused("Rejected.Disabled", 409):
        new_version(kms, disabled)
    assert len(versions(kms, disabled)) == 1


@pytest.mark.parametrize(
    ("spec", "kind"),
    [("RSA_2048", rsa.RSAPublicKey), ("EC_P256K", ec.EllipticCurvePublicKey)],
)
def test_public_key_is_pem(
    kms: KmsClient, new_key: Callable[..., Any], spec: str, kind: type[Any]
) -> None:
    made = new_key(key_spec=spec)
    (version_id,) = versions(kms, made.key_id)
    pem = public_pem(kms, made.arn, version_id)
    assert pem.endswith("-----END PUBLIC KEY-----\n")
    assert isinstance(load_pem_public_key(pem.encode()), kind)


def test_public_key_refusals(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    symmetric = new_key()
    with refused("UnsupportedOperation", 400):
        public_pem(kms, symmetric.key_id, symmetric.primary_key_version)
    pair = new_key(key_spec="EC_P256")
    with refused("Forbidden.KeyVersionNotFound", 404):
        public_pem(kms, pair.key_id, symmetric.primary_key_version)
    with refused("Forbidden.AliasNotFound", 404):
        public_pem(kms, "alias/none", "v")
    with refused("Forbidden.KeyNotFound", 404):
        public_pem(kms, "none", "v")
    (version_id,) = versions(kms, pair.key_id)
    request = models.GetPublicKeyRequest(
        key_id=pair.key_id, key_version_id=version_id, dry_run="true"
    )
    with refused("DryRunOperationError", 400):
        kms.get_public_key(request)


def test_versions_of_unknown_keys(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    describe = models.DescribeKeyVersionRequest
    for name, code in (("none", "Forbidden.KeyNotFound"), ("alias/n", "Forbidden.AliasNotFound")):
        with refused(code, 404):
            versions(kms, name)
        with refused(code, 404):
            kms.describe_key_version(describe(key_id=name, key_version_id="v"))
    with refused("Forbidden.KeyVersionNotFound", 404):
        kms.describe_key_version(describe(key_id=new_key().key_id, key_version_id="v"))


def policy(kms: KmsClient, key_id: str, interval: str | None, *, on: bool = True) -> None:
    kms.update_rotation_policy(
        models.UpdateRotationPolicyRequest(
            key_id=key_id, enable_automatic_rotation=on, rotation_interval=interval
        )
    )


def test_rotation_policy_comes_and_goes(
    kms: KmsClient, new_key: Callable[..., Any], describe: Callable[[str], Any]
) -> None:
    made = new_key()
    policy(kms, made.key_id, "30d")
    shown = describe(made.key_id)
    assert (shown.automatic_rotation, shown.rotation_interval) == ("Enabled", "2592000s")
    assert shown.primary_key_version == made.primary_key_version
    kms.disable_key(models.DisableKeyRequest(key_id=made.key_id))
    suspended = describe(made.key_id)
    assert suspended.automatic_rotation == "Suspended"
    assert suspended.next_rotation_date == shown.next_rotation_date
    kms.enable_key(models.EnableKeyRequest(key_id=made.key_id))
    policy(kms, made.key_id, None, on=False)
    shown = describe(made.key_id)
    assert (shown.automatic_rotation, shown.next_rotation_date) == ("Disabled", None)


def test_policy_whose_date_is_past_rotates_at_once(
    kms: KmsClient,
    new_key: Callable[..., Any],
    describe: Callable[[str], Any],
    age: Callable[[str, int], None],
) -> None:
    made = new_key()
    age(made.key_id, 8 * DAY)
    policy(kms, made.key_id, "7d")
    shown = describe(made.key_id)
    assert versions(kms, made.key_id) == [made.primary_key_version, shown.primary_key_version]
    assert shown.last_rotation_date > shown.creation_date


def test_quota_of_versions_stops_a_rotation(
    server: Server, kms: KmsClient, new_key: Callable[..., Any], age: Callable[[str, int], None]
) -> None:
    key_id = new_key().key_id
    age(key_id, 8 * DAY)
    with quotas(server, {"kms.versions": 1}), refused("Rejected.LimitExceeded", 400):
        policy(kms, key_id, "7d")


@pytest.mark.parametrize(
    ("interval", "code"), [(None, "MissingParameter"), ("6d", "InvalidParameter")]
)
def test_refused_intervals(
    kms: KmsClient, new_key: Callable[..., Any], interval: str | None, code: str
) -> None:
    with refused(code, 400):
        policy(kms, new_key().key_id, interval)


def test_keys_that_do_not_rotate(
    kms: KmsClient, new_key: Callable[..., Any], waiting_key: Callable[[], str]
) -> None:
    with refused("Rejected.UnsupportedOperation", 400):
        policy(kms, new_key(key_spec="RSA_2048").key_id, "365d")
    with refused("Unsupported.Origin", 400):
        policy(kms, waiting_key(), "365d")


@pytest.fixture
def waiting_key(server: Server, new_key: Callable[..., Any]) -> Callable[[], str]:
    """Make an EXTERNAL key that is not PendingImport."""
    from juyong.services.kms.keys.tables import KeyRow

    def make() -> str:
        key_id = str(new_key(origin="EXTERNAL").key_id)

        def enable(tx: Any) -> None:
            tx.update(tx.get(KeyRow, key_id), state="Enabled")

        server.running.store.call(enable)
        return key_id

    return make


def test_missing_library_refuses_versions(
    kms: KmsClient,
    new_key: Callable[..., Any],
    age: Callable[[str, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key_id = new_key(key_spec="EC_SM2").key_id
    age(key_id, 7 * DAY)

    def missing(_spec: str) -> bytes:
        raise LibraryMissing("EC_SM2 needs an extra")

    monkeypatch.setattr(software, "generate", missing)
    with refused("UnsupportedOperation", 400):
        new_version(kms, key_id)
    with refused("UnsupportedOperation", 400):
        new_key(key_spec="EC_SM2")
