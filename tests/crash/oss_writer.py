"""A writer of objects in a bucket of its own: put whole, appended to, or uploaded in parts.

It knows each byte that a key holds.
"""

import http.client
import random
import re
import threading
from copy import copy
from dataclasses import dataclass
from typing import Literal

from tests.oss_client import OssAnswer, OssClient

_KEYS = 8
_SMALL, _LARGE = 16 * 1024, 3 * 1024 * 1024
_LARGER = 12 * 1024 * 1024
"""Of a body that is sent to another store in several parts."""
_CHUNK = 64 * 1024
_LEAST_PART = 100 * 1024
"""The least bytes of a part that is not the last."""
_MOST_PARTS = 30
_STATUS = {"PUT": 200, "APPEND": 200, "UPLOAD": 200, "DELETE": 204}


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes that are drawn again when they are compared."""

    seed: int
    size: int

    def content(self) -> bytes:
        """Return them."""
        return random.Random(self.seed).randbytes(self.size)  # noqa: S311  # reproducible


Held = tuple[Body, ...]
"""What a key holds: one body, or all that were appended."""


@dataclass(frozen=True, slots=True)
class OssStep:
    """One act on a key, and the body that it brings; an upload takes several calls."""

    act: Literal["PUT", "APPEND", "UPLOAD", "DELETE", "GET"]
    key: str
    body: Body | None = None


class OssWriter(threading.Thread):
    """Calls until the server goes away, or `enough` is set.

    objects: What each key holds. acknowledged: The calls that were answered. pending: The call it
    was waiting for at the end. wrong: What it read, or was told, that it should not have been.
    """

    def __init__(self, client: OssClient, name: str, seed: int, *, far: bool = False) -> None:
        super().__init__(name=name, daemon=True)
        self._largest = _LARGER if far else _LARGE
        self.objects: dict[str, Held] = {}
        self.acknowledged: list[OssStep] = []
        self.pending: OssStep | None = None
        self.wrong: list[str] = []
        self.enough = threading.Event()
        self._client = client
        self._draw = random.Random(seed)  # noqa: S311  # reproducible on purpose

    @property
    def bucket(self) -> str:
        """The bucket of its own, which is there before it begins."""
        return f"crash-{self.name}"

    def run(self) -> None:
        """Make one call after another."""
        while not self.enough.is_set():
            step = self.pending = self._next()
            try:
                answer = self._send(step)
            except (OSError, http.client.HTTPException):
                return
            self._note(step, answer)
            self.pending = None

    def _send(self, step: OssStep) -> OssAnswer:
        if step.body is None:
            return self._client.call(step.act, self.bucket, step.key)
        content = step.body.content()
        if step.act == "APPEND":
            position = sum(each.size for each in self.objects.get(step.key, ()))
            return self._sent("POST", step.key, content, f"append&position={position}")
        if step.act == "UPLOAD":
            return self._uploaded(step.key, content)
        return self._sent("PUT", step.key, content)

    def _sent(self, method: str, key: str, content: bytes, query: str = "") -> OssAnswer:
        """Send a body bit by bit, so that the server is killed in the middle of some."""
        chunks = (content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK))
        length = {"content-length": str(len(content))}
        return self._client.call(method, self.bucket, key, query=query, body=chunks, headers=length)

    def _uploaded(self, key: str, content: bytes) -> OssAnswer:
        """Begin an upload, send its parts, and complete it; returns the first refusal, if any."""
        begun = self._client.call("POST", self.bucket, key, query="uploads")
        found = re.search(rb"<UploadId>([^<]+)</UploadId>", begun.body)
        if found is None:
            return begun
        upload, listed = found[1].decode(), []
        size = max(_LEAST_PART, -(-len(content) // _MOST_PARTS))
        for number, at in enumerate(range(0, max(len(content), 1), size), start=1):
            part = content[at : at + size]
            query = f"partNumber={number}&uploadId={upload}"
            sent = self._sent("PUT", key, part, query)
            if sent.status != 200:
                return sent
            tag = sent.headers["ETag"]
            listed.append(f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>")
        whole = "".join(listed)
        text = f"<CompleteMultipartUpload>{whole}</CompleteMultipartUpload>".encode()
        return self._sent("POST", key, text, f"uploadId={upload}")

    def _note(self, step: OssStep, answer: OssAnswer) -> None:
        self.acknowledged.append(step)
        held = self.objects.get(step.key)
        if answer.status != _STATUS.get(step.act, 200 if held else 404):
            self.wrong.append(f"{step}: {answer.status} {answer.body[:300]!r}")
        elif step.act == "GET" and held is not None and answer.body != content_of(held):
            self.wrong.append(f"{step}: other bytes than were put")
        elif step.act != "GET":
            self.objects = _applied(self.objects, step)

    def possible(self) -> dict[str, Held]:
        """Return what is there if the pending call took effect."""
        step = self.pending
        return self.objects if step is None or step.act == "GET" else _applied(self.objects, step)

    def _next(self) -> OssStep:
        number, chance = self._draw.randrange(_KEYS), self._draw.random()
        # An object that was put whole can not be appended to.
        key = f"folder/ö {number}" if number % 4 else f"log {number}"
        if chance < 0.25:
            return OssStep("GET", key)
        if chance < 0.4:
            return OssStep("DELETE", key)
        small = OssStep("PUT" if number % 4 else "APPEND", key, self._body(_SMALL))
        if chance < 0.7 or small.act == "APPEND":
            return small
        return OssStep("PUT" if chance < 0.88 else "UPLOAD", key, self._body(self._largest))

    def _body(self, most: int) -> Body:
        return Body(self._draw.randrange(1 << 48), self._draw.randrange(most))


def content_of(held: Held) -> bytes:
    """Return the bytes that a key holds."""
    return b"".join(each.content() for each in held)


def _applied(objects: dict[str, Held], step: OssStep) -> dict[str, Held]:
    found = copy(objects)
    before = found.pop(step.key, ())
    if step.body is not None:
        found[step.key] = (*before, step.body) if step.act == "APPEND" else (step.body,)
    return found
