"""Calls of OSS by oss2: callers, refusals, and requests that no client would send."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import fastcrc
import oss2
import pytest
from oss2.exceptions import OssError
from tests.conformance.harness import Server

from juyong.services.oss.tables import BucketRow
from juyong.store.transaction import Transaction


class _Session(oss2.Session):
    """Keeps its answers: oss2 leaves long errors and answers to HEAD unread, and sockets open."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: list[Any] = []

    def do_request(self, req: Any, timeout: Any) -> Any:
        answer = super().do_request(req, timeout)
        self._answers.append(answer)
        return answer

    def let_go(self) -> None:
        """Close the sockets of answers that were not read to their end."""
        for answer in self._answers:
            answer.response.close()
        self._answers.clear()


SESSION = _Session()
"""Keeps the connections of all callers, so that none is left open when a caller is forgotten."""


class Caller:
    """One AccessKey, or no credentials at all, at one platform."""

    def __init__(self, port: int, auth: Any) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.auth = auth
        self.service = oss2.Service(auth, self.endpoint, session=SESSION)

    def bucket(self, name: str) -> oss2.Bucket:
        """Return a bucket as this caller calls it, whether it exists or not."""
        return oss2.Bucket(self.auth, self.endpoint, name, session=SESSION, enable_crc=True)


def keys_of(caller: Caller) -> tuple[str, str]:
    """Return the AccessKey of a caller, and its secret."""
    held = caller.auth.credentials_provider.get_credentials()
    return held.get_access_key_id(), held.get_access_key_secret()


@contextmanager
def refused(code: str, status: int) -> Iterator[Any]:
    """Expect a call of oss2 to be refused with a code and an HTTP status."""
    with pytest.raises(OssError) as caught:
        yield caught
    error = caught.value
    assert (error.code, error.status) == (code, status), f"{error.code}: {error.message}"


def call(
    bucket: oss2.Bucket,
    method: str,
    key: str = "",
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    data: Any = None,
) -> Any:
    """Make a signed call that oss2 has no method for; returns oss2's response, raises its errors.

    The response has `status`, `headers` (a mapping that ignores case) and `read()`.
    """
    return bucket._do(
        method,
        bucket.bucket_name,
        key,
        params=dict(params or {}),
        headers=dict(headers or {}),
        data=data,
    )


def raw(
    port: int,
    method: str,
    path: str,
    headers: Mapping[str, str | bytes] | None = None,
    body: bytes | None = None,
) -> http.client.HTTPResponse:
    """Send a request as it stands, unsigned but for its own headers; the answer's body is read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body=body, headers=dict(headers or {}))
    answer = connection.getresponse()
    answer.content = answer.read()  # type: ignore[attr-defined]
    connection.close()
    return answer


def path_of(bucket: oss2.Bucket, key: str = "") -> str:
    """Return the path of a bucket or object on the platform's own origin."""
    return f"/{bucket.bucket_name}/{quote(key)}"


def switch_versions(server: Server, bucket: oss2.Bucket, state: str = "Enabled") -> None:
    """Give a bucket versions, or suspend them, whoever may."""

    def switch(tx: Transaction) -> None:
        row = tx.get(BucketRow, bucket.bucket_name)
        assert row is not None
        tx.update(row, versioning=state)

    server.running.store.call(switch)


def crc_of(data: bytes) -> str:
    """Return the CRC of a body as answers write it."""
    return str(fastcrc.crc64.xz(data))
