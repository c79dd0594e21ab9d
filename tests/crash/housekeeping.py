"""The worker's rounds over a home, in a process of its own, whenever it is told to.

    python tests/crash/housekeeping.py HOME

Reads a word a line and answers each with a line, `ok` or what failed. `due`: the date of every
rotation policy comes now. `lapse`: whoever held a rotation has lost its lease. `aged`: objects and
uploads are some days old, lifecycle rules were applied days ago, and files of forgotten blobs may
go. `round`: one round. `swept`: files that no row knows are two days old, and go. `moved`:
files of the home move to the store that the settings name.
Only the dates are moved: everything else is what a server does by itself once a minute.
"""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from juyong.api.bench import Bench
from juyong.app.platform import Running, open_platform
from juyong.app.server import worker_of
from juyong.base.clock import Instant, system_clock
from juyong.blobs.checks import UNKNOWN_SECONDS
from juyong.blobs.tables import GoneBlobRow
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.secrets.rotation.begin import ROTATE
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.oss.jobs import APPLIED
from juyong.services.oss.tables import BucketSettingRow, ObjectRow, UploadRow
from juyong.store.errors import StoreError
from juyong.store.late import sa, table_of
from juyong.store.queue import QueueRow
from juyong.worker.blobs import move_files, remove_unknown

_DAYS = 3 * 24 * 3600


def _keys_due() -> "sa.Update":
    key = table_of(KeyRow)
    rotating = sa.update(key).where(key.c.rotation_seconds.is_not(None))
    return rotating.values(next_rotation_at=sa.bindparam("now"))


def _secrets_due() -> "sa.Update":
    secret = table_of(SecretRow)
    rotating = sa.update(secret).where(secret.c.rotation_seconds.is_not(None))
    return rotating.values(next_rotation_at=sa.bindparam("now"))


def _leases_over() -> "sa.Update":
    item = table_of(QueueRow)
    rotating = sa.update(item).where(item.c.kind == ROTATE)
    return rotating.values(due_at=sa.bindparam("now"))


def _objects_aged() -> "sa.Update":
    row = table_of(ObjectRow)
    return sa.update(row).values(modified_at=row.c.modified_at - _DAYS, version=row.c.version + 1)


def _uploads_aged() -> "sa.Update":
    row = table_of(UploadRow)
    return sa.update(row).values(created_at=row.c.created_at - _DAYS)


def _rules_unapplied() -> "sa.Delete":
    row = table_of(BucketSettingRow)
    return sa.delete(row).where(row.c.kind == APPLIED.kind)


def _files_due() -> "sa.Update":
    return sa.update(table_of(GoneBlobRow)).values(due_at=sa.bindparam("now"))


_AGED = (_objects_aged, _uploads_aged, _rules_unapplied, _files_due)


def main() -> None:
    """Do as told until there is nobody left to tell."""
    running = open_platform(Path(sys.argv[1]))
    failures: list[str] = []
    worker = replace(
        worker_of(running), report=lambda job, cause: failures.append(f"{job}: {cause}")
    )

    def sweep() -> None:
        late = Instant(system_clock() + 2 * UNKNOWN_SECONDS)
        platform = running.pipeline.platform
        call = running.store.call
        remove_unknown(Bench(call=call, clock=lambda: late, platform=platform, job="blobs.sweep"))

    def move() -> None:
        platform, call = running.pipeline.platform, running.store.call
        move_files(Bench(call=call, clock=system_clock, platform=platform, job="blobs.move"))

    words: dict[str, Callable[[], object]] = {
        "due": lambda: [_change(running, each) for each in (_keys_due, _secrets_due)],
        "aged": lambda: [_change(running, each) for each in _AGED],
        "lapse": lambda: _change(running, _leases_over),
        "round": lambda: runner.run(worker.round()),
        "swept": sweep,
        "moved": move,
    }
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            try:
                words[line.strip()]()
            except StoreError as failure:
                failures.append(repr(failure))
            print(" | ".join(failures).replace("\n", " ") or "ok", flush=True)
            failures.clear()
    running.close()


def _change(running: Running, statement: "Callable[[], sa.Update | sa.Delete]") -> int:
    now = system_clock()
    return running.store.call(lambda tx: tx.change(statement, now=now))


if __name__ == "__main__":
    main()
