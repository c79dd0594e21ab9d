"""The memory of a server, and its answers, while the list of a long bucket is written.

    python tests/bench/long_lists.py [--keys 1000000]

The rows of the keys are put into the database of a server that is stopped. Then the server writes
the list of an inventory while a client puts and gets one object. The server may hold 32 MiB more
than while it was idle, however many keys there are, and answers each call within a second; exit
code 1 otherwise, or when a key is missing in the list.
"""

import argparse
import gzip
import json
import re
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.large_bodies import MIB, MOST_MORE, settled, watched
from tests.crash.calls import Client
from tests.crash.server import ServerProcess
from tests.oss_client import OssClient

from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.services.oss.tables import BucketRow, ObjectRow
from juyong.store.transaction import Transaction

MOST_SECONDS = 1.0
_SOURCE, _TARGET = "long-lists", "long-lists-target"
_AT_ONCE = 5000
_PATIENCE_SECONDS = 1800
_FIELDS = ("Size", "StorageClass", "LastModifiedDate", "ETag", "Crc64")


def fill(home: Path, keys: int) -> None:
    """Put the rows of so many keys into the source; nobody serves the home."""
    running = open_platform(home, settings=Settings(hsm_module="none"))

    def some(tx: Transaction, first: int) -> None:
        bucket = tx.get(BucketRow, _SOURCE)
        assert bucket is not None
        for number in range(first, min(first + _AT_ONCE, keys)):
            tx.insert_later(_row(bucket, number))

    for first in range(0, keys, _AT_ONCE):
        running.store.call(partial(some, first=first))
    running.close()


def _row(bucket: BucketRow, number: int) -> ObjectRow:
    return ObjectRow(
        bucket_name=_SOURCE,
        object_key=f"folder-{number % 1000:04}/{number:012}-some-name.txt".encode(),
        version_id="null",
        account_id=bucket.account_id,
        rank=0,
        latest=True,
        size=number,
        etag=f"{number:032X}",
        crc64=str(number),
        modified_at=bucket.created_at,
    )


@dataclass
class Lists:
    """The buckets, and the calls that go on while a list is written."""

    server: ServerProcess
    slowest: float = 0.0
    calls: int = 0
    manifest: dict[str, object] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make both buckets, and the role."""
        with self._client() as client, self._ram() as ram:
            for name in (_SOURCE, _TARGET):
                client.done("PUT", name)
            trust = {"Action": "sts:AssumeRole", "Effect": "Allow"}
            trust["Principal"] = {"Service": ["oss.aliyuncs.com"]}  # type: ignore[assignment]
            ram.done("CreateRole", RoleName="lists", AssumeRolePolicyDocument=_policy(trust))
            allow = {"Effect": "Allow", "Action": "oss:PutObject", "Resource": "*"}
            ram.done("CreatePolicy", PolicyName="lists", PolicyDocument=_policy(allow))
            named = {"PolicyType": "Custom", "PolicyName": "lists", "RoleName": "lists"}
            ram.done("AttachPolicyToRole", **named)

    def write(self) -> None:
        """Ask for a list, and call until it is there."""
        with self._client() as client:
            body = self._configuration(client).encode()
            query = "inventory&inventoryId=all"
            client.done("PUT", _SOURCE, query=query, body=body)
            end = time.monotonic() + _PATIENCE_SECONDS
            while not self.manifest:
                assert time.monotonic() < end, self.server.log.read_text()[-2000:]
                self._timed(client, "PUT", b"body")
                self._timed(client, "GET")
                time.sleep(0.02)
                if self.calls % 100 == 0:
                    self._look(client)

    def keys(self) -> int:
        """Return how many different keys the list has."""
        found: set[bytes] = set()
        with self._client() as client:
            for file in self.manifest["files"]:  # type: ignore[attr-defined]
                text = gzip.decompress(client.done("GET", _TARGET, file["key"]).body)
                found.update(line.split(b",", 2)[1] for line in text.splitlines())
        return len(found)

    def _timed(self, client: OssClient, method: str, body: bytes = b"") -> None:
        begun = time.monotonic()
        client.done(method, _TARGET, "meanwhile", body=body)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.calls += 1

    def _look(self, client: OssClient) -> None:
        listed = client.done("GET", _TARGET).body.decode()
        named = re.search(r"<Key>([^<]+manifest\.json)<", listed)
        if named is not None:
            self.manifest = json.loads(client.done("GET", _TARGET, named[1]).body)

    def _configuration(self, client: OssClient) -> str:
        info = client.done("GET", _SOURCE, query="bucketInfo").body.decode()
        account = re.search(r"<ID>(\d+)<", info)
        assert account is not None
        fields = "".join(f"<Field>{each}</Field>" for each in _FIELDS)
        return (
            "<InventoryConfiguration><Id>all</Id><IsEnabled>true</IsEnabled><Destination>"
            f"<OSSBucketDestination><Format>CSV</Format><AccountId>{account[1]}</AccountId>"
            f"<RoleArn>acs:ram::{account[1]}:role/lists</RoleArn>"
            f"<Bucket>acs:oss:::{_TARGET}</Bucket></OSSBucketDestination></Destination>"
            "<Schedule><Frequency>Daily</Frequency></Schedule>"
            "<IncludedObjectVersions>Current</IncludedObjectVersions>"
            f"<OptionalFields>{fields}</OptionalFields></InventoryConfiguration>"
        )

    def _client(self) -> "closing[OssClient]":
        return closing(OssClient(self.server.port, self.server.credentials))

    def _ram(self) -> "closing[Client]":
        return closing(Client(self.server.port, self.server.credentials, "lists"))


def _policy(statement: object) -> str:
    return json.dumps({"Version": "1", "Statement": [statement]})


def main() -> int:
    """Measure; 1 when something was not as it shall be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=1_000_000)
    keys: int = parser.parse_args().keys
    with tempfile.TemporaryDirectory(prefix="juyong-lists-") as folder:
        home = Path(folder) / "home"
        with ServerProcess(home) as server:
            Lists(server).prepare()
            server.stop()
        begun = time.monotonic()
        fill(home, keys)
        print(f"{keys} rows in {time.monotonic() - begun:.1f} s", flush=True)
        with ServerProcess(home) as server:
            assert server.process is not None
            lists = Lists(server)
            with closing(OssClient(server.port, server.credentials)) as client:
                client.done("PUT", _TARGET, "meanwhile", body=b"body")
                client.done("GET", _TARGET, "meanwhile")
            idle = settled(server.process.pid)
            seen = watched(server.process.pid, lists.write)
            found = lists.keys()
    more = seen.most - idle
    held = more <= MOST_MORE and lists.slowest <= MOST_SECONDS and found == keys
    print(
        f"idle {idle / MIB:.1f} MiB, most {more / MIB:+.1f} MiB in {seen.seconds:.1f} s;"
        f" {lists.calls} calls, the slowest {1000 * lists.slowest:.0f} ms; {found} keys"
        f"  {'ok' if held else 'MISSED'}"
    )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
