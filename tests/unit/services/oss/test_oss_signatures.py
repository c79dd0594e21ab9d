"""What the official SDKs sign is accepted, and nothing else is."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import alibabacloud_oss_v2 as v2
import oss2
import pytest
from msgspec.structs import replace

from juyong.api.errors import ApiError
from juyong.api.request import Raw
from juyong.base.secret import Secret
from juyong.services.oss.errors import BadArgument, BadSignature, Forbidden
from juyong.services.oss.wire.format import FORMAT

ID, SECRET, REGION = "LTAI5tExample", "the-secret", "cn-hangzhou"
KEY = "a b/ü+?&=%2F"
ENDPOINT = f"http://oss-{REGION}.aliyuncs.com"


class Sent(BaseException):  # the newer SDK wraps every Exception
    """A request of an SDK, instead of its answer."""

    def __init__(self, raw: Raw) -> None:
        super().__init__(raw.path)
        self.raw = raw


def request(method: str, url: str, headers: Mapping[str, Any]) -> Raw:
    found = urlsplit(url)
    named = {name.lower(): str(value) for name, value in headers.items() if value is not None}
    return Raw(
        method=method,
        path=found.path or "/",
        query=found.query,
        headers={"host": found.netloc, **named},
        body=b"",
        peer="127.0.0.1",
        secure=False,
    )


class Session:
    """Takes what oss2 would send."""

    def do_request(self, sent: Any, timeout: Any) -> None:  # noqa: ARG002
        query = "&".join(
            f"{name}={value}" if value else name
            for name, value in (
                pair.split("=", 1) for pair in urlencode(sent.params or {}).split("&") if pair
            )
        ).replace("+", "%20")
        raise Sent(request(sent.method, f"{sent.url}?{query}", sent.headers))


class Transport:
    """Takes what the newer SDK would send."""

    def send(self, sent: Any, **_options: Any) -> None:
        raise Sent(request(sent.method, sent.url, sent.headers))

    def open(self) -> None:
        """Open nothing."""

    def close(self) -> None:
        """Close nothing."""


def bucket(auth: Any) -> oss2.Bucket:
    return oss2.Bucket(auth, ENDPOINT, "bucket-1", session=Session(), region=REGION)


def client(**more: Any) -> v2.Client:
    config = v2.config.load_default()
    config.credentials_provider = v2.credentials.StaticCredentialsProvider(ID, SECRET, **more)
    config.region, config.http_client = REGION, Transport()
    config.retry_max_attempts = 1
    return v2.Client(config)


def taken(call: Callable[[], Any]) -> Raw:
    """Return the request that a call of an SDK would send."""
    with pytest.raises(Sent) as caught:
        call()
    return caught.value.raw


def verified(raw: Raw, secret: str = SECRET) -> str:
    """Return the AccessKey whose signature a request carries; raises as the format."""
    claim = FORMAT.read(raw).claim
    assert claim is not None
    claim.check(Secret(secret))
    return claim.access_key_id


V1, V4 = oss2.Auth(ID, SECRET), oss2.AuthV4(ID, SECRET)
META = {"x-oss-meta-a": "1", "Content-Type": "text/plain", "Content-MD5": "abc"}
SIGNED = {
    "oss2-v1": lambda: taken(lambda: bucket(V1).put_object(KEY, b"x", headers=META)),
    "oss2-v4": lambda: taken(lambda: bucket(V4).put_object(KEY, b"x", headers=META)),
    "oss2-v1-acl": lambda: taken(lambda: bucket(V1).put_object_acl(KEY, "private")),
    "oss2-v4-list": lambda: taken(lambda: bucket(V4).list_objects_v2(prefix="a b+/", max_keys=3)),
    "oss2-v1-list": lambda: taken(lambda: bucket(V1).list_objects_v2(prefix="a b+/", max_keys=3)),
    "oss2-sts": lambda: taken(lambda: bucket(oss2.StsAuth(ID, SECRET, "t")).get_object(KEY)),
    "v2": lambda: taken(
        lambda: client().put_object(
            v2.PutObjectRequest(bucket="bucket-1", key=KEY, body=b"x", metadata={"a": "1"})
        )
    ),
    "v2-sts": lambda: taken(
        lambda: client(security_token="t").get_bucket_acl(v2.GetBucketAclRequest(bucket="bucket-1"))
    ),
    "address-v1": lambda: request(
        "GET", bucket(V1).sign_url("GET", KEY, 60, params={"versionId": "v"}), {}
    ),
    "address-v4": lambda: request("GET", bucket(V4).sign_url("GET", KEY, 60), {}),
    "address-sts": lambda: request(
        "GET", bucket(oss2.StsAuth(ID, SECRET, "t")).sign_url("GET", KEY, 60), {}
    ),
    "address-v2": lambda: request(
        "GET", client().presign(v2.GetObjectRequest(bucket="bucket-1", key=KEY)).url, {}
    ),
}


@pytest.fixture(params=SIGNED)
def signed(request: pytest.FixtureRequest) -> Raw:
    made: Raw = SIGNED[request.param]()
    return made


def refuses(raw: Raw, secret: str = SECRET) -> bool:
    try:
        verified(raw, secret)
    except ApiError:
        return True
    return False


def test_what_an_sdk_signs_is_accepted_with_its_secret_alone(signed: Raw) -> None:
    assert verified(signed) == ID
    with pytest.raises(BadSignature):
        verified(signed, "another-secret")


def test_what_was_changed_is_refused(signed: Raw) -> None:
    changed = {
        "method": replace(signed, method="DELETE"),
        "path": replace(signed, path=signed.path + "x"),
        "bucket": replace(
            signed, headers={**signed.headers, "host": f"bucket-2.oss-{REGION}.aliyuncs.com"}
        ),
        "subresource": replace(signed, query=f"{signed.query}&acl".strip("&")),
        "own header": replace(
            signed, headers={**signed.headers, "x-oss-object-acl": "public-read"}
        ),
        "content type": replace(signed, headers={**signed.headers, "content-type": "text/html"}),
    }
    if signed.query.endswith("acl") or "?acl" in f"?{signed.query}":
        del changed["subresource"]
    assert [name for name, raw in changed.items() if not refuses(raw)] == []


def test_two_claims_are_none(signed: Raw) -> None:
    other = SIGNED["address-v4" if "x-oss-signature" not in signed.query else "address-v1"]()
    both = replace(signed, query=f"{signed.query}&{other.query}".strip("&"))
    with pytest.raises(BadArgument):
        FORMAT.read(both)


def test_a_parameter_that_comes_twice_is_refused(signed: Raw) -> None:
    with pytest.raises(BadArgument):
        FORMAT.read(replace(signed, query=f"{signed.query}&acl&acl".strip("&")))


def test_v1_is_as_fresh_as_the_date_that_it_signs() -> None:
    raw = SIGNED["oss2-v1"]()
    dated = {**raw.headers, "x-oss-date": "Thu, 01 Jan 2037 00:00:00 GMT"}
    claim = FORMAT.read(replace(raw, headers=dated)).claim
    assert claim is not None
    with pytest.raises(BadSignature):
        claim.check(Secret(SECRET))


@pytest.mark.parametrize("kind", ["oss2-v4", "v2", "address-v4"])
def test_v4_is_of_the_region_that_the_host_names(kind: str) -> None:
    raw = SIGNED[kind]()
    moved = {**raw.headers, "host": "bucket-1.oss-cn-beijing.aliyuncs.com"}
    with pytest.raises(BadArgument):
        FORMAT.read(replace(raw, headers=moved))
    own = replace(raw, path=f"/bucket-1{raw.path}", headers={**raw.headers, "host": "127.0.0.1:1"})
    assert verified(own) == ID


def test_v4_takes_no_hash_of_a_body() -> None:
    raw = SIGNED["oss2-v4"]()
    with pytest.raises(BadArgument):
        FORMAT.read(replace(raw, headers={**raw.headers, "x-oss-content-sha256": "0" * 64}))


@pytest.mark.parametrize(
    "query",
    [
        "OSSAccessKeyId=a&Signature=c",
        "OSSAccessKeyId=a&Signature=c&Expires=%C2%B2",
        "OSSAccessKeyId=a&Signature=c&Expires=" + "9" * 5000,
        "OSSAccessKeyId=&Signature=c&Expires=1",
        "x-oss-signature=a",
        (
            "x-oss-signature=a&x-oss-expires=1&x-oss-date=20260101T000000Z"
            "&x-oss-credential=a/20260102/cn-hangzhou/oss/aliyun_v4_request"
        ),
        (
            "x-oss-signature=a&x-oss-expires=604801&x-oss-date=20260101T000000Z"
            "&x-oss-credential=a/20260101/cn-hangzhou/oss/aliyun_v4_request"
        ),
        (
            "x-oss-signature=a&x-oss-expires=0&x-oss-date=20260101T000000Z"
            "&x-oss-credential=a/20260101/cn-hangzhou/oss/aliyun_v4_request"
        ),
        "a=%FF",
    ],
)
def test_addresses_that_are_none(query: str) -> None:
    with pytest.raises(ApiError) as caught:
        FORMAT.read(request("GET", f"{ENDPOINT}/k?{query}", {}))
    assert caught.value.code in ("AccessDenied", "InvalidArgument")


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Wed, 01 Jan 0900 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 +0800",
        "20261301T000000Z",
    ],
)
def test_dates_that_are_none(date: str) -> None:
    claim = {"authorization": "OSS k:c2ln", "date": date}
    with pytest.raises(Forbidden):
        FORMAT.read(request("GET", f"{ENDPOINT}/k", claim))


def test_headers_of_clients_that_write_utf_8() -> None:
    raw = taken(lambda: bucket(V1).put_object("k", b"", headers={"x-oss-meta-a": "é中"}))
    wire = {name: value.encode().decode("latin-1") for name, value in raw.headers.items()}
    assert verified(replace(raw, headers=wire)) == ID


def test_without_a_claim_there_is_no_caller() -> None:
    assert FORMAT.read(request("GET", f"{ENDPOINT}/k", {})).claim is None
    with pytest.raises(BadArgument):
        FORMAT.read(request("GET", f"{ENDPOINT}/k", {"authorization": "Basic eDp5"}))
