"""Reading objects through oss2: versions, ranges, conditions, and what the answer is told to be."""

import base64
import hashlib
from email.utils import formatdate
from typing import Any

import oss2
import pytest
from tests.conformance.documents import allow
from tests.conformance.harness import Server
from tests.conformance.oss_calls import (
    Caller,
    call,
    crc_of,
    path_of,
    raw,
    refused,
    switch_versions,
)

DATA = bytes(range(256)) * 8
READS = [
    pytest.param("GET", {}, id="GetObject"),
    pytest.param("HEAD", {}, id="HeadObject"),
    pytest.param("HEAD", {"objectMeta": ""}, id="GetObjectMeta"),
    pytest.param("GET", {"tagging": ""}, id="GetObjectTagging"),
    pytest.param("DELETE", {"tagging": ""}, id="DeleteObjectTagging"),
    pytest.param("GET", {"symlink": ""}, id="GetSymlink"),
    pytest.param("GET", {"acl": ""}, id="GetObjectAcl"),
    pytest.param("PUT", {"acl": ""}, id="PutObjectAcl"),
    pytest.param("POST", {"restore": ""}, id="RestoreObject"),
    pytest.param("PUT", {"tagging": ""}, id="PutObjectTagging"),
]


def body_of(method: str, params: dict[str, str]) -> tuple[dict[str, str], bytes]:
    headers = {"x-oss-object-acl": "private"} if "acl" in params and method == "PUT" else {}
    tags = b"<Tagging><TagSet/></Tagging>" if "tagging" in params and method == "PUT" else b""
    return headers, tags


@pytest.mark.parametrize(("method", "params"), READS)
def test_what_is_not_there(
    server: Server, bucket: oss2.Bucket, bucket_name: str, method: str, params: dict[str, str]
):
    headers, data = body_of(method, params)

    def ask(key: str = "key", name: str = bucket_name, **more: str) -> Any:
        return bucket._do(method, name, key, params={**params, **more}, headers=headers, data=data)

    with refused("NoSuchKey", 404) as caught:
        ask()
    assert "x-oss-delete-marker" not in caught.value.headers
    with refused("NoSuchVersion", 404) as caught:
        ask(versionId="CAEQ")
    if method != "HEAD":
        assert caught.value.details["VersionId"] == "CAEQ"
    with refused("InvalidArgument", 400):
        ask(versionId="no/version")
    with refused("InvalidObjectName", 400):
        ask(key="k" * 1024)
    with refused("NoSuchBucket", 404):
        ask(name=f"{bucket_name}-2")
    with refused("InvalidBucketName", 400):
        ask(name="Bucket")
    switch_versions(server, bucket)
    bucket.put_object("key", b"body")
    marker = bucket.delete_object("key").versionid
    with refused("NoSuchKey", 404) as caught:
        ask()
    told = caught.value.headers
    assert (told["x-oss-delete-marker"], told["x-oss-version-id"]) == ("true", marker)
    with refused("MethodNotAllowed", 405) as caught:
        ask(versionId=marker)
    assert caught.value.headers["x-oss-delete-marker"] == "true"


def test_an_object_is_answered_with_what_describes_it(bucket: oss2.Bucket):
    put = bucket.put_object("a/b", DATA, headers={"Content-Type": "text/x", "x-oss-meta-K": "v"})
    got = bucket.get_object("a/b")
    assert got.read() == DATA
    md5 = hashlib.md5(DATA, usedforsecurity=False)
    expected = {
        "ETag": f'"{md5.hexdigest().upper()}"',
        "Content-MD5": base64.b64encode(md5.digest()).decode(),
        "x-oss-hash-crc64ecma": crc_of(DATA),
        "Content-Type": "text/x",
        "Content-Length": str(len(DATA)),
        "Accept-Ranges": "bytes",
        "x-oss-object-type": "Normal",
        "x-oss-storage-class": "Standard",
        "x-oss-meta-k": "v",
    }
    head = bucket.head_object("a/b").headers
    for name, value in expected.items():
        assert (got.headers[name], head[name]) == (value, value), name
    assert "x-oss-version-id" not in got.headers
    meta = bucket.get_object_meta("a/b")
    assert (meta.content_length, meta.etag) == (len(DATA), put.etag)
    assert "x-oss-meta-k" not in meta.headers


def test_versions_are_read_by_their_ids(server: Server, bucket: oss2.Bucket):
    bucket.put_object("key", b"zero")
    switch_versions(server, bucket)
    ids = [bucket.put_object("key", data).versionid for data in (b"one", b"two")]
    assert len({*ids, "null"}) == 3
    for version, data in [("null", b"zero"), (ids[0], b"one"), (ids[1], b"two")]:
        got = bucket.get_object("key", params={"versionId": version})
        assert (got.read(), got.headers["x-oss-version-id"]) == (data, version)
        head = bucket.head_object("key", params={"versionId": version})
        assert head.content_length == len(data)
    assert bucket.head_object("key").headers["x-oss-version-id"] == ids[1]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=2040-", 2040, 2047),
        ("bytes=2040-9999", 2040, 2047),
        ("bytes=-8", 2040, 2047),
        ("bytes=-9999", 0, 2047),
        ("bytes=5-5", 5, 5),
    ],
)
def test_one_range(bucket: oss2.Bucket, text: str, first: int, last: int):
    bucket.put_object("key", DATA)
    got = call(bucket, "GET", "key", headers={"Range": text})
    assert (got.status, got.read()) == (206, DATA[first : last + 1])
    assert got.headers["Content-Range"] == f"bytes {first}-{last}/2048"
    assert got.headers["Content-Length"] == str(last - first + 1)
    assert got.headers["x-oss-hash-crc64ecma"] == crc_of(DATA)
    assert "Content-MD5" not in got.headers


@pytest.mark.parametrize(
    "text",
    [
        *("bytes=2048-", "bytes=9-1", "bytes=0-1,3-4", "bytes=", "bytes=-", "bytes=-0"),
        *("0-9", "bytes=a-b", "lines=0-9", "bytes=99999999999999999999-", "bytes=0x1-2"),
    ],
)
def test_a_range_that_cannot_be_is_the_whole(bucket: oss2.Bucket, text: str):
    bucket.put_object("key", DATA)
    got = call(bucket, "GET", "key", headers={"Range": text})
    assert (got.status, got.read()) == (200, DATA)
    assert "Content-Range" not in got.headers


def test_the_standard_behaviour_refuses_a_range_behind_the_end(bucket: oss2.Bucket):
    bucket.put_object("key", DATA)
    standard = {"x-oss-range-behavior": "standard"}
    for text in ("bytes=2048-", "bytes=5000-6000"):
        with refused("InvalidRange", 416) as caught:
            call(bucket, "GET", "key", headers={"Range": text, **standard})
        assert caught.value.headers["Content-Range"] == "bytes */2048"
    got = call(bucket, "GET", "key", headers={"Range": "bytes=2000-5000", **standard})
    assert (got.status, len(got.read())) == (206, 48)


def test_ranges_across_blocks_of_a_large_object(bucket: oss2.Bucket):
    data = DATA * 1100
    bucket.put_object("large", data)
    for first, last in [(0, 0), (1024**2 - 1, 1024**2), (5, 2 * 1024**2 + 5), (7, len(data) - 1)]:
        assert bucket.get_object("large", byte_range=(first, last)).read() == data[first : last + 1]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions(bucket: oss2.Bucket, method: str):
    etag = bucket.put_object("key", DATA).etag
    earlier, later = formatdate(1_000_000, usegmt=True), formatdate(4_000_000_000, usegmt=True)

    def status(**headers: str) -> int:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            answer = call(bucket, method, "key", headers=given)
            answer.read()
        except oss2.exceptions.OssError as error:
            return int(error.status)
        return int(answer.status)

    assert status(If_Match=f'"{etag}"') == 200
    assert status(If_Match=etag.lower()) == 200
    assert status(If_Match=f'"other", "{etag}"') == 200
    assert status(If_Match='"other"') == 412
    assert status(If_None_Match='"other"') == 200
    assert status(If_None_Match=f'"{etag}"') == 304
    assert status(If_None_Match="*") == 304
    assert status(If_Modified_Since=earlier) == 200
    assert status(If_Modified_Since=later) == 304
    assert status(If_Modified_Since="yesterday") == 200
    assert status(If_Unmodified_Since=later) == 200
    assert status(If_Unmodified_Since=earlier) == 412
    assert status(If_Unmodified_Since="yesterday") == 200
    # Both must hold, and a failed precondition counts before a known object.
    assert status(If_None_Match=f'"{etag}"', If_Unmodified_Since=earlier) == 412
    assert status(If_None_Match='"other"', If_Modified_Since=later) == 304


def test_a_precondition_that_failed_is_named(bucket: oss2.Bucket):
    bucket.put_object("key", DATA)
    with refused("PreconditionFailed", 412) as caught:
        call(bucket, "GET", "key", headers={"If-Match": '"other"'})
    assert caught.value.details["Condition"] == "If-Match"
    with refused("PreconditionFailed", 412):
        call(bucket, "HEAD", "key", headers={"If-Match": '"other"'})


def test_not_modified_has_no_body(server: Server, bucket: oss2.Bucket):
    etag = bucket.put_object("key", DATA).etag
    address = bucket.sign_url("GET", "key", 60).removeprefix(f"http://127.0.0.1:{server.port}")
    answer = raw(server.port, "GET", address, {"If-None-Match": f'"{etag}"'})
    assert (answer.status, answer.content) == (304, b"")
    assert answer.headers["ETag"] == f'"{etag}"'
    assert answer.headers["Content-Type"] is None


def test_a_signed_call_says_which_headers_it_wants(bucket: oss2.Bucket):
    bucket.put_object("key", DATA, headers={"Content-Type": "text/x", "Cache-Control": "a"})
    wanted = {
        "response-content-type": "text/y",
        "response-content-language": "zh",
        "response-expires": "Thu, 01 Jan 2026 00:00:00 GMT",
        "response-cache-control": "no-store",
        "response-content-disposition": "attachment; filename=ü.txt",
        "response-content-encoding": "x",
    }
    got = bucket.get_object("key", params=wanted)
    assert got.read() == DATA
    for name, value in wanted.items():
        told = got.headers[name.removeprefix("response-")]
        assert told.encode("latin-1").decode() == value, name
    assert bucket.head_object("key").headers["Cache-Control"] == "a"


def test_no_header_begins_another_one(bucket: oss2.Bucket):
    bucket.put_object("key", DATA)
    for text in ("a\r\nSet-Cookie: b", "a\nb", "a\x7f"):
        with refused("InvalidArgument", 400):
            bucket.get_object("key", params={"response-content-type": text})


def test_who_does_not_sign_wants_none(server: Server, bucket: oss2.Bucket):
    bucket.put_object("key", DATA, headers={"x-oss-object-acl": "public-read"})
    path = path_of(bucket, "key")
    assert raw(server.port, "GET", path).content == DATA  # type: ignore[attr-defined]
    answer = raw(server.port, "GET", f"{path}?response-content-type=text/html")
    assert (answer.status, b"InvalidRequest" in answer.content) == (400, True)


def test_an_object_at_the_platforms_own_address_is_no_page(server: Server, bucket: oss2.Bucket):
    page = {"Content-Type": "text/html", "x-oss-object-acl": "public-read"}
    bucket.put_object("page", b"<script>", headers={**page, "Content-Disposition": "inline"})
    bucket.put_object(
        "file", b"x", headers={**page, "Content-Disposition": "attachment; filename=f"}
    )
    told = raw(server.port, "GET", path_of(bucket, "page")).headers
    assert told["Content-Disposition"] == "attachment"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Content-Security-Policy"] == "sandbox"
    told = raw(server.port, "GET", path_of(bucket, "file")).headers
    assert told["Content-Disposition"] == "attachment; filename=f"
    own = {"Host": f"{bucket.bucket_name}.oss-cn-hangzhou.aliyuncs.com"}
    told = raw(server.port, "GET", "/page", own).headers
    assert (told["Content-Disposition"], told["Content-Security-Policy"]) == ("inline", None)


def test_a_user_reads_what_a_policy_allows(server: Server, bucket: oss2.Bucket, as_user):
    switch_versions(server, bucket)
    version = bucket.put_object("mine/key", b"x").versionid
    bucket.put_object("key", b"x")
    place = f"acs:oss:*:*:{bucket.bucket_name}/mine/*"
    newest = as_user(allow("oss:GetObject", place)).bucket(bucket.bucket_name)
    any_version = as_user(allow("oss:GetObjectVersion", place)).bucket(bucket.bucket_name)
    one = {"versionId": version}
    assert newest.get_object("mine/key").read() == b"x"
    assert newest.head_object("mine/key").status == 200
    assert newest.get_object_meta("mine/key").content_length == 1
    assert any_version.get_object("mine/key", params=one).read() == b"x"
    for refusal in (
        lambda: newest.get_object("key"),
        lambda: newest.get_object("mine/key", params=one),
        lambda: any_version.get_object("mine/key"),
    ):
        with refused("AccessDenied", 403):
            refusal()


def test_others_read_nothing_of_a_private_bucket(
    bucket: oss2.Bucket, anonymous: Caller, stranger: Caller
):
    bucket.put_object("key", b"x")
    for who in (anonymous, stranger):
        for key in ("key", "none"):
            with refused("AccessDenied", 403):
                who.bucket(bucket.bucket_name).get_object(key)
