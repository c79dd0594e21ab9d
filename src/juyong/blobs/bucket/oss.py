"""A bucket of OSS, or of another juyong, through Alibaba Cloud's second SDK.

Source: OSS API reference (documented): parts of an upload have 100 KB or more, except the last, and
at most 10,000 of them; a range that cannot be met is refused only with the range behaviour
`standard`, and answered with the whole object otherwise.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import alibabacloud_oss_v2 as oss
import requests
from alibabacloud_oss_v2.exceptions import BaseError, OperationError, ServiceError
from alibabacloud_oss_v2.transport.requests_client import RequestsHttpClient

from juyong.blobs.bucket.port import (
    CONNECT_SECONDS,
    CONNECTIONS,
    READ_SECONDS,
    UNREADABLE,
    BehindTheEnd,
    NoAnswer,
    Page,
    Place,
    Seen,
    meaning,
)

R = TypeVar("R")
T = TypeVar("T")
_PIECE = 128 * 1024


class OssBucket:
    """A bucket that is asked by the protocol of OSS.

    Nothing but the place decides where requests go and who signs them: no
    environment, no `~/.netrc`.
    """

    def __init__(self, place: Place) -> None:
        self._bucket = place.bucket
        self._prefix = place.prefix
        self._client = _client(place)

    def put(self, name: str, data: bytes) -> None:
        """Store an object whole."""
        request = oss.PutObjectRequest(self._bucket, self._prefix + name, body=data)
        self._ask(self._client.put_object, request, _done)

    def get(self, name: str, place: int, length: int) -> bytes:
        """Return bytes of an object."""
        request = oss.GetObjectRequest(
            self._bucket,
            self._prefix + name,
            range_header=f"bytes={place}-{place + length - 1}",
            range_behavior="standard",
        )
        try:
            return self._ask(
                self._client.get_object, request, lambda found: _body_of(found, length)
            )
        except BehindTheEnd:
            return b""

    def length(self, name: str) -> int:
        """Return the length of an object."""
        request = oss.HeadObjectRequest(self._bucket, self._prefix + name)
        return self._ask(self._client.head_object, request, lambda found: int(found.content_length))

    def delete(self, name: str) -> None:
        """Delete an object."""
        request = oss.DeleteObjectRequest(self._bucket, self._prefix + name)
        self._ask(self._client.delete_object, request, _done)

    def objects(self, after: str) -> Page:
        """List objects whose names come after one."""
        start = self._prefix + after if after else None
        request = oss.ListObjectsV2Request(self._bucket, start_after=start, prefix=self._prefix)
        return self._ask(self._client.list_objects_v2, request, self._page_of_objects)

    def begin(self, name: str) -> str:
        """Begin an object that is sent in parts."""
        request = oss.InitiateMultipartUploadRequest(self._bucket, self._prefix + name)
        return self._ask(
            self._client.initiate_multipart_upload, request, lambda found: _text(found.upload_id)
        )

    def part(self, name: str, upload: str, number: int, data: bytes) -> str:
        """Send a part."""
        request = oss.UploadPartRequest(
            self._bucket, self._prefix + name, part_number=number, upload_id=upload, body=data
        )
        return self._ask(self._client.upload_part, request, lambda found: _text(found.etag))

    def complete(self, name: str, upload: str, tags: Sequence[str]) -> None:
        """Make an object of all parts."""
        parts = [oss.UploadPart(part_number=n, etag=tag) for n, tag in enumerate(tags, start=1)]
        request = oss.CompleteMultipartUploadRequest(
            self._bucket,
            self._prefix + name,
            upload_id=upload,
            complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts),
        )
        self._ask(self._client.complete_multipart_upload, request, _done)

    def abort(self, name: str, upload: str) -> None:
        """Drop an upload."""
        request = oss.AbortMultipartUploadRequest(
            self._bucket, self._prefix + name, upload_id=upload
        )
        with suppress(FileNotFoundError):
            self._ask(self._client.abort_multipart_upload, request, _done)

    def uploads(self, prefix: str, after: Seen | None) -> Page:
        """List uploads whose names begin with `prefix`."""
        request = oss.ListMultipartUploadsRequest(
            self._bucket,
            key_marker=self._prefix + after.name if after else None,
            prefix=self._prefix + prefix,
            upload_id_marker=after.upload if after else None,
        )
        return self._ask(self._client.list_multipart_uploads, request, self._page_of_uploads)

    def _page_of_objects(self, found: Any) -> Page:
        seen = [
            Seen(each.key.removeprefix(self._prefix), each.last_modified.timestamp())
            for each in found.contents or ()
        ]
        return Page(seen, bool(found.is_truncated))

    def _page_of_uploads(self, found: Any) -> Page:
        seen = [
            Seen(
                each.key.removeprefix(self._prefix),
                each.initiated.timestamp(),
                _text(each.upload_id),
            )
            for each in found.uploads or ()
        ]
        return Page(seen, bool(found.is_truncated))

    def _ask(self, call: Callable[[R], Any], request: R, read: Callable[[Any], T]) -> T:
        """Make a call and read its answer; all errors become those of the port."""
        try:
            return read(call(request))
        except OperationError as failure:
            cause = failure.unwrap()
            if isinstance(cause, ServiceError):
                name = type(request).__name__.removesuffix("Request")
                raise meaning(int(cause.status_code), str(cause.code), name) from failure
            raise NoAnswer(f"the store of the blobs cannot be asked: {cause}") from failure
        except (BaseError, requests.RequestException, SyntaxError, *UNREADABLE) as failure:
            raise NoAnswer(f"the store of the blobs cannot be asked: {failure}") from failure


def _done(_found: Any) -> None:
    """Read nothing of an answer."""


def _text(found: Any) -> str:
    """Return a member that an answer must have.

    Raises:
        ValueError: it has not.
    """
    if not found:
        raise ValueError("a member is missing in an answer")
    return str(found)


def _body_of(found: Any, length: int) -> bytes:
    data = bytearray()
    with found.body as body:
        for piece in body.iter_bytes(block_size=_PIECE):
            data += piece
            if len(data) >= length:
                break
    if len(data) < min(length, found.content_length):
        raise NoAnswer("the store of the blobs broke off an object")
    return bytes(data[:length])


class _Session(requests.Session):
    """Asks by the certificates of a file, if one is named, and by no setting of the environment."""

    def __init__(self, ca_file: str) -> None:
        super().__init__()
        self.trust_env = False
        self._vouching: bool | str = ca_file or True
        adapter = requests.adapters.HTTPAdapter(CONNECTIONS, CONNECTIONS)
        for scheme in ("http://", "https://"):
            self.mount(scheme, adapter)

    def request(self, *given: Any, **named: Any) -> requests.Response:
        return super().request(*given, **{**named, "verify": self._vouching})


def _client(place: Place) -> oss.Client:
    config = oss.config.load_default()
    config.region = place.region
    config.endpoint = place.endpoint or None
    config.use_path_style = bool(place.endpoint)
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        place.access_key_id, place.secret.reveal()
    )
    config.retry_max_attempts = 1
    config.http_client = RequestsHttpClient(
        session=_Session(place.ca_file),
        connect_timeout=CONNECT_SECONDS,
        readwrite_timeout=READ_SECONDS,
    )
    return oss.Client(config)
