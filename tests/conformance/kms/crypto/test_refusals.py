"""Each operation's refusals, one table: what it needs, and what keeps it from working."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.kms.crypto.calls import DIGEST, USAGES, Kms, b64
from tests.conformance.kms.crypto.modules import MemoryModule
from tests.platforms import changed

from juyong.api.context import no_hsm

NOBODY = "6c2b3ad7-0b8e-4d7e-8c55-8f3f7a3f0000"
Request = dict[str, Any]


@dataclass(frozen=True)
class Op:
    """An operation: the spec of its key, the rest of a good request, and which parts may be bad.

    by_blob: The key is named by a ciphertext. private: It needs the key itself. sealing: It counts
    messages.
    """

    name: str
    spec: str
    request: Callable[[Kms, str], Request]
    bad: tuple[Request, ...]
    by_blob: bool = False
    versioned: bool = False
    private: bool = True
    sealing: bool = False


def wrapping(kms: Kms) -> Request:
    """Return a public key to wrap to, of another pair of the account's."""
    pair = kms.new_pair("RSA_2048", "ENCRYPT/DECRYPT")
    lines = kms.public_key(pair).decode().splitlines()
    return {
        "public_key_blob": "".join(lines[1:-1]),
        "wrapping_key_spec": "RSA_2048",
        "wrapping_algorithm": "RSAES_OAEP_SHA_256",
    }


def sealed(kms: Kms, key_id: str) -> Request:
    return {"ciphertext_blob": kms.encrypt(key_id)}


def versioned(kms: Kms, key_id: str, **more: Any) -> Request:
    return {"key_id": key_id, "key_version_id": kms.version(key_id), **more}


def asymmetric(kms: Kms, key_id: str) -> Request:
    return versioned(kms, key_id, algorithm="RSAES_OAEP_SHA_256", plaintext="aGVsbG8=")


def to_open(kms: Kms, key_id: str) -> Request:
    made = kms("AsymmetricEncrypt", **asymmetric(kms, key_id)).ciphertext_blob
    return versioned(kms, key_id, algorithm="RSAES_OAEP_SHA_256", ciphertext_blob=made)


def to_sign(kms: Kms, key_id: str) -> Request:
    return versioned(kms, key_id, algorithm="ECDSA_SHA_256", digest=b64(DIGEST))


def to_mac(kms: Kms, key_id: str) -> Request:
    return {"key_id": key_id, "algorithm": "HMAC_SHA_256", "message": "aGVsbG8="}


BAD_CONTEXT = {"encryption_context_shrink": "[]"}
AES = "Aliyun_AES_256"
OPS = (
    Op(
        "Encrypt",
        AES,
        lambda _, key: {"key_id": key, "plaintext": "aGVsbG8="},
        ({"plaintext": "p" * 6145},),
        sealing=True,
    ),
    Op("Decrypt", AES, sealed, ({"ciphertext_blob": "aGVsbG8="},), by_blob=True),
    Op(
        "ReEncrypt",
        AES,
        lambda kms, key: {**sealed(kms, key), "destination_key_id": kms.new_key().key_id},
        ({"ciphertext_blob": "aGVsbG8="},),
        by_blob=True,
    ),
    Op(
        "GenerateDataKey",
        AES,
        lambda _, key: {"key_id": key},
        ({"number_of_bytes": 1025}, {"key_spec": "AES_192"}),
        sealing=True,
    ),
    Op(
        "GenerateDataKeyWithoutPlaintext",
        AES,
        lambda _, key: {"key_id": key},
        ({"number_of_bytes": 1025}, {"key_spec": "AES_192"}),
        sealing=True,
    ),
    Op(
        "GenerateAndExportDataKey",
        AES,
        lambda kms, key: {"key_id": key, **wrapping(kms)},
        (
            {"number_of_bytes": 191},
            {"public_key_blob": "aGVsbG8="},
            {"wrapping_key_spec": "RSA_1024"},
        ),
        sealing=True,
    ),
    Op(
        "ExportDataKey",
        AES,
        lambda kms, key: {**sealed(kms, key), **wrapping(kms)},
        ({"ciphertext_blob": "aGVsbG8="}, {"public_key_blob": "nothing"}),
        by_blob=True,
    ),
    Op(
        "AsymmetricEncrypt",
        "RSA_2048",
        asymmetric,
        ({"plaintext": b64(bytes(191))}, {"plaintext": "no base64"}, {"algorithm": "ROT13"}),
        versioned=True,
        private=False,
    ),
    Op(
        "AsymmetricDecrypt",
        "RSA_2048",
        to_open,
        ({"ciphertext_blob": b64(bytes(256))}, {"ciphertext_blob": b64(b"short")}),
        versioned=True,
    ),
    Op(
        "AsymmetricSign",
        "EC_P256",
        to_sign,
        ({"digest": b64(bytes(31))}, {"digest": b64(bytes(33))}, {"digest": "no base64"}),
        versioned=True,
    ),
    Op(
        "AsymmetricVerify",
        "EC_P256",
        lambda kms, key: {**to_sign(kms, key), "value": "aGVsbG8="},
        ({"digest": b64(bytes(31))}, {"value": "no base64"}),
        versioned=True,
        private=False,
    ),
    Op("GenerateMac", "HMAC_SHA_256", to_mac, ({"message": "no base64"},)),
    Op(
        "VerifyMac",
        "HMAC_SHA_256",
        lambda kms, key: {**to_mac(kms, key), "mac": "aGVsbG8="},
        ({"message": "no base64"}, {"mac": "no base64"}),
    ),
)


def ops(**wanted: Any) -> Any:
    """Return the operations of a kind."""
    found = [op for op in OPS if all(getattr(op, name) == value for name, value in wanted.items())]
    return pytest.mark.parametrize("op", [pytest.param(op, id=op.name) for op in found])


def new_key(kms: Kms, op: Op, **more: Any) -> str:
    made = kms.new_key(key_spec=op.spec, key_usage=USAGES.get(op.spec), **more)
    return str(made.key_id)


@ops()
def test_bad_parameters(keys: Kms, op: Op) -> None:
    request = op.request(keys, new_key(keys, op))
    keys(op.name, **request)
    for bad in op.bad:
        with refused("InvalidParameter", 400):
            keys(op.name, **{**request, **bad})


@ops(spec=AES)
@pytest.mark.parametrize("text", ["[]", '{"a":1}', '{"a":"1","a":"2"}', "x", '{"a":{}}'])
def test_bad_encryption_contexts(keys: Kms, op: Op, text: str) -> None:
    request = op.request(keys, new_key(keys, op))
    names = ("EncryptionContext",)
    if op.name == "ReEncrypt":
        names = ("SourceEncryptionContext", "DestinationEncryptionContext")
    for name in names:
        with refused("InvalidParameter", 400):
            keys.raw(op.name, request, **{name: text})


@ops(by_blob=False)
def test_keys_that_are_not_there(keys: Kms, op: Op) -> None:
    request = op.request(keys, new_key(keys, op))
    with refused("Forbidden.KeyNotFound", 404):
        keys(op.name, **{**request, "key_id": NOBODY})
    with refused("Forbidden.AliasNotFound", 404):
        keys(op.name, **{**request, "key_id": "alias/nothing"})
    if op.versioned:
        with refused("Forbidden.KeyVersionNotFound", 404):
            keys(op.name, **{**request, "key_version_id": NOBODY})
        other = keys.new_pair(op.spec, USAGES[op.spec])
        with refused("Forbidden.KeyVersionNotFound", 404):
            keys(op.name, **{**request, "key_version_id": other["key_version_id"]})


@ops()
def test_key_that_is_disabled(keys: Kms, op: Op) -> None:
    key_id = new_key(keys, op)
    request = op.request(keys, key_id)
    keys("DisableKey", key_id=key_id)
    with refused("Rejected.Disabled", 409):
        keys(op.name, **request)
    keys("EnableKey", key_id=key_id)
    keys(op.name, **request)


@ops()
def test_key_that_waits_to_be_deleted(keys: Kms, op: Op) -> None:
    key_id = new_key(keys, op)
    request = op.request(keys, key_id)
    keys("ScheduleKeyDeletion", key_id=key_id, pending_window_in_days=7)
    with refused("Rejected.PendingDeletion", 409):
        keys(op.name, **request)
    keys("CancelKeyDeletion", key_id=key_id)
    keys(op.name, **request)


@ops(spec=AES)
def test_key_whose_material_is_gone(keys: Kms, op: Op) -> None:
    key_id = new_key(keys, op, origin="EXTERNAL")
    keys.import_material(key_id)
    request = op.request(keys, key_id)
    keys(op.name, **request)
    keys("DeleteKeyMaterial", key_id=key_id)
    with refused("Rejected.PendingImport", 409):
        keys(op.name, **request)
    keys.import_material(key_id)
    keys(op.name, **request)


@ops(by_blob=False)
def test_key_that_is_for_something_else(keys: Kms, op: Op) -> None:
    request = op.request(keys, new_key(keys, op))
    for spec, usage in {"Aliyun_AES_256": None, **USAGES}.items():
        if spec == op.spec:
            continue
        other = keys.new_key(key_spec=spec, key_usage=usage).key_id
        with refused("UnsupportedOperation", 400):
            keys(op.name, **{**request, "key_id": other})


@ops(private=True)
def test_hardware_module_that_is_away(keys: Kms, memory: MemoryModule, op: Op) -> None:
    key_id = new_key(keys, op, protection_level="HSM")
    request = op.request(keys, key_id)
    used = memory.used
    keys(op.name, **request)
    assert memory.used == used + 1
    memory.lost = True
    with refused("Rejected.Unavailable", 409):
        keys(op.name, **request)
    memory.lost = False
    keys(op.name, **request)
    memory.material.clear()
    with refused("Rejected.Unavailable", 409):
        keys(op.name, **request)


@ops(private=True)
def test_hardware_module_that_is_set_no_more(
    keys: Kms, server: Server, memory: MemoryModule, op: Op
) -> None:
    key_id = new_key(keys, op, protection_level="HSM")
    request = op.request(keys, key_id)
    with changed(server, hsm=no_hsm), refused("Rejected.Unavailable", 409):
        keys(op.name, **request)


@ops(sealing=True)
def test_key_version_that_has_sealed_enough(keys: Kms, server: Server, op: Op) -> None:
    request = op.request(keys, new_key(keys, op))
    with (
        quotas(server, {"kms.messages-per-key-version": 0}),
        refused("Rejected.LimitExceeded", 400),
    ):
        keys(op.name, **request)


def test_re_encryption_to_what_is_not_there_or_unfit(keys: Kms, server: Server) -> None:
    request = sealed(keys, keys.new_key().key_id)
    for name, code in (
        (NOBODY, "Forbidden.KeyNotFound"),
        ("alias/nothing", "Forbidden.AliasNotFound"),
    ):
        with refused(code, 404):
            keys("ReEncrypt", **request, destination_key_id=name)
    pair = keys.new_pair("RSA_2048", "ENCRYPT/DECRYPT")
    with refused("UnsupportedOperation", 400):
        keys("ReEncrypt", **request, destination_key_id=pair["key_id"])
    destination = keys.new_key().key_id
    with (
        quotas(server, {"kms.messages-per-key-version": 0}),
        refused("Rejected.LimitExceeded", 400),
    ):
        keys("ReEncrypt", **request, destination_key_id=destination)
    from_pair = {**request, "destination_key_id": destination, "source_key_id": pair["key_id"]}
    with refused("MissingParameter", 400):
        keys("ReEncrypt", **from_pair)
    from_pair["source_key_version_id"] = pair["key_version_id"]
    with refused("MissingParameter", 400):
        keys("ReEncrypt", **from_pair)
    from_pair["source_encryption_algorithm"] = "RSAES_OAEP_SHA_256"
    with refused("InvalidParameter", 400):
        keys("ReEncrypt", **from_pair)
    with refused("Forbidden.KeyVersionNotFound", 404):
        keys("ReEncrypt", **{**from_pair, "source_key_version_id": NOBODY})


@pytest.mark.parametrize("name", ["Decrypt", "GenerateDataKey", "AsymmetricDecrypt"])
def test_recipient_is_refused(keys: Kms, name: str) -> None:
    op = next(op for op in OPS if op.name == name)
    request = op.request(keys, new_key(keys, op))
    with refused("UnsupportedOperation", 400) as caught:
        keys.raw(name, request, Recipient="{}")
    assert "Recipient" in str(caught.value)


@pytest.mark.parametrize("name", ["ExportDataKey", "GenerateAndExportDataKey"])
def test_wrapping_key_without_the_algorithm(keys: Kms, name: str) -> None:
    op = next(op for op in OPS if op.name == name)
    request = op.request(keys, new_key(keys, op))
    with refused("UnsupportedOperation", 400):
        keys(name, **{**request, "wrapping_algorithm": "SM2PKE"})


@ops()
def test_dry_run_never_succeeds(keys: Kms, op: Op) -> None:
    key_id = new_key(keys, op)
    request = op.request(keys, key_id)
    with refused("DryRunOperationError", 400):
        keys(op.name, **request, dry_run="true")
    with refused("ValidationError", 400):
        keys(op.name, **{**request, **op.bad[-1]}, dry_run="true")
    keys("DisableKey", key_id=key_id)
    with refused("Rejected.Disabled", 409):
        keys(op.name, **request, dry_run="true")
