"""The memory of a server while large objects go in and out.

    python tests/bench/large_bodies.py [--gib 10] [--parallel 3] [--store s3|oss]

An upload in parts of so many GiB, a put of half as many, and both downloads, each compared by its
CRC. With `--store` the bodies are in the bucket of another store, moto's S3 or a second juyong, and
what is downloaded from moto ends after 32 MiB, since moto reads an object anew for each block.
The resident memory of the server and of its children is read every 100 ms. It may be 32 MiB
above that of an idle server, however long the body is; exit code 1 when it was more. The home needs
one and a half times the bytes on the disk, and is removed.
"""

import argparse
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import fastcrc
from tests.crash.server import ServerProcess
from tests.oss_client import OssAnswer, OssClient
from tests.stores import KINDS, juyong_store, moto_store

MIB, GIB = 1024**2, 1024**3
MOST_MORE = 32 * MIB
_PART = 100 * MIB
_LOOK_SECONDS = 0.1
_READ_OF_MOTO = 32 * MIB
_STEADY_SECONDS = 12.0
"""Longer than a server waits for its worker's first round."""
_BUCKET = "large-bodies"
_NOISE = os.urandom(2 * MIB)


@dataclass(frozen=True, slots=True)
class Watched:
    """The most memory during a step, in bytes, and its seconds."""

    most: int
    seconds: float


def resident(pid: int) -> int:
    """Return the bytes that a process and its descendants hold in memory."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except FileNotFoundError:
        return 0  # it ended meanwhile
    own = re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)
    return (int(own[1]) * 1024 if own else 0) + sum(map(resident, children))


def watched(pid: int, step: Callable[[], None]) -> Watched:
    """Do a step while a thread looks at the memory of a process."""
    most, stop, begun = [resident(pid)], threading.Event(), time.monotonic()

    def look() -> None:
        while not stop.wait(_LOOK_SECONDS):
            most.append(max(most.pop(), resident(pid)))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        step()
    finally:
        stop.set()
        watcher.join()
    return Watched(most[0], time.monotonic() - begun)


def settled(pid: int) -> int:
    """Return the memory of a server that is idle: its worker, too, has imported what it needs."""
    latest, since = resident(pid), time.monotonic()
    while time.monotonic() - since < _STEADY_SECONDS:
        time.sleep(_LOOK_SECONDS)
        now = resident(pid)
        if abs(now - latest) > MIB // 4:
            latest, since = now, time.monotonic()
    return latest


def blocks(start: int, length: int) -> Iterator[bytes]:
    """Yield bytes of a body without end, a MiB at most each; no MiB is like the one before."""
    end = start + length
    while start < end:
        number, first = divmod(start, MIB)
        size = min(MIB - first, end - start)
        shift = number % MIB + first
        yield _NOISE[shift : shift + size]
        start += size


class Caller:
    """Puts and gets one body; `parallel` parts at a time."""

    def __init__(self, server: ServerProcess, parallel: int) -> None:
        self._server, self._parallel = server, parallel

    def warm(self) -> None:
        """Let the server import what the calls need."""
        with self._client() as client:
            client.done("PUT", _BUCKET)
            client.done("PUT", _BUCKET, "little", body=b"body")
            assert client.done("GET", _BUCKET, "little").body == b"body"

    def put(self, key: str, size: int) -> None:
        """Put an object in one call."""
        self._send("PUT", key, 0, size)

    def upload(self, key: str, size: int) -> None:
        """Upload an object in parts."""
        with self._client() as client:
            begun = client.done("POST", _BUCKET, key, query="uploads").body
            found = re.search(rb"<UploadId>([^<]+)<", begun)
            assert found is not None, begun
            upload = found[1].decode()

            def part(start: int) -> str:
                query = f"partNumber={start // _PART + 1}&uploadId={upload}"
                length = min(_PART, size - start)
                tag = self._send("PUT", key, start, length, query).headers["ETag"]
                number = start // _PART + 1
                return f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"

            with ThreadPoolExecutor(self._parallel) as threads:
                parts = "".join(threads.map(part, range(0, size, _PART)))
            body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
            client.done("POST", _BUCKET, key, query=f"uploadId={upload}", body=body)

    def get(self, key: str, size: int, most: int) -> None:
        """Read an object, at most so many bytes of it, and compare each byte."""
        with self._client() as client, client.begin("GET", _BUCKET, key) as answer:
            assert answer.status == 200, answer.read()
            crc = fastcrc.crc64.xz(b"")
            for block in blocks(0, min(size, most)):
                assert answer.read(len(block)) == block
                crc = fastcrc.crc64.xz(block, crc)
            if size <= most:
                assert (answer.read(), answer.headers["x-oss-hash-crc64ecma"]) == (b"", str(crc))

    def _send(self, method: str, key: str, start: int, length: int, query: str = "") -> OssAnswer:
        told = {"content-length": str(length)}
        with self._client() as client:
            body = blocks(start, length)
            return client.done(method, _BUCKET, key, query=query, body=body, headers=told)

    def _client(self) -> "closing[OssClient]":
        return closing(OssClient(self._server.port, self._server.credentials))


@contextmanager
def stored_in(kind: str | None, folder: Path) -> Iterator[dict[str, str]]:
    """Run a store; yields the environment that names it, empty for the home itself."""
    if kind is None:
        yield {}
        return
    with moto_store() if kind == "s3" else juyong_store(folder / "store") as store:
        settings = store.settings(folder / "keys", "large/")
        yield {f"JUYONG_{name.upper()}": value for name, value in settings.items()}


def main() -> int:
    """Measure; 1 when a step took more memory than it may."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--gib", type=float, default=10)
    parser.add_argument("--parallel", type=int, default=3)
    parser.add_argument("--store", choices=KINDS)
    options = parser.parse_args()
    size = int(options.gib * GIB)
    read = _READ_OF_MOTO if options.store == "s3" else size
    with (
        tempfile.TemporaryDirectory(prefix="juyong-large-") as folder,
        stored_in(options.store, Path(folder)) as environment,
        ServerProcess(Path(folder) / "home", environment) as server,
    ):
        assert server.process is not None
        caller, pid = Caller(server, options.parallel), server.process.pid
        caller.warm()
        steps: dict[str, Callable[[], None]] = {
            f"put of {size // 2 / GIB:g} GiB": lambda: caller.put("put", size // 2),
            f"upload of {size / GIB:g} GiB": lambda: caller.upload("upload", size),
            f"get of {size // 2 / GIB:g} GiB": lambda: caller.get("put", size // 2, read),
            f"get of {size / GIB:g} GiB": lambda: caller.get("upload", size, read),
        }
        return 0 if measured(pid, steps) else 1


def measured(pid: int, steps: dict[str, Callable[[], None]]) -> bool:
    """Take the steps, and print what each took; False where one took more than it may."""
    idle, held = settled(pid), True
    print(f"idle {idle / MIB:.1f} MiB", flush=True)
    for title, step in steps.items():
        seen = watched(pid, step)
        more = seen.most - idle
        held &= more <= MOST_MORE
        verdict = "ok" if more <= MOST_MORE else "MISSED"
        print(
            f"{title:20} most {seen.most / MIB:6.1f} MiB, {more / MIB:+6.1f} MiB"
            f" in {seen.seconds:6.1f} s  {verdict}",
            flush=True,
        )
    return held


if __name__ == "__main__":
    sys.exit(main())
