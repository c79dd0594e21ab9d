"""A caller of OSS that knows, at each moment, what it was told is there, and what may be there.

Objects are put, appended to, copied, uploaded in parts and deleted; days go by, and the job of the
lifecycle rules deletes what is old. What the caller knows is written down before each act, so that
it outlives the process.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from random import Random
from urllib.parse import quote

import msgspec
from msgspec.structs import replace
from tests.crash.calls import Credentials
from tests.crash.oss_writer import Body
from tests.oss_client import OssAnswer, signed_headers
from tests.platforms import Clock

from juyong.api.bench import Bench
from juyong.api.request import Raw
from juyong.app.platform import Running
from juyong.services.oss.jobs import apply_rules
from juyong.worker.blobs import remove_forgotten, remove_unknown

BUCKET = "power"
RULES = (
    "<LifecycleConfiguration><Rule><ID>old</ID><Prefix>old/</Prefix><Status>Enabled</Status>"
    "<Expiration><Days>1</Days></Expiration><AbortMultipartUpload><Days>1</Days>"
    "</AbortMultipartUpload></Rule></LifecycleConfiguration>"
)
_PLACES = [f"{age}/{kind}-{number}" for age in ("old", "new") for kind in "ab" for number in "12"]
_LOGS = ("old/log", "new/log")
_DAYS = 2 * 24 * 3600
_PART = 100 * 1024
"""The least bytes of a part that is not the last."""
_SIZES = (100, 16 * 1024, 16 * 1024 + 1, 40_000, _PART, 1_048_576, 1_100_000)
Held = tuple[Body, ...]


class UploadHeld(msgspec.Struct, frozen=True):
    """An unfinished upload: its key, and the bytes of each part."""

    key: str
    parts: dict[int, Held] = {}


class Known(msgspec.Struct, frozen=True):
    """What there is: objects by key, uploads by id; and how far the clock is ahead."""

    objects: dict[str, Held] = {}
    uploads: dict[str, UploadHeld] = {}
    ahead: int = 0

    def with_object(self, key: str, held: Held | None) -> "Known":
        """Return the same with another object, or without one."""
        left = {name: each for name, each in self.objects.items() if name != key}
        return replace(self, objects=left if held is None else {**left, key: held})

    def with_upload(self, upload_id: str, held: UploadHeld | None) -> "Known":
        """Return the same with another upload, or without one."""
        left = {name: each for name, each in self.uploads.items() if name != upload_id}
        return replace(self, uploads=left if held is None else {**left, upload_id: held})

    def young(self) -> "Known":
        """Return what the rules leave of it."""
        return replace(
            self,
            objects={k: each for k, each in self.objects.items() if not k.startswith("old/")},
            uploads={
                n: each for n, each in self.uploads.items() if not each.key.startswith("old/")
            },
        )


class Moment(msgspec.Struct, frozen=True):
    """What is acknowledged, and what is there once the act that is under way took effect."""

    act: str
    now: Known
    then: Known


@dataclass
class Caller:
    """Calls of a platform in this process, signed and served as any others."""

    running: Running
    runner: asyncio.Runner
    credentials: Credentials
    clock: Clock

    def call(
        self,
        method: str,
        key: str = "",
        query: str = "",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> OssAnswer:
        """Make one call, and read the answer whole."""
        resource = f"/{BUCKET}/{key}"
        asked = f"?{query}" if query else ""
        given = {"date": formatdate(self.clock(), usegmt=True), **(headers or {})}
        signed = signed_headers(self.credentials, method, resource + asked, given)
        raw = Raw(
            method=method,
            path=quote(resource),
            query=query,
            headers={"host": "127.0.0.1", "content-length": str(len(body)), **signed},
            body=body,
            peer="127.0.0.1",
            secure=False,
        )
        answer = self.runner.run(self.running.pipeline.serve(raw))
        content = answer.body if answer.content is None else b"".join(answer.content.blocks())
        told = {name.decode(): value.decode() for name, value in answer.headers}
        return OssAnswer(answer.status, told, content)

    def done(self, method: str, key: str = "", query: str = "", **more: object) -> OssAnswer:
        """Make a call that must succeed."""
        answer = self.call(method, key, query, **more)  # type: ignore[arg-type]
        assert answer.status < 300, f"{method} {key}?{query}: {answer.status} {answer.body!r}"
        return answer

    def complete(self, upload_id: str, key: str, tags: Mapping[int, str]) -> None:
        """Complete an upload of these parts."""
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
            for number, tag in sorted(tags.items())
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        self.done("POST", key, f"uploadId={upload_id}", body=body)

    def begin(self, key: str) -> str:
        """Begin an upload; returns its id."""
        found = re.search(rb"<UploadId>([^<]+)<", self.done("POST", key, "uploads").body)
        assert found is not None
        return found[1].decode()

    def tags_of(self, upload_id: str, key: str) -> dict[int, str]:
        """Return the parts of an upload, and the ETag of each."""
        body = self.done("GET", key, f"uploadId={upload_id}").body.decode()
        found = re.findall(
            r"<PartNumber>(\d+)</PartNumber>.*?<ETag>([^<]+)</ETag>", body, re.DOTALL
        )
        return {int(number): tag for number, tag in found}

    def house(self) -> None:
        """Run the jobs that delete: by the rules, and the files of what was forgotten."""
        platform = self.running.pipeline.platform
        bench = Bench(call=self.running.store.call, clock=self.clock, platform=platform)
        for job in (apply_rules, remove_forgotten, remove_unknown):
            job(bench)


@dataclass
class Story:
    """Acts one after the other, drawn at random; `notes` holds the latest moment as the last line."""

    caller: Caller
    draw: Random
    notes: Path
    known: Known = field(default_factory=Known)

    def __post_init__(self) -> None:
        """Note that nothing is there yet."""
        self._then = self.known
        self._end()

    def act(self) -> None:
        """Do one thing."""
        acts = [self.put, self.append, self.copy, self.part, self.part, self.part_copy]
        self.draw.choice([*acts, self.complete, self.complete, self.delete, self.days])()

    def put(self) -> None:
        """Put an object whole."""
        key, body = self.draw.choice(_PLACES), self._body()
        self._begin("put", self.known.with_object(key, (body,)))
        self.caller.done("PUT", key, body=body.content())
        self._end()

    def append(self) -> None:
        """Append to an object."""
        key, body = self.draw.choice(_LOGS), self._body()
        held = self.known.objects.get(key, ())
        position = sum(each.size for each in held)
        self._begin("append", self.known.with_object(key, (*held, body)))
        self.caller.done("POST", key, f"append&position={position}", body=body.content())
        self._end()

    def copy(self) -> None:
        """Copy an object to another key, or onto another object."""
        if not self.known.objects:
            return
        source, key = self.draw.choice(sorted(self.known.objects)), self.draw.choice(_PLACES)
        self._begin("copy", self.known.with_object(key, self.known.objects[source]))
        self.caller.done("PUT", key, headers={"x-oss-copy-source": f"/{BUCKET}/{quote(source)}"})
        self._end()

    def delete(self) -> None:
        """Delete an object."""
        key = self.draw.choice([*_PLACES, *_LOGS])
        self._begin("delete", self.known.with_object(key, None))
        self.caller.done("DELETE", key)
        self._end()

    def part(self) -> None:
        """Upload a part, of a new upload where there is none."""
        upload_id, held, number = self._upload()
        body = self._body(_PART)
        part = replace(held, parts={**held.parts, number: (body,)})
        self._begin("part", self.known.with_upload(upload_id, part))
        query = f"partNumber={number}&uploadId={upload_id}"
        self.caller.done("PUT", held.key, query, body=body.content())
        self._end()

    def part_copy(self) -> None:
        """Upload a part that is the copy of an object."""
        sizes = {key: sum(each.size for each in held) for key, held in self.known.objects.items()}
        sources = sorted(key for key, size in sizes.items() if size >= _PART)
        if not sources:
            return
        source = self.draw.choice(sources)
        upload_id, held, number = self._upload()
        part = replace(held, parts={**held.parts, number: self.known.objects[source]})
        self._begin("part copy", self.known.with_upload(upload_id, part))
        query = f"partNumber={number}&uploadId={upload_id}"
        named = {"x-oss-copy-source": f"/{BUCKET}/{quote(source)}"}
        self.caller.done("PUT", held.key, query, headers=named)
        self._end()

    def complete(self) -> None:
        """Complete an upload, or give it up."""
        ready = sorted(name for name, each in self.known.uploads.items() if each.parts)
        if not ready:
            return
        upload_id = self.draw.choice(ready)
        held, without = self.known.uploads[upload_id], self.known.with_upload(upload_id, None)
        if self.draw.random() < 0.2:
            self._begin("abort", without)
            self.caller.done("DELETE", held.key, f"uploadId={upload_id}")
        else:
            whole = tuple(body for _, part in sorted(held.parts.items()) for body in part)
            tags = self.caller.tags_of(upload_id, held.key)
            self._begin("complete", without.with_object(held.key, whole))
            self.caller.complete(upload_id, held.key, tags)
        self._end()

    def days(self) -> None:
        """Let days go by, and have the jobs do what is due."""
        self.caller.clock.offset += _DAYS
        self.known = replace(self.known, ahead=self.caller.clock.offset)
        self._begin("lifecycle", self.known.young())
        self.caller.house()
        self._end()

    def _upload(self) -> tuple[str, UploadHeld, int]:
        """Return an upload, begun where there is none, and the number of a part of it."""
        if not self.known.uploads or self.draw.random() < 0.2:
            key = self.draw.choice(_PLACES)
            self._begin("begin", self.known)
            upload_id = self.caller.begin(key)
            self._then = self.known.with_upload(upload_id, UploadHeld(key))
            self._end()
        upload_id = self.draw.choice(sorted(self.known.uploads))
        return upload_id, self.known.uploads[upload_id], self.draw.randint(1, 4)

    def _body(self, least: int = 0) -> Body:
        sizes = [size for size in _SIZES if size >= least]
        return Body(self.draw.randrange(1 << 48), self.draw.choice(sizes))

    def _begin(self, act: str, then: Known) -> None:
        self._then = then
        self._note(Moment(act, self.known, then))

    def _end(self) -> None:
        self.known = self._then
        self._note(Moment("", self.known, self.known))

    def _note(self, moment: Moment) -> None:
        self.notes.write_bytes(msgspec.json.encode(moment))
