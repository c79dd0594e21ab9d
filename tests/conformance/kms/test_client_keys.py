"""Client keys: real pairs, sealed with the caller's password, shown once."""

import base64
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_kms20160120.client import Client as KmsClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from tests.conformance.conftest import clients
from tests.conformance.harness import Server, quotas, refused, stored_bytes
from tests.conformance.kms.access_calls import PASSWORD, Access
from tests.conformance.kms.conftest import Inside

from juyong.services.kms.access.tables import ClientKeyRow

GONE = ("Forbidden.ResourceNotFound", 404)
INVALID = ("InvalidParameter", 400)


@pytest.fixture
def access(kms: KmsClient) -> Access:
    """The operations, with an access point `a`."""
    made = Access(kms)
    made.policy("p")
    made.point("a")
    return made


def test_the_private_half_opens_with_the_password_and_signs(access: Access) -> None:
    made = access.client_key("a")
    assert made.client_key_id.startswith("KAAP.")
    assert made.key_algorithm == "RSA_2048"
    sealed = base64.b64decode(made.private_key_data, validate=True)
    key, certificate, others = pkcs12.load_key_and_certificates(sealed, PASSWORD.encode())
    assert isinstance(key, rsa.RSAPrivateKey)
    assert certificate is not None
    assert (key.key_size, others) == (2048, [])
    shown = access.got_client_key(made.client_key_id)
    kept = x509.load_pem_x509_certificate(shown.public_key_data.encode())
    assert kept == certificate
    signature = key.sign(b"call", padding.PKCS1v15(), hashes.SHA256())
    public: Any = kept.public_key()
    public.verify(signature, b"call", padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_key_and_certificates(sealed, b"another-pass-7")


def test_openssl_opens_it_with_the_password_alone(access: Access, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command is not installed")
    made = access.client_key("a")
    path = tmp_path / "key.p12"
    path.write_bytes(base64.b64decode(made.private_key_data))

    def opened(password: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [openssl, "pkcs12", "-in", path, "-nodes", "-passin", f"pass:{password}"],
            capture_output=True,
            text=True,
            check=False,
        )

    right = opened(PASSWORD)
    assert right.returncode == 0, right.stderr
    assert "BEGIN PRIVATE KEY" in right.stdout
    assert f"CN = {made.client_key_id}" in right.stdout.replace("CN=", "CN = ")
    assert opened("another-pass-7").returncode != 0


def test_it_is_sealed_as_the_readers_of_go_and_older_java_want(access: Access) -> None:
    """They know pbeWithSHAAnd3-KeyTripleDES-CBC and a code by SHA-1, and no PBES2."""
    sealed = base64.b64decode(access.client_key("a").private_key_data)
    triple_des, pbes2 = "2a864886f70d010c0103", "2a864886f70d01050d"
    assert sealed.hex().count(triple_des) == 2  # the key's, and the certificate's
    assert pbes2 not in sealed.hex()


def test_what_is_shown_of_a_client_key(access: Access) -> None:
    made = access.client_key("a")
    shown = access.got_client_key(made.client_key_id)
    assert (shown.aap_name, shown.key_origin) == ("a", "KMS_PROVIDED")
    assert shown.key_algorithm == "RSA_2048"
    begin, end = (datetime.fromisoformat(each) for each in (shown.not_before, shown.not_after))
    assert (made.not_before, made.not_after) == (shown.not_before, shown.not_after)
    assert shown.create_time == shown.not_before
    assert timedelta(days=5 * 365) < end - begin < timedelta(days=5 * 365 + 3)
    kept = x509.load_pem_x509_certificate(shown.public_key_data.encode())
    assert (kept.not_valid_before_utc, kept.not_valid_after_utc) == (begin, end)
    assert kept.subject.rfc4514_string() == f"CN={made.client_key_id}"


def test_client_keys_are_listed_and_deleted(server: Server, access: Access) -> None:
    access.point("b")
    first, second = access.client_key("a"), access.client_key("b")
    assert [key.client_key_id for key in access.client_keys("a")] == [first.client_key_id]
    both = [(key.aap_name, key.client_key_id) for key in access.client_keys()]
    assert both == [("a", first.client_key_id), ("b", second.client_key_id)]
    other = server.new_account()
    theirs = Access(clients(server, other.access_key_id, other.secret.reveal()).kms)
    assert theirs.client_keys() == []
    for act in (theirs.got_client_key, theirs.delete_client_key):
        with refused(*GONE):
            act(first.client_key_id)
    access.delete_client_key(first.client_key_id)
    assert access.client_keys("a") == []
    for act in (access.got_client_key, access.delete_client_key):
        with refused(*GONE):
            act(first.client_key_id)
    for act in (access.client_keys, access.client_key):
        with refused(*GONE):
            act("c")
    with quotas(server, {"kms.client-keys": 1}), refused("Rejected.LimitExceeded", 400):
        access.client_key("b")


@pytest.mark.parametrize("password", ["short-7", "x" * 20, "7" * 20, "with space-7", "é" * 9 + "7"])
def test_refused_passwords(access: Access, password: str) -> None:
    with refused(*INVALID):
        access.client_key("a", password=password)
    assert access.client_keys() == []


@pytest.mark.parametrize("password", ["aaaaaaa7", "~!@#$%^&*?_-7", "a" * 63 + "_"])
def test_accepted_passwords(access: Access, password: str) -> None:
    made = access.client_key("a", password=password)
    sealed = base64.b64decode(made.private_key_data)
    assert pkcs12.load_pkcs12(sealed, password.encode()).key is not None


def moment(days: int | str | None) -> str | None:
    """Return the instant so many days ahead; what is no number stays."""
    if not isinstance(days, int):
        return days
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_validity_is_asked_for(access: Access) -> None:
    begin, end = moment(1), moment(30)
    made = access.client_key("a", not_before=begin, not_after=end)
    shown = access.got_client_key(made.client_key_id)
    assert (shown.not_before, shown.not_after) == (begin, end)


def test_the_end_of_a_validity_has_its_own_default(access: Access) -> None:
    begin = moment(1)
    made = access.client_key("a", not_before=begin)
    assert made.not_before == begin
    ends = datetime.fromisoformat(made.not_after) - datetime.now(UTC)
    assert timedelta(days=5 * 365) < ends < timedelta(days=5 * 366)


@pytest.mark.parametrize(
    ("begin", "end", "code"),
    [
        (None, 1, "MissingParameter"),
        (366 * 6, None, "InvalidParameter"),
        (2, 1, "InvalidParameter"),
        (-2, -1, "InvalidParameter"),
        (1, 1, "InvalidParameter"),
        ("yesterday", 1, "InvalidParameter"),
        ("2024-02-30T00:00:00Z", 1, "InvalidParameter"),
        ("0001-01-01T00:00:00Z", 1, "InvalidParameter"),
        ("1969-12-31T23:59:59Z", 1, "InvalidParameter"),
    ],
)
def test_refused_validity(
    access: Access, begin: int | str | None, end: int | str | None, code: str
) -> None:
    with refused(code, 400):
        access.client_key("a", not_before=moment(begin), not_after=moment(end))


def test_the_private_half_and_the_password_are_kept_nowhere(
    access: Access, inside: Inside, server: Server
) -> None:
    made = access.client_key("a", password="only-here-once-7")
    sealed = made.private_key_data
    row = inside(lambda ctx: ctx.tx.get(ClientKeyRow, made.client_key_id))
    assert "PRIVATE" not in repr(row)
    content = stored_bytes(server.running.home.path)
    assert b"only-here-once-7" not in content
    assert sealed[40:120].encode() not in content
