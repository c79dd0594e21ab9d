"""Bring your own key: wrapping, tokens, the same material again, expiry, erasure."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.kms.conftest import Inside

from juyong.api.context import Context
from juyong.engines.crypto import software
from juyong.engines.crypto.keys import LibraryMissing
from juyong.engines.crypto.public import load_public
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.keys.material import open_version
from juyong.services.kms.keys.sweeps import sweep
from juyong.services.kms.keys.tables import ImportPairRow, KeyRow, KeyVersionRow
from juyong.services.kms.tables import default_instance_id

DAY = 86_400
MATERIAL = bytes(range(32))
SHA1, SHA256 = hashes.SHA1(), hashes.SHA256()  # noqa: S303  # OAEP


def oaep(algorithm: hashes.HashAlgorithm) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(algorithm), algorithm, None)


def rsa_wrap(scheme: padding.AsymmetricPadding) -> Callable[[bytes, bytes], bytes]:
    def wrap(public: bytes, material: bytes) -> bytes:
        key: Any = load_der_public_key(public)
        return bytes(key.encrypt(material, scheme))

    return wrap


def sm2_wrap(public: bytes, material: bytes) -> bytes:
    return load_public("EC_SM2", public).encrypt("SM2PKE", material)


WRAPS = {
    "RSAES_PKCS1_V1_5": ("RSA_2048", rsa_wrap(padding.PKCS1v15())),
    "RSAES_OAEP_SHA_1": ("RSA_2048", rsa_wrap(oaep(SHA1))),
    "RSAES_OAEP_SHA_256": ("RSA_2048", rsa_wrap(oaep(SHA256))),
    "SM2PKE": ("EC_SM2", sm2_wrap),
}


@dataclass
class Importing:
    """An account's client, importing with one algorithm."""

    kms: KmsClient
    algorithm: str = "RSAES_OAEP_SHA_256"

    def parameters(self, key_id: str) -> Any:
        answer: Any = self.kms.get_parameters_for_import(
            models.GetParametersForImportRequest(
                key_id=key_id,
                wrapping_algorithm=self.algorithm,
                wrapping_key_spec=WRAPS[self.algorithm][0],
            )
        )
        return answer.body

    def wrap(self, parameters: Any, material: bytes) -> str:
        public = base64.b64decode(parameters.public_key)
        return base64.b64encode(WRAPS[self.algorithm][1](public, material)).decode()

    def send(self, key_id: str, wrapped: str, token: str, expires: int = 0) -> None:
        self.kms.import_key_material(
            models.ImportKeyMaterialRequest(
                key_id=key_id,
                encrypted_key_material=wrapped,
                import_token=token,
                key_material_expire_unix=expires,
            )
        )

    def bring(self, key_id: str, material: bytes = MATERIAL, expires: int = 0) -> None:
        found = self.parameters(key_id)
        self.send(key_id, self.wrap(found, material), found.import_token, expires)

    def erase(self, key_id: str) -> None:
        self.kms.delete_key_material(models.DeleteKeyMaterialRequest(key_id=key_id))


@pytest.fixture
def importing(kms: KmsClient) -> Importing:
    return Importing(kms)


@pytest.fixture
def key_id(new_key: Callable[..., Any]) -> str:
    return str(new_key(origin="EXTERNAL").key_id)


@pytest.fixture
def material(inside: Inside) -> Callable[[str], bytes]:
    """Open the material of a key's one version, as a use of it would."""

    def read(key_id: str) -> bytes:
        def work(ctx: Context) -> bytes:
            row = ctx.tx.get(KeyRow, key_id)
            return open_version(ctx, row, ctx.tx.get(KeyVersionRow, row.primary_version))

        return inside(work)

    return read


@pytest.mark.parametrize("algorithm", WRAPS)
def test_material_arrives_as_it_was_wrapped(
    importing: Importing,
    key_id: str,
    material: Callable[[str], bytes],
    describe: Callable[[str], Any],
    algorithm: str,
) -> None:
    importing.algorithm = algorithm
    importing.bring(key_id)
    assert material(key_id) == MATERIAL
    shown = describe(key_id)
    assert (shown.key_state, shown.origin) == ("Enabled", "EXTERNAL")
    assert shown.primary_key_version
    assert shown.material_expire_time == ""


@pytest.mark.parametrize(("spec", "size"), [("Aliyun_SM4", 16), ("Aliyun_AES_192", 24)])
def test_other_symmetric_specs(
    importing: Importing,
    new_key: Callable[..., Any],
    material: Callable[[str], bytes],
    spec: str,
    size: int,
) -> None:
    made = new_key(origin="EXTERNAL", key_spec=spec).key_id
    with refused("InvalidKeyMaterial", 400):
        importing.bring(made, MATERIAL)
    importing.bring(made, MATERIAL[:size])
    assert material(made) == MATERIAL[:size]


def test_only_the_same_material_comes_again(
    importing: Importing,
    key_id: str,
    material: Callable[[str], bytes],
    describe: Callable[[str], Any],
) -> None:
    importing.bring(key_id)
    version = describe(key_id).primary_key_version
    importing.erase(key_id)
    importing.erase(key_id)
    assert describe(key_id).key_state == "PendingImport"
    with refused("InvalidKeyMaterial", 400):
        importing.bring(key_id, MATERIAL[::-1])
    assert describe(key_id).key_state == "PendingImport"
    importing.bring(key_id)
    assert material(key_id) == MATERIAL
    assert describe(key_id).primary_key_version == version


def test_erasure_leaves_no_material(server: Server, importing: Importing, key_id: str) -> None:
    importing.bring(key_id)
    importing.erase(key_id)
    (row,) = server.running.store.call(lambda tx: tx.find(KeyVersionRow, key_id=key_id))
    assert row.material is None


def test_token_is_good_more_than_once_but_only_with_its_own_pair(
    importing: Importing, key_id: str
) -> None:
    one, other = importing.parameters(key_id), importing.parameters(key_id)
    assert one.import_token != other.import_token
    assert one.public_key != other.public_key
    wrapped = importing.wrap(one, MATERIAL)
    importing.send(key_id, wrapped, one.import_token)
    importing.send(key_id, wrapped, one.import_token)
    with refused("InvalidKeyMaterial", 400):
        importing.send(key_id, wrapped, other.import_token)


def test_token_of_another_key_is_invalid(
    importing: Importing, key_id: str, new_key: Callable[..., Any]
) -> None:
    found = importing.parameters(new_key(origin="EXTERNAL").key_id)
    for token in (found.import_token, "nothing", found.import_token[:-1]):
        with refused("InvalidImportToken", 400):
            importing.send(key_id, importing.wrap(found, MATERIAL), token)


def test_token_lives_for_a_day(
    server: Server, importing: Importing, key_id: str, age: Callable[[str, int], None]
) -> None:
    found = importing.parameters(key_id)
    wrapped = importing.wrap(found, MATERIAL)
    age(key_id, DAY)
    with refused("ExpiredImportToken", 400):
        importing.send(key_id, wrapped, found.import_token)
    now = server.clock()
    assert server.running.store.call(lambda tx: sweep(tx, now, 100_000)) >= 1
    (pair,) = server.running.store.call(lambda tx: tx.find(ImportPairRow, key_id=key_id))
    assert pair.private_key is None
    with refused("ExpiredImportToken", 400):
        importing.send(key_id, wrapped, found.import_token)
    server.running.store.call(lambda tx: sweep(tx, now + 7 * DAY, 100_000))
    with refused("InvalidImportToken", 400):
        importing.send(key_id, wrapped, found.import_token)


@pytest.mark.parametrize("wrapped", ["AAAA", "!", base64.b64encode(b"\1" * 256).decode()])
def test_what_does_not_open_is_no_material(importing: Importing, key_id: str, wrapped: str) -> None:
    found = importing.parameters(key_id)
    with refused("InvalidKeyMaterial", 400):
        importing.send(key_id, wrapped, found.import_token)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_material_of_another_size_is_refused(importing: Importing, key_id: str, size: int) -> None:
    with refused("InvalidKeyMaterial", 400):
        importing.bring(key_id, bytes(size))


def test_expired_material_is_refused_before_any_job(
    importing: Importing,
    key_id: str,
    kms: KmsClient,
    describe: Callable[[str], Any],
    age: Callable[[str, int], None],
) -> None:
    importing.bring(key_id, expires=int(time.time()) + 3600)
    assert describe(key_id).material_expire_time
    age(key_id, 3600)
    shown = describe(key_id)
    assert (shown.key_state, shown.material_expire_time) == ("PendingImport", "")
    with refused("Rejected.StateModifiedFailed", 409):
        kms.enable_key(models.EnableKeyRequest(key_id=key_id))
    importing.bring(key_id)
    assert describe(key_id).key_state == "Enabled"
    assert describe(key_id).material_expire_time == ""


def test_expiry_must_lie_ahead(importing: Importing, key_id: str) -> None:
    with refused("InvalidParameter", 400):
        importing.bring(key_id, expires=int(time.time()) - 1)
    with refused("InvalidParameter", 400):
        importing.bring(key_id, expires=-1)


def test_disabled_key_stays_disabled(
    importing: Importing, key_id: str, kms: KmsClient, describe: Callable[[str], Any]
) -> None:
    importing.bring(key_id)
    kms.disable_key(models.DisableKeyRequest(key_id=key_id))
    importing.bring(key_id)
    assert describe(key_id).key_state == "Disabled"
    importing.erase(key_id)
    assert describe(key_id).key_state == "PendingImport"


def test_key_that_waits_for_deletion(
    importing: Importing, key_id: str, kms: KmsClient, describe: Callable[[str], Any]
) -> None:
    importing.bring(key_id)
    found = importing.parameters(key_id)
    kms.schedule_key_deletion(
        models.ScheduleKeyDeletionRequest(key_id=key_id, pending_window_in_days=7)
    )
    importing.parameters(key_id)
    with refused("Rejected.StateModifiedFailed", 409):
        importing.send(key_id, importing.wrap(found, MATERIAL), found.import_token)
    importing.erase(key_id)
    assert describe(key_id).key_state == "PendingDeletion"
    kms.cancel_key_deletion(models.CancelKeyDeletionRequest(key_id=key_id))
    assert describe(key_id).key_state == "PendingImport"


def test_own_material_is_never_imported_nor_erased(
    importing: Importing, new_key: Callable[..., Any]
) -> None:
    made = new_key().key_id
    with refused("Unsupported.Origin", 400):
        importing.parameters(made)
    with refused("Unsupported.Origin", 400):
        importing.send(made, "AAAA", "token")
    with refused("Unsupported.Origin", 400):
        importing.erase(made)


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [("RSA_2048", "SM2PKE"), ("EC_SM2", "RSAES_OAEP_SHA_256"), ("RSA_4096", "SM2PKE")],
)
def test_wrapping_key_and_algorithm_go_together(
    kms: KmsClient, key_id: str, spec: str, algorithm: str
) -> None:
    with refused("InvalidParameter", 400):
        kms.get_parameters_for_import(
            models.GetParametersForImportRequest(
                key_id=key_id, wrapping_algorithm=algorithm, wrapping_key_spec=spec
            )
        )


def test_instance_keys_take_no_sha_1(
    importing: Importing, new_key: Callable[..., Any], account: NewAccount
) -> None:
    instance = default_instance_id(account.account_id)
    made = new_key(origin="EXTERNAL", dkmsinstance_id=instance).key_id
    importing.algorithm = "RSAES_OAEP_SHA_1"
    with refused("InvalidParameter", 400):
        importing.parameters(made)


def test_quota_of_versions(
    server: Server, importing: Importing, new_key: Callable[..., Any], key_id: str
) -> None:
    new_key()
    with quotas(server, {"kms.versions": 1}), refused("Rejected.LimitExceeded", 400):
        importing.bring(key_id)


def test_missing_library(
    importing: Importing, key_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_spec: str) -> bytes:
        raise LibraryMissing("EC_SM2 needs an extra")

    monkeypatch.setattr(software, "generate", missing)
    importing.algorithm = "SM2PKE"
    with refused("UnsupportedOperation", 400):
        importing.parameters(key_id)


def test_events_hold_neither_material_nor_token(
    server: Server, importing: Importing, key_id: str, account: NewAccount
) -> None:
    from juyong.audit.tables import EventRow

    found = importing.parameters(key_id)
    wrapped = importing.wrap(found, MATERIAL)
    importing.send(key_id, wrapped, found.import_token)
    server.running.store.settle()
    rows = server.running.store.call(lambda tx: tx.find(EventRow, account_id=account.account_id))
    bodies = "".join(row.body for row in rows)
    assert "ImportKeyMaterial" in bodies
    assert wrapped not in bodies
    assert found.import_token not in bodies
