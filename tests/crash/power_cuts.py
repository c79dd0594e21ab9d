"""Cut the power in the middle of acts on objects, and see what is there when it comes back.

    python tests/crash/power_cuts.py [--seeds N] [--first S] [--deaf files|folders]

A process for each seed acts until its power is cut, and is killed; what of its files was not made
durable is lost. A second process opens what is left: every acknowledged object and part is there
byte for byte, nothing is there by half, `check` finds the state sound, and the jobs leave no file
that is nobody's. The last line says how many seeds held and which acts were cut; exit code 1 when
one did not.

`--deaf` has the fsyncs of files, or of folders, make nothing durable: then seeds must fail. The
database is the one of a killed process: its own durability is SQLite's.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

import msgspec
from tests.crash.calls import Credentials
from tests.crash.forgetful import ForgetfulFolder
from tests.crash.oss_writer import content_of
from tests.crash.power_story import RULES, Caller, Moment, Story
from tests.platforms import Clock

from juyong.api import registry
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.app.state.check import check
from juyong.app.state.state import State
from juyong.blobs.tables import BlobRow
from juyong.services.oss.tables import ObjectRow, PartRow
from juyong.store.finding import Finding

_MOST_STEPS = 120
_MOST_ACTS = 200
_SETTINGS = Settings(durable=False, hsm_module="none")
"""What is killed loses nothing that the system has."""


@contextmanager
def opened(home: Path, ahead: int = 0) -> Iterator[Caller]:
    """Open a home until the block ends; its clock is so many seconds ahead."""
    clock = Clock(ahead)
    running = open_platform(home, settings=_SETTINGS, clock=clock)
    found = msgspec.json.decode((home / "credentials.json").read_bytes())
    key = Credentials(found["access_key_id"], found["access_key_secret"])
    try:
        with asyncio.Runner() as runner:
            yield Caller(running, runner, key, clock)
    finally:
        running.close()


def make_pattern(home: Path) -> None:
    """Make the home of which each seed gets a copy: a bucket with rules, and no object."""
    with opened(home) as caller:
        caller.done("PUT")
        caller.done("PUT", query="lifecycle", body=RULES.encode())


def act_until_the_cut(home: Path, seed: int, deaf: str) -> None:
    """Act on objects until the power is cut; does not return."""
    draw = Random(seed)  # noqa: S311  # the same cuts in each run
    with opened(home) as caller:
        steps = draw.randrange(_MOST_STEPS)
        image = home.with_suffix(".left")
        chance = Random(seed + 1)  # noqa: S311
        folder = ForgetfulFolder(home, "blobs", image, steps=steps, draw=chance, deaf=deaf)
        folder.watch()
        story = Story(caller, draw, home.with_suffix(".notes"))
        for _ in range(_MOST_ACTS):
            folder.step()
            story.act()
    raise AssertionError("the acts took fewer steps than were drawn")


def look_after_the_cut(home: Path) -> None:
    """Open what is left, and compare it with what the caller knew.

    Raises:
        AssertionError: something acknowledged is lost, or something is there by half.
    """
    moment = msgspec.json.decode(home.with_suffix(".notes").read_bytes(), type=Moment)
    shutil.rmtree(home / "blobs", ignore_errors=True)
    home.with_suffix(".left").rename(home / "blobs")
    with opened(home, moment.now.ahead) as caller:
        _same_objects(caller, moment)
        _blobs_belong(caller)
        damage = [each for each in _findings(caller) if each.severity == "damage"]
        assert not damage, damage
        _same_uploads(caller, moment)
        for _ in range(2):  # what the first round forgets, the second one removes
            caller.clock.offset += 2 * 24 * 3600
            caller.house()
        _blobs_belong(caller)
        assert not _findings(caller), _findings(caller)
        _files_are_kept(caller)


def _same_objects(caller: Caller, moment: Moment) -> None:
    found = set()
    for key in {*moment.now.objects, *moment.then.objects}:
        answer = caller.call("GET", key)
        held = [each.objects.get(key) for each in (moment.now, moment.then)]
        if answer.status == 404:
            assert None in held, f"{key} is lost"
            continue
        assert answer.status == 200, answer
        wanted = [content_of(each) for each in held if each is not None]
        assert answer.body in wanted, f"{key} is there by half"
        found.add(key)
    listed = caller.done("GET").body.count(b"<Contents>")
    assert listed == len(found), "a list shows other objects"


def _same_uploads(caller: Caller, moment: Moment) -> None:
    """Complete what is left of each upload, and read its object."""
    listed = caller.done("GET", query="uploads").body.decode()
    known = {**moment.now.uploads, **moment.then.uploads}
    for upload_id, held in known.items():
        states = [each.uploads.get(upload_id) for each in (moment.now, moment.then)]
        if upload_id not in listed:
            assert None in states, "an upload is lost"
            continue
        tags = caller.tags_of(upload_id, held.key)
        possible = [
            each for each in states if each is not None and each.parts.keys() == tags.keys()
        ]
        assert possible, f"an upload has the parts {sorted(tags)}"
        if tags:
            caller.complete(upload_id, held.key, tags)
            body = caller.done("GET", held.key).body
            wholes = [
                b"".join(content_of(part) for _, part in sorted(each.parts.items()))
                for each in possible
            ]
            assert body in wholes, "a part is lost, or there by half"


def _blobs_belong(caller: Caller) -> None:
    """Compare the blobs that are kept with those that objects and parts are made of."""
    call = caller.running.store.call
    rows = [*call(lambda tx: tx.find(ObjectRow)), *call(lambda tx: tx.find(PartRow))]
    named = Counter(blob_id for row in rows for blob_id, _ in msgspec.json.decode(row.parts))
    kept = {row.blob_id: row.uses for row in call(lambda tx: tx.find(BlobRow))}
    assert named == kept, "blobs without an object, or objects without their blobs"


def _files_are_kept(caller: Caller) -> None:
    rows = caller.running.store.call(lambda tx: tx.find(BlobRow))
    wanted = {row.blob_id for row in rows if row.content is None}
    disk = caller.running.pipeline.platform.disk
    assert {blob_id for blob_id, _ in disk.published()} == wanted
    assert not list(disk.unpublished())


def _findings(caller: Caller) -> list[Finding]:
    running = caller.running
    state = State(
        home=running.home, settings=running.settings, keys=running.keys, store=running.store
    )
    return check(state, now=caller.clock())


# --- processes ---


def in_a_child(work: Callable[[], None]) -> int:
    """Do something in a process of its own; returns its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001  # the parent counts, and goes on
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def cut(pattern: Path, folder: Path, seed: int, deaf: str = "") -> str | None:
    """Play one seed; returns the act that was cut, empty between two; None when it did not hold."""
    home = folder / f"home-{seed}"
    shutil.copytree(pattern, home)
    ended = in_a_child(lambda: act_until_the_cut(home, seed, deaf))
    if ended != -signal.SIGKILL or in_a_child(lambda: look_after_the_cut(home)) != 0:
        print(f"seed {seed}: FAILED, see {home}", flush=True)
        return None
    moment = msgspec.json.decode(home.with_suffix(".notes").read_bytes(), type=Moment)
    shutil.rmtree(home)
    home.with_suffix(".notes").unlink()
    return moment.act


def main() -> int:
    """Play all seeds; 1 when one of them did not hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--deaf", choices=["files", "folders"], default="")
    options = parser.parse_args()
    registry.load_all()
    folder = Path(tempfile.mkdtemp(prefix="juyong-power-"))
    pattern = folder / "pattern"
    assert in_a_child(lambda: make_pattern(pattern)) == 0
    seeds = range(options.first, options.first + options.seeds)
    acts = [cut(pattern, folder, seed, options.deaf) for seed in seeds]
    failed = acts.count(None)
    if not failed or options.deaf:
        shutil.rmtree(folder)
    cuts = Counter(act or "between acts" for act in acts if act is not None)
    told = ", ".join(f"{count} {act}" for act, count in cuts.most_common())
    print(f"{len(acts) - failed} seeds held, {failed} failed; cut: {told}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
