"""Nothing that a caller keeps secret is anywhere in what a server wrote: files, events, output."""

import base64
from pathlib import Path

import pytest
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_tea_openapi import models as openapi
from darabonba.exceptions import DaraException
from tests.bench.signed import credentials_of
from tests.conformance.kms.crypto.calls import Kms, b64, unb64
from tests.crash.server import ServerProcess

PLAINTEXT = "a plaintext that is nowhere in any file"
MESSAGE = b"a message that is authenticated, and not kept"
DIGEST = bytes(range(100, 132))
CONTEXT = {"tenant": "shown-in-clear"}


def spellings(secret: bytes) -> list[bytes]:
    """Return how a secret might have been written down."""
    inner = base64.b64encode(secret)
    return [
        secret,
        inner.rstrip(b"="),
        inner[4:-4],
        secret.hex().encode(),
        repr(secret)[2:-1].encode(),
    ]


@pytest.fixture(autouse=True)
def unlimited() -> None:
    """Keep the shared server of the other tests, and its databases, out of this one."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrecy") / "home"


def test_no_secret_is_written(home: Path) -> None:
    server = ServerProcess(home).start()
    try:
        secrets, blob = use_everything(server, home)
        # Before it stops: the write-ahead log is part of what is looked at.
        written = files(home)
        written[server.log] = server.log.read_bytes()
    finally:
        server.stop()
    written |= {Path(f"{path} after"): data for path, data in files(home).items()}
    everything = b"\n".join(written.values())
    assert any(path.name.endswith("-wal") for path in written)
    # What events may show is found by this very search.
    assert b"shown-in-clear" in everything
    assert blob[:32].encode() in everything
    for what, secret in secrets.items():
        for spelling in spellings(secret):
            found = [str(path) for path, data in written.items() if spelling in data]
            assert not found, f"{what} is in {found}"


def files(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


def use_everything(server: ServerProcess, home: Path) -> tuple[dict[str, bytes], str]:
    """Make calls that succeed and that fail; return what must not be found, and a ciphertext."""
    key = credentials_of(home)
    config = openapi.Config(
        access_key_id=key.access_key_id,
        access_key_secret=key.secret,
        http_proxy=f"http://127.0.0.1:{server.port}",
        protocol="http",
        region_id="cn-hangzhou",
    )
    kms = Kms(KmsClient(config))
    key_id = kms.new_key().key_id
    secrets = {"plaintext": PLAINTEXT.encode(), "digest": DIGEST, "message": MESSAGE}
    blob = kms.encrypt(key_id, PLAINTEXT, encryption_context=CONTEXT)
    assert kms.decrypt(blob, encryption_context=CONTEXT) == PLAINTEXT
    made = kms("GenerateDataKey", key_id=key_id)
    assert kms.decrypt(made.ciphertext_blob) == made.plaintext
    secrets["data key"] = unb64(made.plaintext)
    pair = {**kms.new_pair("RSA_2048", "ENCRYPT/DECRYPT"), "algorithm": "RSAES_OAEP_SHA_256"}
    exported = kms(
        "ExportDataKey",
        ciphertext_blob=made.ciphertext_blob,
        public_key_blob="".join(kms.public_key(pair_of(pair)).decode().splitlines()[1:-1]),
        wrapping_key_spec="RSA_2048",
        wrapping_algorithm="RSAES_OAEP_SHA_256",
    )
    secrets["exported data key"] = unb64(exported.exported_data_key)
    sealed = kms("AsymmetricEncrypt", **pair, plaintext=b64(PLAINTEXT.encode()))
    kms("AsymmetricDecrypt", **pair, ciphertext_blob=sealed.ciphertext_blob)
    signer = {**kms.new_pair("EC_P256", "SIGN/VERIFY"), "algorithm": "ECDSA_SHA_256"}
    kms("AsymmetricSign", **signer, digest=b64(DIGEST))
    mac = {"key_id": kms.new_key(key_spec="HMAC_SHA_256").key_id, "algorithm": "HMAC_SHA_256"}
    code = kms("GenerateMac", **mac, message=b64(MESSAGE)).mac
    kms("VerifyMac", **mac, message=b64(MESSAGE), mac=code)
    secrets["code"] = unb64(code)
    kms("DisableKey", key_id=key_id)
    for call in (
        lambda: kms.encrypt(key_id, PLAINTEXT),
        lambda: kms.encrypt(key_id, PLAINTEXT * 200),
        lambda: kms("VerifyMac", key_id=key_id, message=b64(MESSAGE), mac=code, algorithm="X"),
        lambda: kms("AsymmetricSign", **{**signer, "key_id": key_id}, digest=b64(DIGEST)),
        lambda: kms.raw("Encrypt", {"key_id": key_id}, PlainText=PLAINTEXT),
    ):
        with pytest.raises(DaraException):
            call()
    return secrets, blob


def pair_of(pair: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in pair.items() if name != "algorithm"}
