"""The messages that leave the platform, and the bounds that they keep."""

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from juyong.base.web_url import split_url

MOST_BODY_BYTES: Final = 256 * 1024
MOST_URL: Final = 2048
MOST_HEADERS: Final = 32
MOST_HEADER_VALUE: Final = 4096
MOST_ADDRESS: Final = 254
MOST_SUBJECT: Final = 512
METHODS: Final = ("POST", "PUT", "GET", "DELETE", "OPTIONS")
"""Source: SLS, webhook of an action policy (documented)."""
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "idempotency-key", "upgrade"}
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
_URL = re.compile(r"[\x21-\x7e]+")
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+")


class BadNotice(ValueError):
    """A message breaks a bound; the text says which, and holds nothing of the message."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True, tag="webhook"):
    """A request to a server outside.

    SECURITY: URL and headers hold secrets of the receiver, and are in no repr.

    url: `http` or `https`. body: Text, sent in UTF-8.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = {}
    body: str = ""

    def __repr__(self) -> str:
        return f"Webhook({self.method}, {len(self.body)} characters)"


class Mail(msgspec.Struct, frozen=True, kw_only=True, tag="mail"):
    """A mail for the mailbox of the platform; to: one address."""

    to: str
    subject: str
    text: str

    def __repr__(self) -> str:
        return f"Mail({len(self.text)} characters)"


Message = Webhook | Mail
Post = Callable[[Webhook], int]
"""Sends a request and returns the HTTP status; raises OSError, whose text holds no secret."""


def no_post(_webhook: Webhook) -> int:
    """Refuse: this platform has no way out."""
    raise OSError("the platform sends no requests")


def check(message: Message) -> None:
    """Prove that a message keeps the bounds.

    Raises:
        BadNotice: the message breaks one.
    """
    if isinstance(message, Webhook):
        _check_webhook(message)
        return
    if len(message.to) > MOST_ADDRESS or _ADDRESS.fullmatch(message.to) is None:
        raise BadNotice("the address of the mail is invalid")
    if len(message.subject) > MOST_SUBJECT or not message.subject.isprintable():
        raise BadNotice("the subject of the mail is too long or has control characters")
    _check_size(message.text)


def _check_webhook(webhook: Webhook) -> None:
    check_url(webhook.url)
    if webhook.method not in METHODS:
        raise BadNotice("the method of the webhook is not served")
    if len(webhook.headers) > MOST_HEADERS:
        raise BadNotice(f"the webhook has more than {MOST_HEADERS} headers")
    for name, value in webhook.headers.items():
        if _HEADER_NAME.fullmatch(name) is None or name.lower() in _OWN_HEADERS:
            raise BadNotice("a header of the webhook has a name that cannot be sent")
        if len(value) > MOST_HEADER_VALUE or _HEADER_VALUE.fullmatch(value) is None:
            raise BadNotice("a header of the webhook has a value that cannot be sent")
    _check_size(webhook.body)


def check_url(url: str) -> None:
    """Prove that a URL can be one of a webhook.

    Raises:
        BadNotice: it is too long, has a user, or is no URL of HTTP.
    """
    if len(url) > MOST_URL or _URL.fullmatch(url) is None:
        raise BadNotice("the URL of the webhook is too long or has characters that no URL has")
    try:
        parts, port = split_url(url)
    except ValueError:
        raise BadNotice("the URL of the webhook is none") from None
    if parts.scheme not in ("http", "https") or not port or not parts.hostname:
        raise BadNotice("the URL of the webhook is not one of HTTP")
    if "@" in parts.netloc:
        raise BadNotice("the URL of the webhook names a user")


def _check_size(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise BadNotice("the text has a character that has no UTF-8 form") from None
    if size > MOST_BODY_BYTES:
        raise BadNotice(f"the text has more than {MOST_BODY_BYTES} bytes")
