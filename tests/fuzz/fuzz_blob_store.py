"""Answers of a store for blobs: whatever they are, a call gives a value or an error of the port."""

import atexit
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from juyong.base.secret import Secret
from juyong.blobs.bucket.oss import OssBucket
from juyong.blobs.bucket.port import Bucket, Place
from juyong.blobs.bucket.s3 import S3Bucket
from juyong.store.errors import Unavailable

_LIST = b"""<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>p/a</Key>
<LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>1</Size></Contents></ListBucketResult>"""
_UPLOADS = b"""<ListMultipartUploadsResult><Upload><Key>p/a</Key><UploadId>u</UploadId>
<Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>"""
_BEGUN = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
_ERROR = b"<Error><Code>NoSuchKey</Code><Message>m</Message></Error>"
_TYPE = b"content-type: application/xml\r\nconnection: close\r\n"


def _answer(status: bytes, body: bytes, more: bytes = b"") -> bytes:
    length = b"content-length: %d\r\n" % len(body)
    return b"HTTP/1.1 " + status + b"\r\n" + _TYPE + length + more + b"\r\n" + body


SEEDS: list[bytes] = [
    b"\x00" + _answer(b"200 OK", b"", b'etag: "e"\r\n'),
    b"\x01" + _answer(b"206 Partial Content", b"bytes"),
    b"\x01" + _answer(b"200 OK", b"far more bytes than were asked for"),
    b"\x01" + _answer(b"404 Not Found", _ERROR),
    b"\x01" + _answer(b"416 Range", _ERROR.replace(b"NoSuchKey", b"InvalidRange")),
    b"\x01" + _answer(b"206 Partial Content", b"bytes").replace(b"length: 5", b"length: 9"),
    b"\x02" + _answer(b"200 OK", b""),
    b"\x02" + _answer(b"404 Not Found", b""),
    b"\x03" + _answer(b"204 No Content", b""),
    b"\x04" + _answer(b"200 OK", _LIST),
    b"\x04" + _answer(b"200 OK", _LIST.replace(b"2026", b"20x6")),
    b"\x05" + _answer(b"200 OK", _BEGUN),
    b"\x05" + _answer(b"200 OK", b"<html>"),
    b"\x06" + _answer(b"200 OK", b"", b'etag: "e"\r\n'),
    b"\x07" + _answer(b"200 OK", b"<CompleteMultipartUploadResult/>"),
    b"\x07" + _answer(b"200 OK", _ERROR),
    b"\x08" + _answer(b"204 No Content", b""),
    b"\x09" + _answer(b"200 OK", _UPLOADS),
    b"\x09" + _answer(b"503 Later", b"{}"),
    b"\x09",
    b"",
]


class _Liar:
    """Gives the same bytes to everyone who connects, after their request."""

    def __init__(self) -> None:
        self.answer = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        atexit.register(self._listener.close)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                with sock, suppress(OSError):
                    sock.settimeout(2)
                    sock.recv(1 << 16)
                    sock.sendall(self.answer)
                    sock.shutdown(socket.SHUT_WR)
                    sock.settimeout(0.02)
                    while sock.recv(1 << 16):
                        pass


_LIAR = _Liar()
_PLACE = Place(
    bucket="bucket",
    prefix="p/",
    endpoint=f"http://127.0.0.1:{_LIAR.port}",
    region="us-east-1",
    access_key_id="id",
    secret=Secret("never-shown"),
)
_BUCKETS: tuple[Bucket, ...] = (S3Bucket(_PLACE), OssBucket(_PLACE))
_CALLS: tuple[Callable[[Bucket], object], ...] = (
    lambda bucket: bucket.put("a", b"x"),
    lambda bucket: bucket.get("a", 0, 9),
    lambda bucket: bucket.length("a"),
    lambda bucket: bucket.delete("a"),
    lambda bucket: bucket.objects(""),
    lambda bucket: bucket.begin("a"),
    lambda bucket: bucket.part("a", "u", 1, b"x"),
    lambda bucket: bucket.complete("a", "u", ["e"]),
    lambda bucket: bucket.abort("a", "u"),
    lambda bucket: bucket.uploads("", None),
)


def target(data: bytes) -> None:
    """Choose a call by the first byte, and answer with the rest."""
    number, _LIAR.answer = (data[0] % len(_CALLS), data[1:]) if data else (0, b"")
    for bucket in _BUCKETS:
        try:
            found: object = _CALLS[number](bucket)
        except (Unavailable, FileNotFoundError) as error:
            found = str(error)
        assert "never-shown" not in str(found)
        assert not isinstance(found, bytes) or len(found) <= 9
