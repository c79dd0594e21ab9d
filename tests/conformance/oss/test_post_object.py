"""PostObject: forms of pages, signed by their policy or not at all."""

import base64
import http.client
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import oss2
import pytest
import requests
from tests.conformance.documents import allow, policy, statement
from tests.conformance.harness import Server
from tests.conformance.oss_calls import (
    Caller,
    crc_of,
    keys_of,
    path_of,
    raw,
    switch_versions,
)
from tests.conformance.sts.roles import assume, grant, make_trusting, role_arn
from tests.oss_forms import MULTIPART, body_of, policy_of, sign_v4, signed_v1, signed_v4

from juyong.services.identity.facade import NewAccount

SIZE = ["content-length-range", 0, 1048576000]


def document(text: bytes) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  # of our own server


class Page:
    """A page that posts forms to one bucket, signed by one caller."""

    def __init__(self, server: Server, bucket: oss2.Bucket, signer: Caller) -> None:
        self.port, self.bucket, self.keys = server.port, bucket, keys_of(signer)

    def fields(self, key: str = "key", /, *conditions: Any, **more: str) -> dict[str, str]:
        """Return the fields of a signed form."""
        return {"key": key, **signed_v1(*self.keys, policy_of(SIZE, *conditions)), **more}

    def post(
        self,
        fields: Any,
        file: bytes | None = b"body",
        *,
        headers: dict[str, str] | None = None,
        query: str = "",
        **more: Any,
    ) -> http.client.HTTPResponse:
        body = body_of(fields, file, **more)
        return self.send(body, {**MULTIPART, **(headers or {})}, query)

    def send(
        self, body: bytes, headers: dict[str, str], query: str = ""
    ) -> http.client.HTTPResponse:
        return raw(self.port, "POST", f"/{self.bucket.bucket_name}{query}", headers, body)

    def refused(
        self, code: str, ec: str, fields: Any, file: bytes | None = b"body", **more: Any
    ) -> ET.Element:
        """Post a form that must be refused, and leave no object."""
        answer = self.post(fields, file, **more)
        return self.is_refusal(answer, code, ec)

    def is_refusal(self, answer: http.client.HTTPResponse, code: str, ec: str) -> ET.Element:
        error = document(answer.content)
        assert (error.findtext("Code"), error.findtext("EC")) == (code, ec), answer.content
        assert answer.headers["x-oss-ec"] == ec
        assert not self.bucket.list_objects().object_list
        return error


@pytest.fixture
def page(server: Server, bucket: oss2.Bucket, owner: Caller) -> Page:
    return Page(server, bucket, owner)


# --- what clients send ---


def test_a_form_stores_its_file(page: Page):
    answer = page.post(page.fields("photos/${filename}"), b"\r\n--\r\n\x00body")
    assert (answer.status, answer.content) == (204, b"")
    found = page.bucket.get_object("photos/photo.jpg")
    assert found.read() == b"\r\n--\r\n\x00body"
    assert found.headers["content-type"] == "image/jpeg"
    assert found.headers["x-oss-object-type"] == "Normal"
    assert answer.headers["ETag"] == found.headers["ETag"]
    assert answer.headers["x-oss-hash-crc64ecma"] == crc_of(b"\r\n--\r\n\x00body")


def test_a_form_at_the_bucket_host(page: Page):
    host = f"{page.bucket.bucket_name}.oss-cn-hangzhou.aliyuncs.com"
    body = body_of(page.fields())
    answer = raw(page.port, "POST", "/", {**MULTIPART, "host": host}, body)
    assert answer.status == 204
    assert page.bucket.get_object("key").read() == b"body"


def test_requests_posts_a_file(page: Page):
    answer = requests.post(
        f"http://127.0.0.1:{page.port}/{page.bucket.bucket_name}",
        data=page.fields("a b/中.txt", success_action_status="200"),
        files={"file": ("ignored.txt", b"from requests", "text/plain")},
        timeout=20,
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert page.bucket.get_object("a b/中.txt").read() == b"from requests"


def test_curl_posts_a_file(page: Page, tmp_path: Path):
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl")
    file = tmp_path / "from curl.bin"
    file.write_bytes(bytes(range(256)) * 1000)
    fields = page.fields("${filename}", success_action_status="201")
    done = subprocess.run(
        [
            *(curl, "-sS", "-w", "%{http_code}"),
            *(each for pair in fields.items() for each in ("-F", "=".join(pair))),
            *("-F", f"file=@{file}", f"http://127.0.0.1:{page.port}/{page.bucket.bucket_name}"),
        ],
        capture_output=True,
        check=True,
    )
    answer, status = done.stdout[:-3], done.stdout[-3:]
    assert status == b"201"
    assert document(answer).findtext("Key") == "from curl.bin"
    assert page.bucket.get_object("from curl.bin").read() == file.read_bytes()


@pytest.mark.parametrize("spelling", ["Signature", "signature", "SIGNATURE"])
def test_names_of_fields_count_in_any_case(page: Page, spelling: str):
    fields = page.fields()
    fields[spelling] = fields.pop("Signature")
    fields["Key"], fields["Policy"] = fields.pop("key"), fields.pop("policy")
    assert page.post(fields).status == 204


def test_a_form_signed_by_v4(page: Page):
    bucket = {"bucket": page.bucket.bucket_name}
    fields = signed_v4(*page.keys, bucket, ["starts-with", "$key", "in/"])
    assert page.post({"key": "in/key", **fields}).status == 204
    assert page.bucket.get_object("in/key").read() == b"body"


def test_a_session_posts_what_its_role_may(
    server: Server, bucket: oss2.Bucket, account: NewAccount, as_key: Any
):
    admin = as_key(account.access_key_id, account.secret.reveal())
    make_trusting(admin.ram, account, "poster")
    document = allow("oss:PutObject", f"acs:oss:*:*:{bucket.bucket_name}/in/*")
    grant(admin.ram, "role", "poster", document)
    session = assume(admin.sts, role_arn(account, "poster")).credentials
    keys = session.access_key_id, session.access_key_secret
    page = Page(server, bucket, Caller(server.port, oss2.Auth(*keys)))
    for fields in (
        signed_v4(*keys, SIZE, token=session.security_token),
        {
            **signed_v1(*keys, policy_of(SIZE)),
            "x-oss-security-token": session.security_token,
        },
    ):
        assert page.post({"key": "in/key", **fields}).status == 204
        assert page.post({"key": "out/key", **fields}).status == 403
        without = {name: value for name, value in fields.items() if "token" not in name}
        assert b"<Code>InvalidSecurityToken<" in page.post({"key": "in/key", **without}).content
    with pytest.raises(oss2.exceptions.NoSuchKey):
        bucket.get_object("out/key")


# --- answers ---


@pytest.mark.parametrize(("asked", "status"), [("200", 200), ("204", 204), ("404", 204), ("", 204)])
def test_the_status_of_a_success(page: Page, asked: str, status: int):
    answer = page.post({**page.fields(), "success_action_status": asked})
    assert (answer.status, answer.content) == (status, b"")
    assert answer.headers["content-length"] == "0"


def test_201_tells_the_object(page: Page):
    answer = page.post({**page.fields("a/ü"), "success_action_status": "201"})
    root = document(answer.content)
    assert (answer.status, root.tag) == (201, "PostResponse")
    name = page.bucket.bucket_name
    assert {each.tag: each.text for each in root} == {
        "Bucket": name,
        "Location": f"http://{name}.oss-cn-hangzhou.aliyuncs.com/a/%C3%BC",
        "Key": "a/ü",
        "ETag": answer.headers["ETag"],
    }


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ("https://site.example/done", "https://site.example/done?"),
        ("http://site.example/?a=b#end", "http://site.example/?a=b&"),
    ],
)
def test_a_success_leads_to_a_page(page: Page, told: str, where: str):
    fields = {**page.fields("a&b"), "success_action_redirect": told}
    answer = page.post({**fields, "success_action_status": "201"})
    assert answer.status == 303
    assert answer.headers["Location"].startswith(where)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["key"] == ["a&b"]
    assert query["bucket"] == [page.bucket.bucket_name]
    assert query["etag"] == [answer.headers["ETag"]]
    assert answer.headers["Location"].endswith("#end") == told.endswith("#end")


@pytest.mark.parametrize(
    "told",
    [
        "javascript:alert(1)",
        "//site.example",
        "https://site.example/\r\nSet-Cookie: a=b",
        "https://site.example/\n",
        "https://site.example/a b",
        "https://site.example/中",
    ],
)
def test_a_page_that_is_none_is_refused(page: Page, told: str):
    answer = page.post({**page.fields(), "success_action_redirect": told})
    assert (answer.status, b"<Code>InvalidArgument<" in answer.content) == (400, True)
    assert answer.headers["Set-Cookie"] is None
    assert not page.bucket.list_objects().object_list


def test_versions_are_told(page: Page, server: Server):
    switch_versions(server, page.bucket)
    ids = {page.post(page.fields()).headers["x-oss-version-id"] for _ in range(2)}
    assert len(ids) == 2
    assert {each.versionid for each in page.bucket.list_object_versions().versions} == ids


# --- the object ---


def test_fields_stand_for_headers(page: Page):
    told = {
        "Cache-Control": "no-cache",
        "Content-Disposition": 'attachment; filename="ü.txt"',
        "Content-Encoding": "gzip",
        "Content-Language": "de",
        "Expires": "Wed, 01 Jan 2098 00:00:00 GMT",
        "x-oss-meta-Color": "中",
        "x-oss-object-acl": "public-read",
        "x-oss-storage-class": "IA",
        "x-oss-server-side-encryption": "AES256",
        "x-oss-tagging": "a=1&b=2",
    }
    answer = page.post({**page.fields(), **told}, headers={"x-oss-meta-other": "header"})
    assert answer.status == 204
    assert answer.headers["x-oss-server-side-encryption"] == "AES256"
    shown = raw(page.port, "GET", path_of(page.bucket, "key"))
    assert shown.headers["cache-control"] == "no-cache"
    assert shown.headers["content-disposition"].encode("latin-1") == (
        'attachment; filename="ü.txt"'.encode()
    )
    assert shown.headers["x-oss-meta-color"].encode("latin-1") == "中".encode()
    assert shown.headers["x-oss-meta-other"] is None
    assert shown.headers["x-oss-storage-class"] == "IA"
    assert [shown.headers[name] for name in ("content-language", "content-encoding")] == [
        "de",
        "gzip",
    ]
    assert page.bucket.get_object_tagging("key").tag_set.tagging_rule == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("fields", "kind", "stored"),
    [
        ({}, "image/jpeg", "image/jpeg"),
        ({}, "", "application/octet-stream"),
        ({"Content-Type": "text/plain"}, "image/jpeg", "text/plain"),
        ({"Content-Type": "text/plain", "x-oss-content-type": "a/b"}, "image/jpeg", "a/b"),
    ],
)
def test_the_media_type(page: Page, fields: dict[str, str], kind: str, stored: str):
    checked = ["eq", "$content-type", stored] if kind else SIZE
    assert page.post({**page.fields("key", checked), **fields}, kind=kind).status == 204
    assert page.bucket.get_object("key").headers["content-type"] == stored


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        ("C:\\Program Files\\a b.txt", "up/a b.txt"),
        ("../../b", "up/b"),
        ("中.jpg", "up/中.jpg"),
        ("", "up/"),
    ],
)
def test_the_name_of_the_file_is_put_into_the_key(page: Page, filename: str, key: str):
    answer = page.post(page.fields("up/${filename}"), filename=filename)
    assert answer.status == 204
    assert [each.key for each in page.bucket.list_objects().object_list] == [key]


def test_headers_and_query_of_the_request_say_nothing_of_the_object(page: Page):
    answer = page.post(
        page.fields(),
        headers={
            "authorization": "OSS nobody:c2ln",
            "x-oss-object-acl": "public-read-write",
            "x-oss-meta-a": "b",
            "cache-control": "no-store",
        },
        query="?OSSAccessKeyId=nobody&Signature=x&key=other",
    )
    assert answer.status == 204
    assert page.bucket.get_object_acl("key").acl == "default"
    found = page.bucket.head_object("key").headers
    assert "x-oss-meta-a" not in found
    assert "cache-control" not in found


def test_a_form_may_forbid_to_overwrite(page: Page):
    fields = {**page.fields(), "x-oss-forbid-overwrite": "true"}
    assert page.post(fields).status == 204
    answer = page.post(fields, b"other")
    assert (answer.status, b"<Code>FileAlreadyExists<" in answer.content) == (409, True)
    assert page.bucket.get_object("key").read() == b"body"


def test_the_button_of_a_form_may_stand_behind_the_file(page: Page):
    assert page.post(page.fields(), behind={"submit": "Upload to OSS"}).status == 204


# --- who may ---


def test_anybody_posts_to_a_bucket_that_is_open(server: Server, page: Page, anonymous: Caller):
    body = body_of({"key": "key"})
    assert b"0003-00000001" in page.send(body, MULTIPART).content
    page.bucket.put_bucket_acl("public-read-write")
    assert page.send(body, MULTIPART).status == 204
    stranger = page.send(body_of({"key": "k", "x-oss-object-acl": "public-read"}), MULTIPART)
    assert stranger.status == 403
    assert [each.key for each in page.bucket.list_objects().object_list] == ["key"]


def test_a_form_needs_what_put_object_needs(server: Server, page: Page, as_user: Any):
    objects = f"acs:oss:*:*:{page.bucket.bucket_name}/*"
    writer = Page(server, page.bucket, as_user(allow("oss:PutObject", objects)))
    assert writer.post(writer.fields()).status == 204
    for name, value in (
        ("x-oss-object-acl", "public-read"),
        ("x-oss-tagging", "a=b"),
        ("x-oss-server-side-encryption", "KMS"),
    ):
        answer = writer.post({**writer.fields("other"), name: value})
        assert (answer.status, b"<Code>AccessDenied<" in answer.content) == (403, True)
    nobody = Page(server, page.bucket, as_user())
    assert nobody.post(nobody.fields("other")).status == 403
    careful = as_user(
        policy(
            statement("oss:*"),
            statement(
                "oss:PutObject",
                effect="Deny",
                condition={"StringEquals": {"oss:x-oss-object-acl": ["public-read"]}},
            ),
        )
    )
    denied = Page(server, page.bucket, careful)
    answer = denied.post({**denied.fields("other"), "x-oss-object-acl": "public-read"})
    assert answer.status == 403
    assert [each.key for each in page.bucket.list_objects().object_list] == ["key"]


def test_a_wrong_signature_is_refused(page: Page, stranger: Caller):
    for fields in (page.fields(), {"key": "key", **signed_v4(*page.keys, SIZE)}):
        name = next(each for each in fields if each.lower().endswith("signature"))
        for wrong in ("x", "c2ln", keys_of(stranger)[1]):
            error = page.refused("SignatureDoesNotMatch", "0002-00000040", {**fields, name: wrong})
            assert error.findtext("StringToSign") == fields["policy"]
        other = policy_of(["starts-with", "$key", ""])
        page.refused("SignatureDoesNotMatch", "0002-00000040", {**fields, "policy": other})
    unknown = {**page.fields(), "OSSAccessKeyId": "LTAInobody"}
    page.refused("InvalidAccessKeyId", "0002-00000002", unknown)


def test_a_policy_is_good_until_its_time(page: Page, server: Server):
    past = signed_v1(*page.keys, policy_of(SIZE, expiration="2020-01-01T12:00:00Z"))
    error = page.refused("AccessDenied", "0006-00000213", {"key": "key", **past})
    assert error.findtext("Message") == "Invalid according to Policy: Policy expired."
    signed = {"key": "key", **signed_v4(*page.keys, SIZE)}
    server.clock.offset += 7 * 24 * 3600 + 60
    try:
        answer = page.post(signed)
    finally:
        server.clock.offset -= 7 * 24 * 3600 + 60
    page.is_refusal(answer, "AccessDenied", "0006-00000213")


# --- what a policy says ---


@pytest.mark.parametrize(
    ("condition", "good", "bad"),
    [
        (["eq", "$key", "a"], {}, {"key": "b"}),
        ({"Key": "a"}, {}, {"key": "A"}),
        (["eq", "success_action_status", "200"], {"success_action_status": "200"}, {}),
        (["starts-with", "$key", "a"], {}, {"key": "${filename}"}),
        (["starts-with", "$x-oss-meta-a", ""], {"x-oss-meta-a": "b"}, {}),
        (["in", "$key", ["a", "b"]], {}, {"key": "c"}),
        (["not-in", "$key", ["photo.jpg"]], {}, {"key": "${filename}"}),
        (["not-in", "$key", ["c"]], {}, {"key": "c"}),
        (["not-in", "$Cache-Control", ["no-cache"]], {"cache-control": "x"}, {}),
        (["in", "$content-type", ["image/jpeg"]], {}, {"x-oss-content-type": "text/html"}),
        (["eq", "$x-oss-object-acl", "private"], {"x-oss-object-acl": "private"}, {}),
        (["eq", "$x-oss-security-token", ""], {"x-oss-security-token": ""}, {}),
        ({"bucket": "BUCKET"}, {}, {"bucket": "BUCKET", "key": "x"}),
    ],
)
def test_conditions(page: Page, condition: Any, good: dict[str, str], bad: dict[str, str]):
    text = json.dumps(condition).replace("BUCKET", page.bucket.bucket_name)
    assert page.post({**page.fields("a", json.loads(text)), **good}).status < 300
    page.bucket.delete_object("a")
    if "bucket" in bad:
        condition = {"bucket": "other"}
    answer = page.post({**page.fields("a", condition), **bad})
    missing = not bad and answer.status == 403
    ec = "0006-00000226" if missing else "0006-00000227"
    error = page.is_refusal(answer, "AccessDenied", ec)
    assert (error.findtext("Message") or "").startswith(
        "Invalid according to Policy: Policy Condition failed: ["
    )


def test_the_condition_that_failed_is_told_and_no_token(page: Page):
    wanted = ["eq", "$success_action_status", "200"]
    error = page.refused("AccessDenied", "0006-00000226", page.fields("key", wanted))
    assert error.findtext("Message") == (
        "Invalid according to Policy: Policy Condition failed:"
        ' ["eq", "$success_action_status", "200"]'
    )
    secret = ["eq", "$x-oss-security-token", "needle"]
    answer = page.post({**page.fields("key", secret)})
    assert b'"$x-oss-security-token", "***"]' in answer.content
    assert b"needle" not in answer.content


@pytest.mark.parametrize("size", [0, 9, 31, 100_000])
def test_the_length_of_the_file_is_bounded(page: Page, size: int):
    fields = page.fields("key", ["content-length-range", 10, 50], ["content-length-range", 0, 30])
    small = size < 10
    code, ec = ("EntityTooSmall", "4") if small else ("EntityTooLarge", "3")
    page.refused(code, f"0006-0000000{ec}", fields, b"x" * size)
    for right in (10, 30):
        assert page.post(fields, b"x" * right).status == 204


def test_v4_must_be_named_by_the_policy(page: Page):
    fields = signed_v4(*page.keys, SIZE)
    _, scope = fields["x-oss-credential"].split("/", 1)
    policy = policy_of(SIZE)
    bare = {**fields, "key": "key", "policy": policy}
    bare["x-oss-signature"] = sign_v4(page.keys[1], scope, policy)
    error = page.refused("AccessDenied", "0006-00000228", bare)
    assert "x-oss-signature-version" in (error.findtext("Message") or "")


@pytest.mark.parametrize(
    ("document", "ec"),
    [
        ("%%%", "0006-00000201"),
        (b"{", "0006-00000201"),
        (b"[]", "0006-00000201"),
        (b"[" * 10_000, "0006-00000201"),
        ({}, "0006-00000209"),
        ({"conditions": [SIZE]}, "0006-00000208"),
        ({"expiration": "2099-01-01T12:00:00Z"}, "0006-00000207"),
        ({"expiration": 123, "conditions": [SIZE]}, "0006-00000210"),
        ({"expiration": "", "conditions": [SIZE]}, "0006-00000211"),
        ({"expiration": "2023-02-19 13:19:00", "conditions": [SIZE]}, "0006-00000212"),
        ({"expiration": "2023-02-31T13:19:00Z", "conditions": [SIZE]}, "0006-00000212"),
        ({"test": "", "expiration": "", "conditions": []}, "0006-00000206"),
        (123, "0006-00000214"),
        ([], "0006-00000215"),
        ([["$key"]], "0006-00000216"),
        ([[]], "0006-00000216"),
        ([{"bucket": "b", "key": "k"}], "0006-00000217"),
        ([["starts-with", "$key", "user", "test"]], "0006-00000218"),
        ([["content-length-range", 1]], "0006-00000218"),
        ([["content-length-range", 20, 10]], "0006-00000219"),
        ([["content-length-range", 10, "test"]], "0006-00000221"),
        ([["content-length-range", -1, 10]], "0006-00000221"),
        ([["content-length-range", True, 10]], "0006-00000221"),
        ([123], "0006-00000222"),
        ([["not-in", "cache-control", "no-cache"]], "0006-00000224"),
        ([["eq", "$key", 1]], "0006-00000224"),
        ([["in", "$key", [1]]], "0006-00000224"),
    ],
)
def test_a_policy_of_another_form_is_refused(page: Page, document: Any, ec: str):
    if isinstance(document, str):
        encoded = document
    elif isinstance(document, bytes):
        encoded = base64.b64encode(document).decode()
    elif isinstance(document, dict):
        encoded = base64.b64encode(json.dumps(document).encode()).decode()
    else:
        told = {"expiration": "2099-01-01T12:00:00Z", "conditions": document}
        encoded = base64.b64encode(json.dumps(told).encode()).decode()
    fields = {"key": "key", **signed_v1(*page.keys, encoded)}
    page.refused("InvalidPolicyDocument", ec, fields)


@pytest.mark.parametrize(
    ("missing", "ec"),
    [
        ("policy", "0002-00000702"),
        ("Signature", "0002-00000703"),
        ("OSSAccessKeyId", "0002-00000706"),
        ("key", "0006-00000106"),
    ],
)
def test_a_field_of_the_signature_is_missing(page: Page, missing: str, ec: str):
    fields = page.fields()
    del fields[missing]
    error = page.refused("InvalidArgument", ec, fields)
    assert (error.findtext("ArgumentName") or "").lower() == missing.lower()
    blank = {"policy": "0006-00000205", "Signature": "0002-00000704"}
    blanks = {**blank, "OSSAccessKeyId": "0002-00000707", "key": "0006-00000106"}
    page.refused("InvalidArgument", blanks[missing], {**fields, missing: ""})


@pytest.mark.parametrize(
    ("name", "value", "ec"),
    [
        ("x-oss-credential", "k/20260101/cn-hangzhou/oss/other", "0002-00000710"),
        ("x-oss-signature-version", "OSS2", "0002-00000708"),
        ("x-oss-signature-version", None, "0002-00000708"),
        ("x-oss-credential", None, "0002-00000709"),
        ("x-oss-signature", None, "0002-00000703"),
        ("x-oss-date", None, "0002-00000711"),
        ("x-oss-date", "20200101T000000Z", "0012-00000202"),
        ("Signature", "c2ln", "0012-00000202"),
    ],
)
def test_a_field_of_signature_v4_is_wrong(page: Page, name: str, value: str | None, ec: str):
    fields = {"key": "key", **signed_v4(*page.keys, SIZE), name: value or ""}
    if value is None:
        del fields[name]
    page.refused("InvalidArgument", ec, fields)


# --- what is no form ---


@pytest.mark.parametrize(
    "name", ["Cache-Control", "Content-Disposition", "x-oss-meta-a", "x-oss-content-type"]
)
@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b=c", "a\nb", "a\0b", "a\x7f"])
def test_no_field_begins_a_header(page: Page, name: str, value: str):
    page.refused("InvalidArgument", "0012-00000202", {**page.fields(), name: value})


@pytest.mark.parametrize("name", ["x-oss-meta-a b", "x-oss-meta-a:b", "x-oss-meta-ü"])
def test_no_name_of_a_field_begins_a_header(page: Page, name: str):
    page.refused("InvalidArgument", "0012-00000202", {**page.fields(), name: "v"})


def test_a_field_that_comes_twice_is_refused(page: Page):
    fields = [*page.fields().items(), ("KEY", "other")]
    page.refused("InvalidArgument", "0012-00000202", fields)


def test_the_number_of_files(page: Page):
    page.refused("IncorrectNumberOfFilesInPOSTRequest", "0006-00000107", page.fields(), None)
    two = {"file": "again"}
    page.refused("IncorrectNumberOfFilesInPOSTRequest", "0006-00000107", page.fields(), behind=two)
    late = {"x-oss-object-acl": "private"}
    page.refused("MalformedPOSTRequest", "0006-00000104", page.fields(), behind=late)
    buttons = {"submit": "", "Submit": ""}
    page.refused("MalformedPOSTRequest", "0006-00000104", page.fields(), behind=buttons)
    long = {"submit": "x" * 70_000}
    page.refused("MalformedPOSTRequest", "0006-00000104", page.fields(), behind=long)


@pytest.mark.parametrize("cut", [1, 4, 10, 60, 70, 100, 1000])
def test_a_body_that_ends_early_leaves_nothing(page: Page, cut: int):
    body = body_of(page.fields(), b"body" * 100)[: -cut - 2]
    answer = page.send(body, MULTIPART)
    page.is_refusal(answer, "MalformedPOSTRequest", "0006-00000104")


@pytest.mark.parametrize(
    ("header", "code", "ec"),
    [
        ("multipart/form-data", "MalformedPOSTRequest", "0006-00000104"),
        ("multipart/form-data; boundary=other", "MalformedPOSTRequest", "0006-00000104"),
        ("application/x-www-form-urlencoded", "MethodNotAllowed", "0016-00000507"),
        ("", "MethodNotAllowed", "0016-00000507"),
    ],
)
def test_a_body_that_is_no_form(page: Page, header: str, code: str, ec: str):
    answer = page.send(body_of(page.fields()), {"content-type": header})
    error = page.is_refusal(answer, code, ec)
    if code == "MethodNotAllowed":
        assert (answer.status, error.findtext("Method")) == (405, "POST")


def test_fields_are_bounded(page: Page):
    fields = page.fields()
    value = "x" * (1024 * 1024)
    page.refused("FieldItemTooLong", "0006-00000110", {**fields, "n" * 8193: ""})
    page.refused("FieldItemTooLong", "0006-00000110", {**fields, "n" * 20_000: ""})
    page.refused("FieldItemTooLong", "0006-00000110", {**fields, "a": value + value + "x"})
    page.refused("FieldItemTooLong", "0006-00000110", {**fields, "x-oss-meta-a": "x" * 8193})
    page.refused("FieldItemTooLong", "0006-00000110", {**fields, "policy": "x" * 65_537})
    before = ("MaxPOSTPreDataLengthExceeded", "0006-00000112")
    page.refused(*before, {**fields, "a": value, "b": value})
    page.refused(*before, {**fields, **{str(number): "" for number in range(256)}})
    many = {f"x-oss-meta-{number}": "x" * 3000 for number in range(3)}
    page.refused("InvalidArgument", "0012-00000202", {**fields, **many})
    assert page.post({**fields, "n" * 8192: "", "a": value}).status == 204


def test_what_is_not_served_is_refused_by_name(page: Page):
    for name in ("callback", "x-oss-callback", "x-oss-process"):
        answer = page.post({**page.fields(), name: "x"})
        assert (answer.status, b"<Code>OperationNotSupported<" in answer.content) == (400, True)
    assert page.post({**page.fields(), "style": "a page's own field"}).status == 204


@pytest.mark.parametrize("name", ["no-such-bucket", "No_Bucket"])
def test_a_bucket_that_is_none(page: Page, name: str):
    body = body_of({"key": "key"})
    answer = raw(page.port, "POST", f"/{name}", MULTIPART, body)
    code = b"NoSuchBucket" if name.islower() else b"InvalidBucketName"
    assert code in answer.content
    long = body_of({"key": "k" * 1024})
    page.bucket.put_bucket_acl("public-read-write")
    answer = raw(page.port, "POST", f"/{page.bucket.bucket_name}", MULTIPART, long)
    assert b"<Code>InvalidObjectName<" in answer.content


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("x-oss-server-side-encryption", "ROT13", "InvalidEncryptionAlgorithmError"),
        ("x-oss-tagging", "a=b=c", "InvalidTag"),
        ("x-oss-object-acl", "open", "InvalidArgument"),
        ("x-oss-storage-class", "Cheap", "InvalidArgument"),
        ("x-oss-forbid-overwrite", "maybe", "InvalidArgument"),
    ],
)
def test_values_are_judged_as_by_put_object(page: Page, name: str, value: str, code: str):
    answer = page.post({**page.fields(), name: value})
    assert f"<Code>{code}<".encode() in answer.content
    assert not page.bucket.list_objects().object_list


def test_sm4_is_refused_where_openssl_has_none(page: Page, without_sm4: None):
    answer = page.post({**page.fields(), "x-oss-server-side-encryption": "SM4"})
    assert b"<Code>OperationNotSupported<" in answer.content


def test_a_form_is_taken_by_no_other_operation(page: Page):
    """What the policy signs is an upload; the query of a request is not signed at all."""
    page.bucket.put_object("there", b"x")
    delete = b"<Delete><Object><Key>there</Key></Object></Delete>"
    body = body_of(page.fields(), delete)
    for query in ("?delete", "?acl", "?worm", "?logging", "?x-oss-process=a"):
        answer = page.send(body, MULTIPART, query)
        assert 400 <= answer.status < 500
    answer = raw(page.port, "POST", path_of(page.bucket, "key"), MULTIPART, body)
    assert answer.status == 405
    answer = page.send(body, {**MULTIPART, "x-oss-copy-source": "/a/b"})
    assert 400 <= answer.status < 500
    assert [each.key for each in page.bucket.list_objects().object_list] == ["there"]


def test_a_page_of_another_origin_reads_the_answer(page: Page):
    rule = oss2.models.CorsRule(
        allowed_origins=["https://site.example"], allowed_methods=["POST"], expose_headers=["ETag"]
    )
    page.bucket.put_bucket_cors(oss2.models.BucketCors([rule]))
    origin = {"origin": "https://site.example"}
    answer = page.post(page.fields(), headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://site.example"
    page.bucket.put_bucket_referer(
        oss2.models.BucketReferer(False, ["https://site.example/*"])  # noqa: FBT003  # of oss2
    )
    assert page.post(page.fields("other")).status == 403
    from_page = {"referer": "https://site.example/upload"}
    assert page.post(page.fields("other"), headers=from_page).status == 204


def test_a_form_overwrites_nothing_that_a_policy_keeps(page: Page, bucket: oss2.Bucket):
    assert page.post(page.fields()).status == 204
    bucket.init_bucket_worm(1)
    answer = page.post(page.fields(), b"other")
    assert (answer.status, b"<Code>FileImmutable<" in answer.content) == (409, True)
    assert bucket.get_object("key").read() == b"body"
    assert page.post(page.fields("new")).status == 204
