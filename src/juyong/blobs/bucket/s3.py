"""A bucket of an S3-compatible store, through botocore.

Source: Amazon S3 API reference (documented): parts of an upload have 5 MiB or more, except the
last, and at most 10,000 of them; a list begins behind `StartAfter`.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

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

T = TypeVar("T")


class S3Bucket:
    """A bucket that is asked by the S3 protocol.

    Nothing but the place decides where requests go and who signs them: no profile, no file of
    `~/.aws`, no metadata service.
    """

    def __init__(self, place: Place) -> None:
        self._bucket = place.bucket
        self._prefix = place.prefix
        self._client = _client(place)

    def put(self, name: str, data: bytes) -> None:
        """Store an object whole."""
        self._ask(self._client.put_object, _done, Key=self._prefix + name, Body=data)

    def get(self, name: str, place: int, length: int) -> bytes:
        """Return bytes of an object."""
        try:
            return self._ask(
                self._client.get_object,
                lambda found: _body_of(found, length),
                Key=self._prefix + name,
                Range=f"bytes={place}-{place + length - 1}",
            )
        except BehindTheEnd:
            return b""

    def length(self, name: str) -> int:
        """Return the length of an object."""
        return self._ask(
            self._client.head_object,
            lambda found: int(found["ContentLength"]),
            Key=self._prefix + name,
        )

    def delete(self, name: str) -> None:
        """Delete an object."""
        self._ask(self._client.delete_object, _done, Key=self._prefix + name)

    def objects(self, after: str) -> Page:
        """List objects whose names come after one."""
        return self._ask(
            self._client.list_objects_v2,
            lambda found: self._page(found, "Contents", "LastModified"),
            Prefix=self._prefix,
            **({"StartAfter": self._prefix + after} if after else {}),
        )

    def begin(self, name: str) -> str:
        """Begin an object that is sent in parts."""
        return self._ask(
            self._client.create_multipart_upload,
            lambda found: str(found["UploadId"]),
            Key=self._prefix + name,
        )

    def part(self, name: str, upload: str, number: int, data: bytes) -> str:
        """Send a part."""
        return self._ask(
            self._client.upload_part,
            lambda found: str(found["ETag"]),
            Key=self._prefix + name,
            UploadId=upload,
            PartNumber=number,
            Body=data,
        )

    def complete(self, name: str, upload: str, tags: Sequence[str]) -> None:
        """Make an object of all parts."""
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, start=1)]
        self._ask(
            self._client.complete_multipart_upload,
            _done,
            Key=self._prefix + name,
            UploadId=upload,
            MultipartUpload={"Parts": parts},
        )

    def abort(self, name: str, upload: str) -> None:
        """Drop an upload."""
        asked = {"Key": self._prefix + name, "UploadId": upload}
        with suppress(FileNotFoundError):
            self._ask(self._client.abort_multipart_upload, _done, **asked)

    def uploads(self, prefix: str, after: Seen | None) -> Page:
        """List uploads whose names begin with `prefix`."""
        asked = {"Prefix": self._prefix + prefix}
        if after is not None:
            asked |= {"KeyMarker": self._prefix + after.name, "UploadIdMarker": after.upload}
        return self._ask(
            self._client.list_multipart_uploads,
            lambda found: self._page(found, "Uploads", "Initiated"),
            **asked,
        )

    def _page(self, found: Any, member: str, moment: str) -> Page:
        seen = [
            Seen(
                each["Key"].removeprefix(self._prefix),
                each[moment].timestamp(),
                each.get("UploadId", ""),
            )
            for each in found.get(member, ())
        ]
        return Page(seen, found.get("IsTruncated", False))

    def _ask(self, call: Callable[..., Any], read: Callable[[Any], T], **given: Any) -> T:
        """Make a call and read its answer; all errors become those of the port."""
        try:
            return read(call(Bucket=self._bucket, **given))
        except ClientError as refused:
            status = int(refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            code = str(refused.response.get("Error", {}).get("Code", ""))
            raise meaning(status, code, refused.operation_name) from refused
        except (BotoCoreError, ResponseParserError, *UNREADABLE) as failure:
            raise NoAnswer(f"the store of the blobs cannot be asked: {failure}") from failure


def _done(_found: Any) -> None:
    """Read nothing of an answer."""


def _body_of(found: Any, length: int) -> bytes:
    with found["Body"] as body:
        data: bytes = body.read(length)
    if len(data) < min(length, found["ContentLength"]):
        raise NoAnswer("the store of the blobs broke off an object")
    return data


def _client(place: Place) -> Any:
    session = botocore.session.Session()
    for variable in ("config_file", "credentials_file"):
        session.set_config_variable(variable, os.devnull)
    session.set_config_variable("profile", None)
    return session.create_client(
        "s3",
        region_name=place.region,
        endpoint_url=place.endpoint or None,
        aws_access_key_id=place.access_key_id,
        aws_secret_access_key=place.secret.reveal(),
        verify=place.ca_file or None,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=CONNECTIONS,
            retries={"total_max_attempts": 1},
            # Few of the compatible stores know the checksums that botocore adds by itself; the
            # signature covers the SHA-256 of a body, and each block is opened when it is read.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if place.endpoint else "virtual"},
        ),
    )
