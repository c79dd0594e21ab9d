"""A bucket whose rules delete what is old, while the process that deletes is killed.

Objects and uploads under `old/` are due, those under `new/` are not. Whatever the kill leaves is
there whole or gone, each object and upload by itself; what is not due is there.
"""

import re
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import Protocol

from tests.crash.evidence import reading
from tests.crash.homes import Home
from tests.crash.housekeeper import Gone, Housekeeper
from tests.oss_client import OssClient
from tests.waiting import wait_until

_RULES = (
    b"<LifecycleConfiguration><Rule><ID>old</ID><Prefix>old/</Prefix><Status>Enabled</Status>"
    b"<Expiration><Days>1</Days></Expiration><AbortMultipartUpload><Days>1</Days>"
    b"</AbortMultipartUpload></Rule></LifecycleConfiguration>"
)
_OLD, _NEW, _UPLOADS, _PARTS = 200, 10, 30, 2
_SMALL, _LARGE = 500, 20_000
"""In the row, and in a file."""
_LATEST = 0.05
_OFTEN = 0.8
"""How often the kill waits until the first object is gone."""
_PATIENCE = 60


class AgingBucket:
    """The bucket, and what was put into it."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        draw = Random(seed)  # noqa: S311  # reproducible on purpose
        keys = [*(f"old/{n}" for n in range(_OLD)), *(f"new/{n}" for n in range(_NEW))]
        self._objects = {key: draw.randbytes(draw.choice((_SMALL, _LARGE))) for key in keys}
        self._part = draw.randbytes(_LARGE)

    def fill(self, client: OssClient) -> None:
        """Make the bucket, its rules, objects, and unfinished uploads of some parts each."""
        client.done("PUT", self.name)
        client.done("PUT", self.name, query="lifecycle", body=_RULES)
        for key, body in self._objects.items():
            client.done("PUT", self.name, key, body=body)
        for number in range(_UPLOADS):
            key = f"{'new' if number == 0 else 'old'}/upload-{number}"
            begun = client.done("POST", self.name, key, query="uploads").body
            (upload,) = re.findall(r"<UploadId>([^<]+)<", begun.decode())
            for part in range(1, _PARTS + 1):
                query = f"partNumber={part}&uploadId={upload}"
                client.done("PUT", self.name, key, query=query, body=self._part)

    def begun(self, home: Home) -> bool:
        """Tell whether a rule has deleted anything yet."""
        return self._rows_due(home) < self.due

    def left_whole(self, client: OssClient) -> int:
        """Read everything back; returns how many objects and uploads are gone.

        Raises:
            AssertionError: something is there by half, or gone that is not due.
        """
        gone = 0
        for key, body in self._objects.items():
            answer = client.call("GET", self.name, key)
            if answer.status == 404 and key.startswith("old/"):
                gone += 1
                continue
            assert (answer.status, answer.body) == (200, body), f"{key}: {answer.status}"
        listed = client.done("GET", self.name, query="uploads").body.decode()
        uploads = re.findall(r"<Key>([^<]+)</Key><UploadId>([^<]+)<", listed)
        assert "new/upload-0" in [key for key, _ in uploads], "an upload that is not due is gone"
        gone += _UPLOADS - len(uploads)
        for key, upload in uploads:
            answer = client.call("GET", self.name, key, query=f"uploadId={upload}")
            if answer.status == 404 and key.startswith("old/"):
                gone += 1  # a server's own worker goes on with the rules
                continue
            assert answer.body.count(b"<Part>") == _PARTS, f"{key} has some of its parts"
        return gone

    def expired(self, home: Home) -> int:
        """Return how many of the objects and uploads that are due have no row any more."""
        return self.due - self._rows_due(home)

    def _rows_due(self, home: Home) -> int:
        query = "SELECT object_key FROM {} WHERE bucket_name = ?"
        with reading(home) as database:
            found = [
                bytes(key)
                for table in ("oss_object", "oss_upload")
                for (key,) in database.execute(query.format(table), (self.name,))
            ]
        return sum(key.startswith(b"old/") for key in found)

    def empty(self, client: OssClient) -> None:
        """Delete what the rules left, and the bucket."""
        for key in self._objects:
            client.done("DELETE", self.name, key)
        listed = client.done("GET", self.name, query="uploads").body.decode()
        for key, upload in re.findall(r"<Key>([^<]+)</Key><UploadId>([^<]+)<", listed):
            client.done("DELETE", self.name, key, query=f"uploadId={upload}")
        client.done("DELETE", self.name)

    @property
    def due(self) -> int:
        """How many objects and uploads are due."""
        return _OLD + _UPLOADS - 1


class Aging(Protocol):
    """A bucket with rules."""

    def begun(self, home: Home) -> bool:
        """Tell whether a rule has changed anything yet."""
        ...


def age_and_kill(
    keeper: Housekeeper, home: Home, buckets: Sequence[Aging], seed: int
) -> list[threading.Thread]:
    """Have days go by and rules applied; the process that does so is killed in one of the buckets."""
    draw = Random(seed)  # noqa: S311  # reproducible on purpose
    waits, moment, bucket = draw.random() < _OFTEN, draw.uniform(0, _LATEST), draw.choice(buckets)
    keeper.done("round", "aged")  # the first round finds nothing that is due, and imports

    def work() -> None:
        with suppress(Gone):
            while True:
                keeper.tell("round")

    def kill() -> None:
        if waits:
            wait_until(lambda: bucket.begun(home), _PATIENCE)
        time.sleep(moment)
        keeper.kill()

    threads = [threading.Thread(target=each, daemon=True) for each in (work, kill)]
    for thread in threads:
        thread.start()
    return threads
