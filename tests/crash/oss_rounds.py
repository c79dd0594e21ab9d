"""One round of objects: kill a server anywhere, then read every acknowledged byte back.

Every other round has a second server on the same home, which is not killed. An object is there
whole, as it was before the call that the kill cut off or as it is after it, and never by half. Each
blob that is kept belongs to an object; files that the kill left are no object's, and are swept.
Beside the server, a process is killed that applies the lifecycle rules of two other buckets, one of
which has versions. The files may be in the home, or in the bucket of another store.
"""

import json
import random
import re
from contextlib import ExitStack, closing
from dataclasses import dataclass

from tests.crash.aging import AgingBucket, age_and_kill
from tests.crash.aging_versions import AgingVersions
from tests.crash.evidence import Database, reading
from tests.crash.homes import Home
from tests.crash.oss_writer import OssWriter, content_of
from tests.crash.rounds import Round, kill_after, verify_with_check, wait_for_work
from tests.crash.server import ServerProcess
from tests.oss_client import OssClient

_WRITERS = 4
_LATEST = 1.4


@dataclass(frozen=True, slots=True)
class OssRound(Round):
    """What one round of objects saw; expired: How many of those due were gone at the kill.

    changed: How many versions had gone or moved.
    """

    expired: int
    due: int
    changed: int

    def __str__(self) -> str:
        aged = f"{self.expired} of {self.due} expired, {self.changed} versions changed"
        return f"{Round.__str__(self)}; {aged}"


def oss_round(home: Home, number: int, seed: int, least: int = 1) -> OssRound:
    """Run one round on a home.

    Args:
        home: Where; its database is that of the rounds before.
        number: Of the round; an odd one has a second server.
        seed: Of everything that is drawn.
        least: Calls that are acknowledged before the time until the kill begins.

    Raises:
        AssertionError: an acknowledged byte is missing, or something is there by half.
    """
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    victim = home.server()
    servers = [victim, *([home.server()] if number % 2 else [])]
    with ExitStack() as stack:

        def client(server: ServerProcess) -> OssClient:
            return stack.enter_context(closing(OssClient(server.port, server.credentials)))

        for server in servers:
            stack.enter_context(server)
        far = bool(home.blobs)
        writers = [
            OssWriter(client(servers[n % len(servers)]), f"r{number}w{n}", seed + n, far=far)
            for n in range(_WRITERS)
        ]
        for writer in writers:
            client(victim).done("PUT", writer.bucket)
        aging, keeper = AgingBucket(f"crash-r{number}-aging", seed), home.housekeeper()
        versions = AgingVersions(f"crash-r{number}-versions", seed)
        aging.fill(client(victim))
        versions.fill(client(victim), home)
        stack.enter_context(keeper)
        moment = draw.uniform(0, _LATEST)
        wait_for_work(writers, least)
        applying = age_and_kill(keeper, home, (aging, versions), seed)
        kill_after(victim, writers, moment, served=writers[1::2] if len(servers) > 1 else [])
        for thread in applying:
            thread.join()
        expired = aging.expired(home)
        home.wait_until_gone(victim)
        victim.start()
        took_effect = [_took_effect(client(server), writers) for server in servers]
        assert len(set(took_effect)) == 1, "two servers show other objects"
        gone = [aging.left_whole(client(server)) for server in servers]
        # The servers' own workers go on with what the killed process began.
        assert expired <= gone[0] <= gone[-1] <= aging.due, "what was deleted is there again"
        changed = [versions.changed_whole(client(server)) for server in servers]
        assert changed[0] <= changed[-1], "a version that went or moved is as it was"
        _verify_database(home)
        versions.finish(keeper.start())
        assert aging.left_whole(client(victim)) == aging.due, "what is due is still there"
        versions.verify_finished(client(victim))
        keeper.done("swept")
        _verify_database(home)
        _verify_files(home)
        aging.empty(client(servers[-1]))
        versions.empty(client(servers[-1]))
        _empty(client(servers[-1]), writers)
    verify_with_check(home.path, home.for_commands)
    return OssRound(
        servers=len(servers),
        killed_after=moment,
        acknowledged=sum(len(writer.acknowledged) for writer in writers),
        refused=0,
        unanswered=sum(writer.pending is not None for writer in writers),
        took_effect=took_effect[0],
        expired=expired,
        due=aging.due,
        changed=changed[0],
    )


def _took_effect(client: OssClient, writers: list[OssWriter]) -> int:
    """Read everything back; returns how many unanswered calls took effect."""
    count = 0
    for writer in writers:
        assert not writer.wrong, writer.wrong
        found = {}
        for key in {*writer.objects, *writer.possible()}:
            answer = client.call("GET", writer.bucket, key)
            assert answer.status in (200, 404), f"{key}: {answer.status} {answer.body!r}"
            if answer.status == 200:
                found[key] = answer.body
        before = {key: content_of(held) for key, held in writer.objects.items()}
        after = {key: content_of(held) for key, held in writer.possible().items()}
        assert found in (before, after), (
            f"{writer.name}: objects are lost, changed or there by half"
        )
        assert _listed(client, writer) == len(found), f"{writer.name}: a list shows other objects"
        count += found != before
    return count


def _listed(client: OssClient, writer: OssWriter) -> int:
    return client.done("GET", writer.bucket).body.count(b"<Contents>")


def _verify_database(home: Home) -> None:
    with reading(home) as database:
        assert not database.damage()
        _verify_blobs(database)


def _verify_blobs(database: Database) -> None:
    """Compare the blobs that are kept with those that objects are made of."""
    parts = database.execute("SELECT parts FROM oss_object UNION ALL SELECT parts FROM oss_part")
    named = [blob_id for (text,) in parts for blob_id, _ in json.loads(text)]
    kept = {row[0] for row in database.execute("SELECT blob_id FROM store_blob")}
    leaving = {row[0] for row in database.execute("SELECT blob_id FROM store_blob_gone")}
    assert set(named) == kept, "blobs without an object, or objects without their blobs"
    assert not kept & leaving, "a blob that is kept waits for its removal"


def _verify_files(home: Home) -> None:
    """See that each blob has its file, and that a sweep has left no other."""
    with reading(home) as database:
        leaving = {row[0] for row in database.execute("SELECT blob_id FROM store_blob_gone")}
        kept = database.execute("SELECT blob_id FROM store_blob WHERE content IS NULL")
        kept = {row[0] for row in kept}
    disk = home.disk()
    found = {blob_id for blob_id, _ in disk.published()}
    assert kept <= found, "blobs without their files"
    assert found <= kept | leaving, "files that no row knows"
    assert not list(disk.unpublished()), "files that were never finished"


def _empty(client: OssClient, writers: list[OssWriter]) -> None:
    """Delete all, so that the check has little to read in the rounds to come."""
    for writer in writers:
        for key in {*writer.objects, *writer.possible()}:
            client.done("DELETE", writer.bucket, key)
        _give_up(client, writer)
        client.done("DELETE", writer.bucket)


def _give_up(client: OssClient, writer: OssWriter) -> None:
    """Give up the upload that the kill cut off, if there is one."""
    step = writer.pending
    uploads = client.done("GET", writer.bucket, query="uploads").body
    found = re.findall(rb"<UploadId>([^<]+)</UploadId>", uploads)
    assert len(found) <= (step is not None and step.act == "UPLOAD"), uploads
    for upload in found:
        assert step is not None
        client.done("DELETE", writer.bucket, step.key, query=f"uploadId={upload.decode()}")
