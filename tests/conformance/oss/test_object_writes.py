"""Writing objects through oss2: what is checked, what is kept, and what leaves nothing behind."""

import base64
import hashlib
import socket
from collections.abc import Callable

import oss2
import pytest
from tests.conformance.documents import allow
from tests.conformance.harness import Server
from tests.conformance.oss_calls import (
    Caller,
    crc_of,
    path_of,
    raw,
    refused,
    switch_versions,
)
from tests.waiting import wait_until

from juyong.services.oss.tables import ObjectRow
from juyong.store.transaction import Transaction

OPEN = {"x-oss-object-acl": "public-read-write"}


def signed_path(bucket: oss2.Bucket, key: str, port: int, **headers: str) -> str:
    """Return the path of an address with which the headers given put an object."""
    address: str = bucket.sign_url("PUT", key, 60, headers=headers, slash_safe=True)
    return address.removeprefix(f"http://127.0.0.1:{port}")


def talk(port: int, *parts: bytes, ends: bool = True) -> bytes:
    """Send parts of a request, and return what comes back, to the end of an error at most.

    ends: The client says that it sends no more, which ends a request that is not whole.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for part in parts:
            connection.sendall(part)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        found = b""
        while not found.endswith(b"</Error>") and (got := connection.recv(65536)):
            found += got
        return found


def test_the_md5_is_checked(bucket: oss2.Bucket):
    right = base64.b64encode(hashlib.md5(b"body", usedforsecurity=False).digest()).decode()
    assert bucket.put_object("key", b"body", headers={"Content-MD5": right}).status == 200
    for wrong in (base64.b64encode(bytes(16)).decode(), "no md5"):
        with refused("InvalidDigest", 400) as caught:
            bucket.put_object("other", b"body", headers={"Content-MD5": wrong})
        assert caught.value.details["Content-MD5"] == wrong
    assert not bucket.object_exists("other")


def test_an_object_can_be_kept_from_being_overwritten(server: Server, bucket: oss2.Bucket):
    once = {"x-oss-forbid-overwrite": "true"}
    bucket.put_object("key", b"one", headers=once)
    for write in (
        lambda: bucket.put_object("key", b"two", headers=once),
        lambda: bucket.put_symlink("target", "key", headers=once),
        lambda: bucket.copy_object(bucket.bucket_name, "key", "key", headers=once),
    ):
        with refused("FileAlreadyExists", 409):
            write()
    assert bucket.get_object("key").read() == b"one"
    bucket.put_object("key", b"two", headers={"x-oss-forbid-overwrite": "false"})
    switch_versions(server, bucket)
    bucket.put_object("key", b"three", headers=once)
    assert bucket.get_object("key").read() == b"three"


def test_headers_come_back_byte_for_byte(server: Server, bucket: oss2.Bucket):
    text = "größe 大 'quoted'; x=\"y\""
    given = {
        "Content-Type": "text/plain; charset=utf-8; title=ü",
        "Cache-Control": "max-age=5",
        "Content-Disposition": f"attachment; filename={text}",
        "Content-Encoding": "x-own",
        "Content-Language": "zh",
        "Expires": "Thu, 01 Jan 2026 00:00:00 GMT",
        "x-oss-meta-Name": text,
    }
    bucket.put_object("key", b"x", headers=OPEN)
    sent = {name: value.encode() for name, value in given.items()}
    assert raw(server.port, "PUT", path_of(bucket, "key"), sent, b"x").status == 200
    got = bucket.head_object("key").headers
    for name, value in given.items():
        assert got[name].encode("latin-1").decode() == value, name


def test_no_more_than_8_kilobytes_of_metadata(bucket: oss2.Bucket):
    fits = {f"x-oss-meta-{n}": "v" * 1000 for n in range(8)}
    bucket.put_object("key", b"x", headers=fits)
    for write in (
        lambda more: bucket.put_object("key", b"y", headers=more),
        lambda more: bucket.append_object("appended", 0, b"y", headers=more),
        lambda more: bucket.put_symlink("key", "link", headers=more),
        lambda more: bucket.copy_object(bucket.bucket_name, "key", "copy", headers=more),
    ):
        with refused("InvalidArgument", 400):
            write({**fits, "x-oss-meta-more": "v" * 300})


@pytest.mark.parametrize(
    "headers",
    [
        {"x-oss-storage-class": "Cheap"},
        {"x-oss-object-acl": "everyone"},
        {"x-oss-forbid-overwrite": "perhaps"},
    ],
)
def test_values_that_are_none(bucket: oss2.Bucket, headers: dict[str, str]):
    with refused("InvalidArgument", 400):
        bucket.put_object("key", b"x", headers=headers)
    assert not bucket.object_exists("key")


def test_the_storage_class_is_the_buckets_or_its_own(bucket: oss2.Bucket):
    bucket.put_object("key", b"x", headers={"x-oss-storage-class": "IA"})
    bucket.put_object("other", b"x")
    classes = [bucket.head_object(key).headers["x-oss-storage-class"] for key in ("key", "other")]
    assert classes == ["IA", "Standard"]


KEYS = [
    "../../etc/passwd",
    "a/../b",
    "a//b",
    ".",
    "a/",
    "ü/大",
    "sp ace+plus%25",
    "k" * 1023,
    "a\\b",
]


@pytest.mark.parametrize("key", KEYS)
def test_any_text_is_a_key(server: Server, bucket: oss2.Bucket, key: str):
    path = signed_path(bucket, key, server.port)
    assert raw(server.port, "PUT", path, body=key.encode()).status == 200
    assert [each.key for each in bucket.list_objects().object_list] == [key]
    address = bucket.sign_url("GET", key, 60, slash_safe=True)
    answer = raw(server.port, "GET", address.removeprefix(f"http://127.0.0.1:{server.port}"))
    assert (answer.status, answer.content) == (200, key.encode())


@pytest.mark.parametrize("key", ["/begins", "\\begins", "k" * 1024, "nul\0", "ü" * 512])
def test_texts_that_are_no_keys(server: Server, bucket: oss2.Bucket, key: str):
    answer = raw(server.port, "PUT", signed_path(bucket, key, server.port), body=b"x")
    assert (answer.status, b"Invalid" in answer.content) == (400, True)
    assert bucket.list_objects().object_list == []


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("PUT", {}),
        ("PUT", {"symlink": ""}),
        ("POST", {"append": "", "position": "0"}),
        ("DELETE", {}),
    ],
)
def test_where_nothing_can_be_written(
    bucket: oss2.Bucket, bucket_name: str, method: str, params: dict[str, str]
):
    headers = {"x-oss-symlink-target": "target"} if "symlink" in params else {}
    for name, key, code, status in (
        (bucket_name, "k" * 1024, "InvalidObjectName", 400),
        (f"{bucket_name}-2", "key", "NoSuchBucket", 404),
        ("Bucket", "key", "InvalidBucketName", 400),
    ):
        with refused(code, status):
            bucket._do(method, name, key, params=params, headers=headers)


def test_a_body_has_a_length_or_chunks(server: Server, bucket: oss2.Bucket):
    bucket.put_object("open", b"x", headers=OPEN)
    for method, key, more in (("PUT", "open", ""), ("POST", "other", "?append&position=0")):
        if more:
            bucket.append_object("other", 0, b"", headers=OPEN)
        head = f"{method} {path_of(bucket, key)}{more} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        answer = talk(server.port, f"{head}Connection: close\r\n\r\n".encode(), ends=False)
        assert answer.startswith(b"HTTP/1.1 411 "), answer
        assert b"MissingContentLength" in answer
    assert bucket.get_object("open").read() == b"x"


def test_chunks(bucket: oss2.Bucket):
    parts = [b"one", b"", b"t" * 200_000, b"three"]
    bucket.put_object("key", (part for part in parts if part))
    assert bucket.get_object("key").read() == b"".join(parts)
    bucket.put_object("empty", iter(()))
    assert bucket.get_object("empty").read() == b""


def test_a_client_that_waits_is_told_to_go_on_or_refused_at_once(
    server: Server, bucket: oss2.Bucket
):
    bucket.put_object("open", b"x", headers=OPEN)
    ask = (
        b"Host: 127.0.0.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    for key, first in (("open", b"HTTP/1.1 100 "), ("closed", b"HTTP/1.1 403 ")):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(f"PUT {path_of(bucket, key)} HTTP/1.1\r\n".encode() + ask)
            assert connection.recv(4096).startswith(first)
            if key == "open":
                connection.sendall(b"body")
                assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert bucket.get_object("open").read() == b"body"


def test_a_body_that_ends_early_leaves_nothing(server: Server, bucket: oss2.Bucket):
    bucket.put_object("open", b"before", headers=OPEN)
    disk = server.running.pipeline.platform.disk
    files = {*disk.published()}
    head = f"PUT {path_of(bucket, 'open')} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n200000\r\n".encode()
    talk(server.port, f"{head}Content-Length: 3000000\r\n\r\n".encode(), bytes(2_500_000))
    talk(server.port, chunked, bytes(0x200000), b"\r\n")
    assert bucket.get_object("open").read() == b"before"
    wait_until(lambda: not [*disk.unpublished()], 5)
    assert {*disk.published()} == files


def test_5_gigabytes_are_refused_by_their_announcement(server: Server, bucket: oss2.Bucket):
    bucket.put_object("open", b"before", headers=OPEN)
    head = f"PUT {path_of(bucket, 'open')} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    length = f"Content-Length: {5 * 1024**3 + 1}\r\n\r\n"
    answer = talk(server.port, f"{head}{length}".encode(), b"x", ends=False)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert b"EntityTooLarge" in answer


def test_what_a_user_needs_to_write(bucket: oss2.Bucket, as_user: Callable[..., Caller]):
    name = bucket.bucket_name
    plain = as_user(allow("oss:PutObject", f"acs:oss:*:*:{name}/*")).bucket(name)
    writes: dict[str, Callable[[oss2.Bucket, dict[str, str]], object]] = {
        "put": lambda by, more: by.put_object("put", b"x", headers=more),
        "append": lambda by, more: by.append_object("appended", 0, b"", headers=more),
        "link": lambda by, more: by.put_symlink("put", "link", headers=more),
    }
    for write in writes.values():
        write(plain, {})
    for header in ({"x-oss-object-acl": "private"}, {"x-oss-tagging": "a=b"}):
        action = "Acl" if "x-oss-object-acl" in header else "Tagging"
        more = as_user(
            allow(["oss:PutObject", f"oss:PutObject{action}"], f"acs:oss:*:*:{name}/*")
        ).bucket(name)
        for kind, write in writes.items():
            if kind == "link" and action == "Tagging":
                continue
            with refused("AccessDenied", 403):
                write(plain, header)
            write(more, header)
    with refused("AccessDenied", 403):
        as_user().bucket(name).put_object("key", b"x")


def test_a_denied_body_is_not_taken(server: Server, bucket: oss2.Bucket, anonymous: Caller):
    files = {*server.running.pipeline.platform.disk.published()}
    with refused("AccessDenied", 403):
        anonymous.bucket(bucket.bucket_name).put_object("key", bytes(100_000))
    assert {*server.running.pipeline.platform.disk.published()} == files


def test_an_answer_tells_what_was_stored(server: Server, bucket: oss2.Bucket):
    put = bucket.put_object("key", b"hello")
    assert (str(put.crc), put.headers["x-oss-hash-crc64ecma"]) == (crc_of(b"hello"),) * 2
    assert put.etag == hashlib.md5(b"hello", usedforsecurity=False).hexdigest().upper()
    assert put.versionid is None
    switch_versions(server, bucket)
    assert bucket.put_object("key", b"hello").versionid
    switch_versions(server, bucket, "Suspended")
    assert bucket.put_object("key", b"hello").versionid == "null"


# --- appending ---


def test_an_object_grows(server: Server, bucket: oss2.Bucket):
    parts = [b"one", b"", bytes(20_000), b"three", bytes(1_500_000), b"five", b"six"]
    at, crc = 0, 0
    for part in parts:
        added = bucket.append_object(
            "log", at, part, headers={"x-oss-meta-a": str(at)}, init_crc=crc
        )
        at, crc = added.next_position, added.crc
    whole = b"".join(parts)
    got = bucket.get_object("log")
    assert (got.read(), at) == (whole, len(whole))
    told = bucket.head_object("log").headers
    assert told["x-oss-object-type"] == "Appendable"
    assert told["x-oss-next-append-position"] == str(len(whole))
    assert told["x-oss-hash-crc64ecma"] == crc_of(whole)
    assert told["x-oss-meta-a"] == "0"
    assert "Content-MD5" not in told


def test_a_copy_of_a_growing_object_stays(bucket: oss2.Bucket):
    bucket.append_object("log", 0, b"one")
    bucket.copy_object(bucket.bucket_name, "log", "copy")
    bucket.append_object("log", 3, b"two")
    bucket.delete_object("log")
    assert bucket.get_object("copy").read() == b"one"


def test_bytes_go_to_the_end(bucket: oss2.Bucket):
    bucket.append_object("log", 0, b"one")
    for at in (0, 2, 4):
        with pytest.raises(oss2.exceptions.PositionNotEqualToLength) as caught:
            bucket.append_object("log", at, b"x")
        assert caught.value.next_position == 3
    with pytest.raises(oss2.exceptions.PositionNotEqualToLength) as caught:
        bucket.append_object("new", 1, b"x")
    assert caught.value.next_position == 0
    with refused("InvalidArgument", 400):
        bucket.append_object("log", -1, b"x")
    bucket.put_object("put", b"x")
    with refused("ObjectNotAppendable", 409):
        bucket.append_object("put", 1, b"x")
    with refused("InvalidDigest", 400):
        bucket.append_object("log", 3, b"x", headers={"Content-MD5": "other"})
    with refused("InvalidTag", 400):
        bucket.append_object("tagged", 0, b"x", headers={"x-oss-tagging": "a=b=c"})
    assert bucket.get_object("log").read() == b"one"


def test_a_growing_object_ends_at_5_gigabytes(server: Server, bucket: oss2.Bucket):
    bucket.append_object("log", 0, b"one")
    most = 5 * 1024**3

    def lengthen(tx: Transaction) -> None:
        (row,) = tx.find(ObjectRow, bucket_name=bucket.bucket_name)
        tx.update(row, size=most)

    server.running.store.call(lengthen)
    with refused("EntityTooLarge", 400):
        bucket.append_object("log", most, b"x")


def test_appending_makes_no_version(server: Server, bucket: oss2.Bucket):
    switch_versions(server, bucket)
    first = bucket.append_object("log", 0, b"one")
    second = bucket.append_object("log", 3, b"two")
    assert first.versionid == second.versionid
    bucket.delete_object("log")
    third = bucket.append_object("log", 0, b"x")
    assert third.versionid != first.versionid
    assert bucket.get_object("log", params={"versionId": first.versionid}).read() == b"onetwo"
