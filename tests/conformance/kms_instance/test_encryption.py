"""What an instance encrypts, and who opens it again."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.conformance.kms.conftest import Inside
from tests.conformance.kms.crypto.calls import MATERIAL, Kms
from tests.conformance.kms_instance.calls import Instance, b64
from tests.conformance.kms_instance.conftest import refused

from juyong.engines.crypto.context import EncryptionContext
from juyong.services.kms.crypto.for_instances import first_version
from juyong.services.kms.crypto.using import symmetric_key
from juyong.services.kms.keys.tables import KeyRow

INVALID = ("InvalidParameter", 400)


def test_bare_ciphertext_opens_under_key_iv_and_aad(
    client: Instance, new_key: Callable[..., str]
) -> None:
    key, other = new_key(), new_key()
    made = client("Encrypt", KeyId=key, Plaintext=b"text", Aad=b"bound")
    assert (made["KeyId"], made["Algorithm"], len(made["Iv"])) == (key, "AES_GCM", 12)
    assert len(made["CiphertextBlob"]) == len(b"text") + 16
    request = {"KeyId": key, "CiphertextBlob": made["CiphertextBlob"], "Iv": made["Iv"]}
    opened = client("Decrypt", **request, Aad=b"bound", Algorithm="AES_GCM")
    assert (opened["Plaintext"], opened["KeyId"]) == (b"text", key)
    for wrong in (
        {"Aad": b"other"},
        {"Aad": b""},
        {"KeyId": other},
        {"Iv": bytes(12)},
        {"Iv": b""},
        {"CiphertextBlob": made["CiphertextBlob"][:-1] + b"\0"},
    ):
        with refused(*INVALID):
            client("Decrypt", **{**request, "Aad": b"bound", **wrong})


def test_bare_ciphertext_is_aes_gcm_as_everybody_knows_it(
    client: Instance, new_key: Callable[..., str], keys: Kms
) -> None:
    key = new_key(origin="EXTERNAL")
    keys.import_material(key)
    made = client("Encrypt", KeyId=key, Plaintext=b"text", Aad=b"bound")
    aead = AESGCM(MATERIAL)
    assert aead.decrypt(made["Iv"], made["CiphertextBlob"], b"bound") == b"text"
    ours = aead.encrypt(b"i" * 12, b"from outside", b"")
    found = client("Decrypt", KeyId=key, CiphertextBlob=ours, Iv=b"i" * 12)
    assert found["Plaintext"] == b"from outside"


def test_bare_ciphertexts_stay_with_the_first_version_and_advanced_ones_follow_the_primary(
    client: Instance,
    new_key: Callable[..., str],
    rotated: Callable[[str], str],
) -> None:
    key = new_key(enable_automatic_rotation=True, rotation_interval="7d")
    before = client("AdvanceEncrypt", KeyId=key, Plaintext=b"before", Aad=b"bound")
    version = rotated(key)
    bare = client("Encrypt", KeyId=key, Plaintext=b"bare")
    after = client("AdvanceEncrypt", KeyId=key, Plaintext=b"after")
    assert before["KeyVersionId"] != after["KeyVersionId"] == version
    for blob, aad, text in ((before, b"bound", b"before"), (after, b"", b"after")):
        found = client("AdvanceDecrypt", CiphertextBlob=blob["CiphertextBlob"], Aad=aad)
        assert (found["Plaintext"], found["KeyId"]) == (text, key)
        assert found["KeyVersionId"] == blob["KeyVersionId"]
    rotated(key)
    request = {"KeyId": key, "CiphertextBlob": bare["CiphertextBlob"], "Iv": bare["Iv"]}
    assert client("Decrypt", **request)["Plaintext"] == b"bare"
    assert client("AdvanceDecrypt", **request)["Plaintext"] == b"bare"


def test_advanced_ciphertext_opens_with_what_clients_send_along(
    client: Instance, new_key: Callable[..., str], keys: Kms
) -> None:
    """The sample code of the clients sends key, Iv and algorithm back with every ciphertext."""
    key = new_key()
    made = client("AdvanceEncrypt", KeyId=key, Plaintext=b"text", Aad=b"bound")
    request = {name: made[name] for name in ("KeyId", "CiphertextBlob", "Iv", "Algorithm")}
    assert client("AdvanceDecrypt", **request, Aad=b"bound")["Plaintext"] == b"text"
    for wrong in ({"Aad": b"other"}, {"CiphertextBlob": b"nothing of ours"}):
        with refused(*INVALID):
            client("AdvanceDecrypt", **{**request, "Aad": b"bound", **wrong})
    plain = client("AdvanceEncrypt", KeyId=key, Plaintext=b"text")
    shared = keys("Decrypt", ciphertext_blob=b64(plain["CiphertextBlob"]))
    assert shared.plaintext == b64(b"text")


def test_a_blob_of_the_shared_gateway_is_never_opened_as_a_bare_ciphertext(
    client: Instance, new_key: Callable[..., str], keys: Kms, inside: Inside
) -> None:
    """That would get round conditions on its encryption context."""
    key = new_key()
    context = {"department": "pay"}
    text = keys("Encrypt", key_id=key, plaintext="dGV4dA==", encryption_context=context)
    blob = base64.b64decode(text.ciphertext_blob)
    aad = b"juyong/kms/ciphertext\0" + blob[:39] + EncryptionContext.of(context).canonical
    version = inside(lambda ctx: first_version(ctx, ctx.tx.get(KeyRow, key)))
    row = inside(lambda ctx: ctx.tx.get(KeyRow, key))
    bare = inside(lambda ctx: symmetric_key(ctx, row, version))
    assert bare.open(blob[39:51], blob[51:], aad) == b"dGV4dA==", "the attack as it would be"
    request = {"KeyId": key, "CiphertextBlob": blob[51:], "Iv": blob[39:51], "Aad": aad}
    for action in ("Decrypt", "AdvanceDecrypt"):
        with refused(*INVALID):
            client(action, **request)
    with refused(*INVALID):
        client("Encrypt", KeyId=key, Plaintext=b"forged", Aad=aad)
    with refused(*INVALID):
        client("AdvanceDecrypt", CiphertextBlob=blob)


def test_pairs_encrypt_and_decrypt(client: Instance, new_key: Callable[..., str]) -> None:
    for spec, algorithms in (
        ("RSA_2048", ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1")),
        ("RSA_3072", ("RSAES_OAEP_SHA_256",)),
        ("EC_SM2", ("SM2PKE",)),
    ):
        key = new_key(spec, key_usage="ENCRYPT/DECRYPT")
        default = client("Encrypt", KeyId=key, Plaintext=b"text")
        assert (default["Algorithm"], "Iv" in default) == (algorithms[0], False)
        for algorithm in algorithms:
            made = client("Encrypt", KeyId=key, Plaintext=b"text", Algorithm=algorithm)
            request = {"KeyId": key, "CiphertextBlob": made["CiphertextBlob"]}
            assert client("Decrypt", **request, Algorithm=algorithm)["Plaintext"] == b"text"
            with refused(*INVALID):
                client("Decrypt", **{**request, "CiphertextBlob": bytes(256)}, Algorithm=algorithm)
        with refused(*INVALID):
            client("Encrypt", KeyId=key, Plaintext=bytes(400))


def test_a_key_is_named_by_an_alias_too(
    client: Instance, new_key: Callable[..., str], keys: Kms
) -> None:
    key = new_key("Aliyun_SM4")
    keys("CreateAlias", key_id=key, alias_name="alias/orders")
    made = client("Encrypt", KeyId="alias/orders", Plaintext=b"text")
    assert (made["KeyId"], made["Algorithm"]) == (key, "SM4_GCM")
    request = {"CiphertextBlob": made["CiphertextBlob"], "Iv": made["Iv"]}
    assert client("Decrypt", KeyId="alias/orders", **request)["Plaintext"] == b"text"


@pytest.mark.parametrize("action", ["Encrypt", "AdvanceEncrypt"])
def test_what_no_key_offers_is_refused_by_name(
    client: Instance, new_key: Callable[..., str], action: str
) -> None:
    key = new_key()
    for more in ({"Algorithm": "AES_CBC"}, {"Algorithm": "AES_ECB"}, {"Algorithm": "SM4_GCM"}):
        with refused("UnsupportedOperation", 400):
            client(action, KeyId=key, Plaintext=b"text", **more)
    wrong: dict[str, Any]
    for wrong in ({"Iv": b"i" * 12}, {"PaddingMode": "NO_PADDING"}):
        with refused("UnsupportedOperation", 400):
            client(action, KeyId=key, Plaintext=b"text", **wrong)
    with refused(*INVALID):
        client(action, KeyId=key, Plaintext=b"text", Algorithm="ROT13")


def test_long_plaintexts_and_data(client: Instance, new_key: Callable[..., str]) -> None:
    key = new_key()
    text, aad = bytes(1_000_000), bytes(8192)
    for seal, opening in (("Encrypt", "Decrypt"), ("AdvanceEncrypt", "AdvanceDecrypt")):
        made = client(seal, KeyId=key, Plaintext=text, Aad=aad)
        request = {name: made[name] for name in ("KeyId", "CiphertextBlob", "Iv")}
        assert client(opening, **request, Aad=aad)["Plaintext"] == text
        with refused(*INVALID):
            client(seal, KeyId=key, Plaintext=b"text", Aad=bytes(8193))
