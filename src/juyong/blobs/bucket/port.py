"""The calls that blobs need of a bucket, and the errors that a client's own become.

A client is asked once, without tries of its own: `Line` tries again, for all clients alike.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from juyong.base.secret import Secret
from juyong.store.errors import Unavailable

CONNECT_SECONDS, READ_SECONDS = 3, 15
"""How long a client waits for a connection, and for the next bytes on one."""
CONNECTIONS = 32
"""How many connections a client keeps; as many threads may call at once."""

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""Errors of clients, and of reading their results, where an answer has not the usual form."""


class Refusal(Unavailable):
    """The store refused a call; the same call would be refused again."""


class BehindTheEnd(Refusal):
    """A range begins behind the end of its object."""


class Busy(Unavailable):
    """The store has no time for a call, or failed at it; the same call may succeed later."""


class NoAnswer(Unavailable):
    """The store could not be reached, or broke off its answer."""


_NOT_THERE = ("NoSuchKey", "NoSuchUpload", "404", "NotFound")
_LATER = ("SlowDown", "RequestTimeout", "Throttling", "ThrottlingException")
_RANGE_ERROR, _TOO_MANY, _FAILED = 416, 429, 500


def meaning(status: int, code: str, operation: str) -> Exception:
    """Return what an error answer of a store means.

    Source: error codes of S3 and of OSS, which have these in common (documented); the answer to
    HEAD has no body, and so no code but its status (observed in botocore).
    """
    text = f"the store of the blobs answered {status} {code} to {operation}"
    if code in _NOT_THERE:
        return FileNotFoundError(text)
    if status == _RANGE_ERROR:
        return BehindTheEnd(text)
    later = status >= _FAILED or status == _TOO_MANY or code in _LATER
    return Busy(text) if later else Refusal(text)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a bucket is, and the AccessKey that asks it.

    prefix: What the names of all objects there begin with; empty, or ends with `/`. endpoint: A
    URL; empty for that of the region. ca_file: Certificates (PEM) that vouch for it in the place of
    the system's; empty for those.
    """

    bucket: str
    prefix: str
    endpoint: str
    region: str
    access_key_id: str
    secret: Secret
    ca_file: str = ""


class Seen(msgspec.Struct, frozen=True):
    """An object, or an upload, of a list.

    changed: Seconds since 1970 by the store's clock. upload: The id of an upload; empty for an
    object.
    """

    name: str
    changed: float
    upload: str = ""


class Page(msgspec.Struct, frozen=True):
    """A part of a list, in the order of names. more: Whether another part follows."""

    seen: Sequence[Seen]
    more: bool


class Bucket(Protocol):
    """A bucket; names are without the prefix of its place.

    Each method raises Refusal, Busy or NoAnswer, and FileNotFoundError for an object or an upload
    that is not there.
    """

    def put(self, name: str, data: bytes) -> None:
        """Store an object whole."""
        ...

    def get(self, name: str, place: int, length: int) -> bytes:
        """Return bytes of an object, never more than `length`, fewer at its end."""
        ...

    def length(self, name: str) -> int:
        """Return the length of an object."""
        ...

    def delete(self, name: str) -> None:
        """Delete an object; harmless where there is none."""
        ...

    def objects(self, after: str) -> Page:
        """List objects whose names come after one; the store says how many at once."""
        ...

    def begin(self, name: str) -> str:
        """Begin an object that is sent in parts; return the id of the upload."""
        ...

    def part(self, name: str, upload: str, number: int, data: bytes) -> str:
        """Send a part, whose number is 1 or more; return the tag by which it is completed."""
        ...

    def complete(self, name: str, upload: str, tags: Sequence[str]) -> None:
        """Make an object of all parts; until then nothing of it can be seen."""
        ...

    def abort(self, name: str, upload: str) -> None:
        """Drop an upload; harmless where there is none."""
        ...

    def uploads(self, prefix: str, after: Seen | None) -> Page:
        """List uploads whose names begin with `prefix` and that come after one."""
        ...
