"""The versions of TLS by which a bucket is reached, through oss2 and the second SDK."""

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import alibabacloud_oss_v2 as v2
import oss2
import pytest
from oss2.models import BucketTlsVersion
from requests.adapters import HTTPAdapter
from tests.conformance.documents import allow
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, raw, refused

from juyong.front.authority import LocalAuthority
from juyong.services.identity.facade import NewAccount

TLS = "<HttpsConfiguration><TLS><Enable>{}</Enable>{}</TLS>{}</HttpsConfiguration>"
CIPHERS = (
    "<CipherSuite><Enable>{}</Enable><StrongCipherSuite>true</StrongCipherSuite></CipherSuite>"
)


class _Pinned(HTTPAdapter):
    """Speaks one version of TLS."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **more)


@pytest.fixture
def over(
    server: Server, account: NewAccount, bucket: oss2.Bucket
) -> Iterator[Callable[[ssl.TLSVersion], oss2.Bucket]]:
    """The bucket over one version of TLS."""
    pem = LocalAuthority.open(server.running.home.authority).certificate_pem.decode()
    sessions = []

    def make(version: ssl.TLSVersion) -> oss2.Bucket:
        context = ssl.create_default_context(cadata=pem)
        context.minimum_version = context.maximum_version = version
        session = oss2.Session()
        session.session.mount("https://", _Pinned(context))
        sessions.append(session.session)
        auth = oss2.Auth(account.access_key_id, account.secret.reveal())
        endpoint = f"https://127.0.0.1:{server.port}"
        return oss2.Bucket(auth, endpoint, bucket.bucket_name, session=session)

    yield make
    for session in sessions:
        session.close()


def put(bucket: oss2.Bucket, enable: str, versions: tuple[str, ...] = (), more: str = "") -> None:
    named = "".join(f"<TLSVersion>{each}</TLSVersion>" for each in versions)
    call(bucket, "PUT", params={"httpsConfig": ""}, data=TLS.format(enable, named, more))


def test_versions_are_set_and_shown(bucket: oss2.Bucket):
    with refused("NoSuchHttpsConfig", 404):
        bucket.get_bucket_https_config()
    bucket.put_bucket_https_config(
        BucketTlsVersion(tls_enabled=True, tls_version=["TLSv1.2", "TLSv1.3"])
    )
    found = bucket.get_bucket_https_config()
    assert (found.tls_enabled, found.tls_version) == (True, ["TLSv1.2", "TLSv1.3"])
    bucket.put_bucket_https_config(BucketTlsVersion(tls_enabled=False))
    found = bucket.get_bucket_https_config()
    assert (found.tls_enabled, found.tls_version) == (False, [])


def test_a_bucket_is_reached_by_its_versions_alone(
    bucket: oss2.Bucket, over: Callable[[ssl.TLSVersion], oss2.Bucket], server: Server
):
    older, newer = over(ssl.TLSVersion.TLSv1_2), over(ssl.TLSVersion.TLSv1_3)
    bucket.put_object("key", b"body", headers={"x-oss-object-acl": "public-read"})
    for each in (older, newer):
        assert each.get_object("key").read() == b"body"
    put(bucket, "true", ("TLSv1.3",))
    for each in (older, bucket):
        for ask in (
            lambda each=each: each.get_object("key").read(),
            lambda each=each: each.put_object("new", b"x" * 50_000),
            lambda each=each: each.delete_object("key"),
            each.get_bucket_info,
            each.list_objects,
        ):
            with refused("AccessDenied", 403) as caught:
                ask()
            assert caught.value.details["EC"] == "0003-00000705"
    path = f"/{bucket.bucket_name}/key"
    assert raw(server.port, "GET", path).status == 403
    asked = {"Origin": "https://a.example.test", "Access-Control-Request-Method": "GET"}
    assert b"0003-00000705" in raw(server.port, "OPTIONS", path, asked).content
    newer.put_object("new", b"x" * 50_000)
    assert newer.get_object("new").read() == b"x" * 50_000
    put(bucket, "true", ("TLSv1.2",))
    assert older.get_object("key").read() == b"body"
    with refused("AccessDenied", 403):
        newer.list_objects()
    # Switched off, the versions are shown, and count for nothing.
    put(bucket, "false", ("TLSv1.2",))
    for each in (older, newer, bucket):
        assert each.get_object("key").read() == b"body"


def test_nobody_is_locked_out(bucket: oss2.Bucket):
    put(bucket, "true", ("TLSv1.0",))
    with refused("AccessDenied", 403):
        bucket.list_objects()
    assert bucket.get_bucket_https_config().tls_version == ["TLSv1.0"]
    # The mark opens the configuration, and nothing else.
    with refused("MethodNotAllowed", 405):
        call(bucket, "GET", "key", params={"httpsConfig": ""})
    with refused("MethodNotAllowed", 405):
        call(bucket, "GET", params={"httpsConfig": "", "acl": ""})
    bucket.put_bucket_https_config(BucketTlsVersion(tls_enabled=False))
    assert bucket.list_objects().object_list == []


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "MalformedXML"),
        ("<HttpsConfiguration/>", "MalformedXML"),
        (TLS.format("maybe", "", ""), "MalformedXML"),
        (TLS.format("true", "", ""), "InvalidArgument"),
        (TLS.format("true", "<TLSVersion>SSLv3</TLSVersion>", ""), "InvalidArgument"),
        (TLS.format("true", "<TLSVersion/>", ""), "InvalidArgument"),
        (TLS.format("false", "", CIPHERS.format("true")), "OperationNotSupported"),
    ],
)
def test_configurations_that_are_refused(bucket: oss2.Bucket, document: str, code: str):
    with refused(code, 400):
        call(bucket, "PUT", params={"httpsConfig": ""}, data=document)
    with refused("NoSuchHttpsConfig", 404):
        bucket.get_bucket_https_config()


def test_who_may(bucket: oss2.Bucket, as_user: Any, anonymous: Caller):
    name = bucket.bucket_name
    for caller in (as_user(), anonymous):
        with refused("AccessDenied", 403):
            put(caller.bucket(name), "false")
        with refused("AccessDenied", 403):
            caller.bucket(name).get_bucket_https_config()
    put(as_user(allow("oss:PutBucketHttpsConfig")).bucket(name), "false")
    reader = as_user(allow("oss:GetBucketHttpsConfig")).bucket(name)
    assert reader.get_bucket_https_config().tls_enabled is False
    with refused("AccessDenied", 403):
        put(reader, "false")


def test_the_second_sdk(client: v2.Client, named: dict[str, str]):
    def configured(**more: Any) -> v2.PutBucketHttpsConfigRequest:
        tls = v2.TLS(enable=False, tls_versions=["TLSv1.3"])
        wanted = v2.HttpsConfiguration(tls=tls, **more)
        return v2.PutBucketHttpsConfigRequest(https_configuration=wanted, **named)

    off = v2.CipherSuite(enable=False)
    client.put_bucket_https_config(configured(cipher_suite=off))
    found = client.get_bucket_https_config(v2.GetBucketHttpsConfigRequest(**named))
    shown = found.https_configuration
    assert (shown.tls.enable, shown.tls.tls_versions) == (False, ["TLSv1.3"])
    assert shown.cipher_suite.enable is False
    chosen = v2.CipherSuite(enable=True, custom_cipher_suites=["ECDHE-ECDSA-AES128-SHA256"])
    with pytest.raises(v2.exceptions.OperationError) as caught:
        client.put_bucket_https_config(configured(cipher_suite=chosen))
    error = caught.value.unwrap()
    assert (error.code, error.status_code) == ("OperationNotSupported", 400)
