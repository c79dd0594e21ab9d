"""A form that uploads an object: its fields, and the file that follows.

What is signed is the policy. A field that no condition of the policy names is the uploader's to
choose, within what the signer may do: that is the product's rule, and its examples count on it.

Source: OSS API reference, PostObject (documented). Assumed: which media type wins; that the folder
of a file's name is dropped; which field may stand behind the file.
"""

import re
from collections.abc import Mapping
from typing import NoReturn

from juyong.api.errors import NotSupported
from juyong.api.request import Raw
from juyong.engines.multipart import (
    End,
    Event,
    HeadTooLong,
    MalformedForm,
    Multipart,
    Part,
    boundary_in,
)
from juyong.services.oss.errors import BadArgument
from juyong.services.oss.refusals import UNSERVED
from juyong.services.oss.wire.form_errors import (
    BadField,
    FieldsTooLong,
    FieldTooLong,
    FileTooLarge,
    FileTooSmall,
    MalformedPost,
    NoForm,
    WrongFiles,
)
from juyong.services.oss.wire.post_policy import PostPolicy, Values

_MOST_NAME = 8 * 1024
_MOST_HEAD = _MOST_NAME + 1024
_MOST_VALUE = 2 * 1024 * 1024
_MOST_HEADER = 8 * 1024
_MOST_FIELDS = 256
_MOST_BEHIND = 64 * 1024
_MOST_FILE = 5 * 1024**3
VERSION = "x-oss-signature-version"
FIELDS_OF_V4 = frozenset({VERSION, "x-oss-credential", "x-oss-signature"})
FIELDS_OF_V1 = frozenset({"ossaccesskeyid", "signature"})
_CLAIMS = FIELDS_OF_V4 | FIELDS_OF_V1 | {"policy", "x-oss-date", "x-oss-security-token"}
_HEADERS = frozenset(
    {
        *("cache-control", "content-disposition", "content-encoding", "content-language"),
        *("expires", "success_action_redirect", "success_action_status"),
    }
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_FOLDER = re.compile(r".*[/\\]", re.DOTALL)


def form_in(raw: Raw) -> "PostForm":
    """Begin to read the form of a request.

    Raises:
        NoForm: its body is none.
        MalformedPost: it names no boundary.
    """
    try:
        boundary = boundary_in(raw.headers.get("content-type", ""))
    except MalformedForm:
        raise MalformedPost from None
    if boundary is None:
        raise NoForm(Method=raw.method, ResourceType="Bucket")
    return PostForm(boundary)


class PostForm:
    """One form, taken apart while it arrives.

    fields: The fields before the file, names in small letters. policy: Once it was read, bounds
    the file. Cost: at most 2 MB for the fields, and of the file what arrived at once.
    """

    def __init__(self, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self.headers: Mapping[str, str] = {}
        self.policy: PostPolicy | None = None
        self.ended = False
        self._parts = Multipart(boundary, most_head=_MOST_HEAD)
        self._name: str | None = None
        self._value = bytearray()
        self._length = 0
        self._file: Part | None = None
        self._size = 0
        self._behind: int | None = None

    # --- while it arrives ---

    def add(self, data: bytes) -> None:
        """Take bytes of the body."""
        self._parts.add(data)

    def end(self) -> NoReturn:
        """Refuse a body that ended before the form did."""
        raise MalformedPost

    def begins(self) -> bool:
        """Read the fields; tell whether the file begins.

        Raises:
            BadArgument, FieldTooLong, FieldsTooLong, MalformedPost, WrongFiles: it is refused.
        """
        while self._file is None:
            event = self._next()
            if event is None:
                return False
            if isinstance(event, bytes):
                self._grow(event)
                continue
            self._keep()
            if isinstance(event, End):
                raise WrongFiles
            if event.name.lower() == "file":
                self._file = event
            else:
                self._open(event.name.lower())
        return True

    def take(self) -> bytes:
        """Return what arrived of the file since the last time.

        Raises:
            MalformedPost, WrongFiles: the form is refused.
            FileTooLarge, FileTooSmall: the file is.
        """
        found = []
        while (event := self._next()) is not None:
            if isinstance(event, bytes):
                if self._behind is None:
                    found.append(event)
                self._count(len(event))
            else:
                self._close(event)
        return b"".join(found)

    def _next(self) -> Event | None:
        try:
            return self._parts.next()
        except HeadTooLong:
            raise FieldTooLong from None
        except MalformedForm:
            raise MalformedPost from None

    def _open(self, name: str) -> None:
        if len(name.encode()) > _MOST_NAME:
            raise FieldTooLong
        # SECURITY: of two values, one could be judged and the other be meant.
        if name in self.fields:
            raise BadArgument(ArgumentName=name)
        if len(self.fields) >= _MOST_FIELDS:
            raise FieldsTooLong
        self._name = name
        self._length += len(name)

    def _grow(self, data: bytes) -> None:
        self._value += data
        self._length += len(data)
        if len(self._value) > _MOST_VALUE:
            raise FieldTooLong
        if self._length > _MOST_VALUE:
            raise FieldsTooLong

    def _keep(self) -> None:
        if self._name is None:
            return
        try:
            self.fields[self._name] = self._value.decode()
        except UnicodeDecodeError:
            raise MalformedPost from None
        self._name = None
        self._value.clear()

    def _count(self, size: int) -> None:
        if self._behind is not None:
            self._behind += size
            if self._behind > _MOST_BEHIND:
                raise MalformedPost
            return
        self._size += size
        if self._size > min(_MOST_FILE, self.policy.most if self.policy else _MOST_FILE):
            raise FileTooLarge

    def _close(self, event: Part | End) -> None:
        """Note that the file is over; the button of a form may follow, and no other field."""
        first = self._behind is None
        if first and self._size < (self.policy.least if self.policy else 0):
            raise FileTooSmall(ProposedSize=str(self._size))
        self._behind = self._behind or 0
        if isinstance(event, End):
            self.ended = True
        elif event.name.lower() == "file":
            raise WrongFiles
        elif event.name.lower() != "submit" or not first:
            raise MalformedPost

    # --- what the fields say ---

    @property
    def key(self) -> str:
        """The key of the object, `${filename}` replaced by the name of the file.

        Raises:
            BadField: there is no field `key`.
        """
        if not self.fields.get("key"):
            raise BadField("key", "0006-00000106", _NO_KEY)
        filename = self._file.filename if self._file else ""
        return self.fields["key"].replace("${filename}", _FOLDER.sub("", filename))

    @property
    def content_type(self) -> str:
        """The media type: that of the fields, else that which the browser gave the file."""
        told = (self.fields.get(name, "") for name in ("x-oss-content-type", "content-type"))
        return next(filter(None, told), self._file.content_type if self._file else "")

    def stand_for_headers(self) -> dict[str, str]:
        """Return the fields that PutObject has as headers, and those that choose the answer.

        Raises:
            BadArgument: a name or a value is none that headers have: it could begin a header.
            FieldTooLong: a value is longer than headers are.
            NotSupported: a field asks for what is not served.
        """
        found = {"content-type": self.content_type}
        for name, value in self.fields.items():
            own = name.startswith("x-oss-") and name not in _CLAIMS
            reason = UNSERVED.get(name) if own or name == "callback" else None
            if reason is not None:
                raise NotSupported(name=name, reason=reason)
            if own or name in _HEADERS:
                found[name] = value
        return {name: _as_header(name, value) for name, value in found.items()}

    def values(self, bucket: str) -> Values:
        """Return what the conditions of a policy are compared with."""
        own = {name: (value,) for name, value in self.fields.items()}
        kind = {"content-type": (self.content_type,)} if self.content_type else {}
        return {**own, **kind, "key": (self.fields["key"], self.key), "bucket": (bucket,)}


_NO_KEY = (
    "The bucket POST must contain the specified 'key'. If it is specified, please check the order"
    " of the fields."
)


def _as_header(name: str, value: str) -> str:
    """Return a value as the header of a request would have it: bytes of UTF-8, one a letter."""
    text = value.strip(" \t")
    if not _HEADER_NAME.fullmatch(name) or any(ord(each) < 32 or each == "\x7f" for each in text):  # noqa: PLR2004  # the first letter
        raise BadArgument(ArgumentName=name)
    if len(text.encode()) > _MOST_HEADER:
        raise FieldTooLong
    return text.encode().decode("latin-1")
