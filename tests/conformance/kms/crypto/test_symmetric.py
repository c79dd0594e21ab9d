"""Encrypt and Decrypt: what goes in comes out, the same and nothing else."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.harness import Server, in_region, refused
from tests.conformance.kms.crypto.calls import Kms, b64, unb64

from juyong.services.identity.facade import NewAccount
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow
from juyong.services.kms.product import PRODUCT as KMS

SPECS = ("Aliyun_AES_256", "Aliyun_AES_192", "Aliyun_AES_128", "Aliyun_SM4")
TEXTS = {
    "base64": b64(b"data"),
    "as Terraform's provider sends it": "plaintext secret, not encoded",
    "looks almost like Base64": "aGVsbG8",
    "with spaces": "  aGVsbG8=  ",
    "spelled another way": "aGVsbG9=",
    "CJK": "密钥管理服务",
    "one letter": "x",
    "JSON": '{"password":"p w"}',
    "longest Base64": b64(bytes(6144)),
    "longest text": "t" * 6143 + "!",
    "longest text of wide letters": "密" * 2048,
}
TOO_LONG = {
    "Base64": b64(bytes(6145)),
    "text": "t" * 6144 + "!",
    "wide letters": "密" * 2049,
}


@pytest.fixture
def rotate(server: Server, keys: Kms) -> Callable[[str], None]:
    """Give a symmetric key a new primary version."""

    def make(key_id: str) -> None:
        def age(tx: Any) -> None:
            row = tx.get(KeyRow, key_id)
            tx.update(row, last_rotation_at=row.last_rotation_at - 8 * 86400)

        server.running.store.call(age)
        keys(
            "UpdateRotationPolicy",
            key_id=key_id,
            enable_automatic_rotation=True,
            rotation_interval="7d",
        )

    return make


@pytest.mark.parametrize("spec", SPECS)
def test_each_spec_seals(keys: Kms, spec: str) -> None:
    made = keys.new_key(key_spec=spec)
    answer = keys("Encrypt", key_id=made.key_id, plaintext="aGVsbG8=")
    assert (answer.key_id, answer.key_version_id) == (made.key_id, made.primary_key_version)
    blob = unb64(answer.ciphertext_blob)
    assert blob[:36].decode() == made.primary_key_version
    opened = keys("Decrypt", ciphertext_blob=answer.ciphertext_blob)
    assert (opened.key_id, opened.key_version_id, opened.plaintext) == (
        made.key_id,
        made.primary_key_version,
        "aGVsbG8=",
    )


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_comes_back_as_it_was(keys: Kms, text: str) -> None:
    assert keys.decrypt(keys.encrypt(keys.new_key().key_id, text)) == text


@pytest.mark.parametrize("text", TOO_LONG.values(), ids=TOO_LONG)
def test_more_than_six_kilobytes(keys: Kms, text: str) -> None:
    with refused("InvalidParameter", 400):
        keys.encrypt(keys.new_key().key_id, text)


def test_two_ciphertexts_of_one_text_differ(keys: Kms) -> None:
    key_id = keys.new_key().key_id
    assert len({keys.encrypt(key_id) for _ in range(8)}) == 8


def test_key_by_each_of_its_names(keys: Kms, account: NewAccount) -> None:
    made = keys.new_key()
    keys("CreateAlias", key_id=made.key_id, alias_name="alias/app")
    arn = f"acs:kms:cn-hangzhou:{account.account_id}:alias/app"
    for name in (made.key_id, made.arn, "alias/app", arn):
        answer = keys("Encrypt", key_id=name, plaintext="aGVsbG8=")
        assert answer.key_id == made.key_id
        assert keys.decrypt(answer.ciphertext_blob) == "aGVsbG8="


def test_context_is_needed_again(keys: Kms) -> None:
    key_id = keys.new_key().key_id
    blob = keys.encrypt(key_id, encryption_context={"tenant": "blue", "app": "a"})
    assert keys.decrypt(blob, encryption_context={"app": "a", "tenant": "blue"}) == "aGVsbG8="
    for other in (
        {"tenant": "blue"},
        {"tenant": "blue", "app": "b"},
        {"tenant": "blue", "app": "a", "more": ""},
        {"Tenant": "blue", "app": "a"},
        None,
    ):
        with refused("InvalidParameter", 400):
            keys.decrypt(blob, encryption_context=other)


def test_no_context_and_an_empty_one_are_the_same(keys: Kms) -> None:
    key_id = keys.new_key().key_id
    assert keys.decrypt(keys.encrypt(key_id), encryption_context={}) == "aGVsbG8="
    assert keys.decrypt(keys.encrypt(key_id, encryption_context={})) == "aGVsbG8="


def test_context_at_its_longest(keys: Kms) -> None:
    key_id = keys.new_key().key_id
    longest = {"k": "v" * (8192 - len('{"k":""}'))}
    blob = keys.encrypt(key_id, encryption_context=longest)
    assert keys.decrypt(blob, encryption_context=longest) == "aGVsbG8="
    with refused("InvalidParameter", 400):
        keys.encrypt(key_id, encryption_context={"k": longest["k"] + "v"})


def test_old_versions_open_after_rotation(keys: Kms, rotate: Callable[[str], None]) -> None:
    key_id = keys.new_key().key_id
    blobs = [keys.encrypt(key_id, "first")]
    for text in ("second", "third"):
        rotate(key_id)
        blobs.append(keys.encrypt(key_id, text))
    assert len({unb64(blob)[:36] for blob in blobs}) == 3
    assert [keys.decrypt(blob) for blob in blobs] == ["first", "second", "third"]


def test_every_changed_byte_is_noticed(keys: Kms) -> None:
    blob = unb64(keys.encrypt(keys.new_key().key_id, "x"))
    for at in range(len(blob)):
        changed = bytearray(blob)
        changed[at] ^= 1
        with refused("InvalidParameter", 400):
            keys.decrypt(b64(bytes(changed)))
    for shorter in (blob[:-1], blob[:36], blob + b"\0"):
        with refused("InvalidParameter", 400):
            keys.decrypt(b64(shorter))


def test_another_spelling_of_a_blob_is_no_blob(keys: Kms) -> None:
    text = keys.encrypt(keys.new_key().key_id, "x")
    for other in (text.rstrip("="), text + "\n", f" {text}", text[:40] + "\n" + text[40:]):
        with refused("InvalidParameter", 400):
            keys.decrypt(other)


def test_version_of_another_key_does_not_open(keys: Kms) -> None:
    one, other = keys.new_key(), keys.new_key()
    blob = unb64(keys.encrypt(one.key_id))
    with refused("InvalidParameter", 400):
        keys.decrypt(b64(other.primary_key_version.encode() + blob[36:]))
    pair = keys.new_pair("RSA_2048", "ENCRYPT/DECRYPT")
    with refused("InvalidParameter", 400):
        keys.decrypt(b64(pair["key_version_id"].encode() + blob[36:]))


def test_key_that_is_gone_opens_nothing(keys: Kms, server: Server) -> None:
    key_id = keys.new_key().key_id
    blob = keys.encrypt(key_id)
    keys("ScheduleKeyDeletion", key_id=key_id, pending_window_in_days=7)

    def end(tx: Any) -> None:
        row = tx.get(KeyRow, key_id)
        tx.update(row, delete_at=1)

    server.running.store.call(end)
    with refused("InvalidParameter", 400):
        keys.decrypt(blob)
    with refused("Forbidden.KeyNotFound", 404):
        keys.encrypt(key_id)


def test_ciphertext_of_another_region(keys: Kms) -> None:
    blob = keys.encrypt(keys.new_key().key_id)
    with refused("InvalidParameter", 400):
        Kms(in_region(keys.client, KMS, "cn-shanghai")).decrypt(blob)


def test_material_moved_to_another_row_is_refused(keys: Kms, server: Server) -> None:
    one, other = keys.new_key(), keys.new_key()
    blob = keys.encrypt(one.key_id)

    def move(tx: Any) -> None:
        source = tx.get(KeyVersionRow, other.primary_key_version)
        tx.update(tx.get(KeyVersionRow, one.primary_key_version), material=source.material)

    server.running.store.call(move)
    with refused("ServiceUnavailableTemporary", 503) as caught:
        keys.decrypt(blob)
    assert one.primary_key_version not in str(caught.value)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_first_python_sdk(server: Server, account: NewAccount, keys: Kms, method: str) -> None:
    def call(action: str, **parameters: str) -> dict[str, str]:
        program = str(Path(__file__).with_name("legacy.py"))
        key = (account.access_key_id, account.secret.reveal())
        where = (program, str(server.port), *key, method, action, json.dumps(parameters))
        done = subprocess.run([sys.executable, *where], check=True, capture_output=True, text=True)
        answer: dict[str, str] = json.loads(done.stdout)
        return answer

    sealed = call(
        "Encrypt",
        KeyId=keys.new_key().key_id,
        Plaintext="aGVsbG8=",
        EncryptionContext='{"b": "2", "a": "1"}',
    )
    blob = sealed["CiphertextBlob"]
    opened = call("Decrypt", CiphertextBlob=blob, EncryptionContext='{"a":"1","b":"2"}')
    assert opened["Plaintext"] == "aGVsbG8="
    assert keys.decrypt(blob, encryption_context={"a": "1", "b": "2"}) == "aGVsbG8="


def test_blob_begins_like_the_published_ones(keys: Kms) -> None:
    made = keys.new_key()
    begin = base64.b64encode(made.primary_key_version.encode()).decode()
    assert keys.encrypt(made.key_id).startswith(begin)
