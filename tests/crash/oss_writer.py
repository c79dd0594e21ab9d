"""A writer of objects: small and large ones in a bucket of its own, and it knows each byte."""

import http.client
import random
import threading
from copy import copy
from dataclasses import dataclass

from tests.oss_client import OssAnswer, OssClient

_KEYS = 8
_SMALL, _LARGE = 16 * 1024, 3 * 1024 * 1024
_PARTS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes that are drawn again when they are compared."""

    seed: int
    size: int

    def content(self) -> bytes:
        """Return them."""
        return random.Random(self.seed).randbytes(self.size)  # noqa: S311  # reproducible


@dataclass(frozen=True, slots=True)
class OssStep:
    """One call; body is what the key holds after a success, None for nothing."""

    method: str
    key: str
    body: Body | None


class OssWriter(threading.Thread):
    """Calls until the server goes away, or `enough` is set.

    objects: What each key holds. acknowledged: The calls that were answered. pending: The call it
    was waiting for at the end. wrong: What it read, or was told, that it should not have been.
    """

    def __init__(self, client: OssClient, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.objects: dict[str, Body] = {}
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
        if step.method != "PUT" or step.body is None:
            return self._client.call(step.method, self.bucket, step.key)
        content = step.body.content()
        # In parts, so that the server is killed in the middle of some.
        parts = (content[at : at + _PARTS] for at in range(0, len(content), _PARTS))
        length = {"content-length": str(len(content))}
        return self._client.call("PUT", self.bucket, step.key, body=parts, headers=length)

    def _note(self, step: OssStep, answer: OssAnswer) -> None:
        self.acknowledged.append(step)
        held = self.objects.get(step.key)
        expected = {"PUT": 200, "DELETE": 204, "GET": 200 if held else 404}[step.method]
        if answer.status != expected:
            self.wrong.append(f"{step}: {answer.status} {answer.body[:300]!r}")
        elif step.method == "GET" and held is not None and answer.body != held.content():
            self.wrong.append(f"{step}: other bytes than were put")
        elif step.method != "GET":
            self.objects = _applied(self.objects, step)

    def possible(self) -> dict[str, Body]:
        """Return what is there if the pending call took effect."""
        step = self.pending
        return (
            self.objects if step is None or step.method == "GET" else _applied(self.objects, step)
        )

    def _next(self) -> OssStep:
        key = f"folder/ö {self._draw.randrange(_KEYS)}"
        chance = self._draw.random()
        if chance < 0.25:
            return OssStep("GET", key, None)
        if chance < 0.4:
            return OssStep("DELETE", key, None)
        most = _SMALL if chance < 0.75 else _LARGE
        return OssStep("PUT", key, Body(self._draw.randrange(1 << 48), self._draw.randrange(most)))


def _applied(objects: dict[str, Body], step: OssStep) -> dict[str, Body]:
    found = copy(objects)
    found.pop(step.key, None)
    if step.body is not None:
        found[step.key] = step.body
    return found
