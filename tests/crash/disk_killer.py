"""Kill a server whose plane packs, seals and opens disks; no acknowledged line may be lost.

    python tests/crash/disk_killer.py FOLDER DATABASE ROUNDS SEED

Each round a child starts two instances, one of them with an encrypted disk, reads the lines that
they acknowledged in earlier rounds, writes more, takes snapshots, and stops the instances or the
whole plane, until SIGKILL. The rounds ask in turn for a kill before, in or after each step of
packing and sealing (PLAN), and some for a kill at a random moment. In the end the disks and the
snapshots hold every line, no plain tree is left, the home is sound, and a table says how many
kills came at each step: the exit code is 1 where as many rounds as there are steps missed one.
"""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.plane_killer import REFUSED
from tests.holding import holders
from tests.local import Caller, Local, Refused
from tests.platforms import Clock
from tests.waiting import wait_until

from juyong.api.bench import Bench
from juyong.api.plane import PlaneState
from juyong.app.planes.planes import Planes
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.app.state.check import check
from juyong.app.state.state import state_of
from juyong.base.ids import AccessKeyId, AccountId
from juyong.base.importing import import_alone
from juyong.base.secret import Secret
from juyong.blobs.content import whole
from juyong.blobs.tables import BlobRow
from juyong.netplane.packing import unpack
from juyong.netplane.plane import NetworkPlane
from juyong.netplane.trees import opened
from juyong.services.ecs.disks.tables import SnapshotRow
from juyong.services.ecs.planes import DATAPLANE
from juyong.services.identity.facade import NewAccount
from juyong.store.inventory_reads import head

SECRET = "a-word-that-stands-nowhere-else"
REGION = "cn-hangzhou"
IMAGE = "debian_12_6_x64_20G_alibase_20240711.vhd"
_FILES = 30
"""Of 100 KB each, on the disk, so that packing takes more than one step."""
_SOONEST, _LATEST = 0.0, 0.6
_SECONDS = 60
_RACE_SECONDS = 10
TAKEN = "Taker._taken"
STEPS = (
    ("juyong.netplane.trees", "packed"),
    ("juyong.netplane.trees", "unpack"),
    ("juyong.netplane.trees", "remove"),
    ("juyong.netplane.trees", "_lay_out"),
    ("juyong.netplane.trees", "sync_folder"),
    ("juyong.netplane.trees", "Trees.drop"),
    ("juyong.blobs.blob", "Spool._publish"),
    ("juyong.blobs.blob", "written"),
    ("juyong.blobs.blob", "keep"),
    ("juyong.blobs.blob", "drop"),
    ("juyong.services.ecs.disks.content", "end_snapshot"),
    ("juyong.netplane.taker", TAKEN),
)
"""Functions of packing, sealing and opening; the first two also end in their midst."""
_AFTER, _BEFORE, _IN = "after", "before", "in"
_RANDOM = 4
PLAN: tuple[tuple[int, str] | None, ...] = (
    *((number, _AFTER) for number in range(len(STEPS))),
    *((number, _BEFORE) for number in range(len(STEPS))),
    *((number, _IN) for number in range(2)),
    *[None] * _RANDOM,
)
"""What rounds ask for in turn: the number of a step and a moment, or a kill at some moment."""


def only(code: str, refused: Refused) -> None:
    """Pass over one refusal."""
    if refused.code != code:
        raise refused


class World:
    """An opened home with its planes, and what was acknowledged by the children before."""

    def __init__(self, home: Path, database: str, runner: asyncio.Runner) -> None:
        self.home = home
        settings = Settings(database=database, hsm_module="none")
        self.local = Local(open_platform(home, settings=settings), Clock(), runner)
        running = self.local.running
        bench = Bench(
            call=running.store.call, clock=self.local.clock, platform=running.pipeline.platform
        )
        certificate = home / "ca.pem"
        certificate.write_bytes(b"")
        self._made = lambda: Planes(
            lambda: (DATAPLANE,),
            home / "planes",
            running.store,
            lambda _: bench,
            certificate=certificate,
        )
        self.planes = self._made()

    def restart_planes(self) -> None:
        """Stop the planes as a server that ends does, and start others."""
        self.planes.stop()
        self.planes = self._made()
        self.planes.start()
        wait_until(lambda: "dataplane" in self.planes.health(), _SECONDS)

    @property
    def plane(self) -> NetworkPlane:
        found = self.planes.plane("dataplane")
        assert isinstance(found, NetworkPlane)
        return found

    def close(self) -> None:
        self.planes.stop()
        self.local.running.close()

    def lines(self, name: str) -> list[str]:
        path = self.home.with_name(name)
        return path.read_text().splitlines() if path.exists() else []

    def note(self, name: str, line: str) -> None:
        with self.home.with_name(name).open("a") as file:
            file.write(f"{line}\n")

    def settle(self) -> None:
        assert self.planes.applied(self.local.running.store.look(head), _SECONDS)
        if self.planes.health()["dataplane"].state is PlaneState.NONE:
            print(self.planes.health()["dataplane"])
            os._exit(REFUSED)


class Instances:
    """The instances of an account, as a caller sees them."""

    def __init__(self, world: World, account: NewAccount) -> None:
        self.world, self.ecs = world, partial(world.local.administrator(account), "Ecs")

    def start(self, instance_id: str) -> None:
        # A plane that begins anew may start or stop an instance at the same time.
        def is_running() -> bool:
            try:
                self.ecs("StartInstance", InstanceId=instance_id)
            except Refused as refused:
                only("IncorrectInstanceStatus", refused)
            self.world.settle()
            return self.world.plane.runs(instance_id)

        wait_until(is_running, _SECONDS)

    def start_again(self, instance_id: str) -> None:
        """Start an instance whose disk is being sealed; nothing waits for the plane."""
        try:
            self.ecs("StartInstance", InstanceId=instance_id)
        except Refused as refused:
            only("IncorrectInstanceStatus", refused)

    def stop(self, instance_id: str) -> None:
        try:
            self.ecs("StopInstance", InstanceId=instance_id)
        except Refused as refused:
            only("IncorrectInstanceStatus", refused)

    def told(self, instance_id: str, command: str) -> list[str]:
        done = self.world.plane.run(instance_id, ["sh", "-c", command])
        assert done.code == 0, done.output
        return done.output.decode().splitlines()

    def check_lines(self, instance_id: str) -> None:
        found = self.told(instance_id, "cut -d' ' -f1 /root/words 2>/dev/null; true")
        lost = set(self.world.lines(instance_id)) - set(found)
        if lost:
            self.world.note("lost", f"{instance_id}: {sorted(lost)}")
            os._exit(2)

    def write(self, instance_id: str, line: str) -> None:
        noise = "head -c 100000 /dev/urandom > /root/noise$n"
        self.told(
            instance_id,
            f"n=1; while [ $n -le {_FILES} ]; do {noise}; n=$((n+1)); done;"
            f"echo {line} {SECRET} >> /root/words",
        )
        self.world.note(instance_id, line)
        self.world.note("acknowledged", line)

    def snapshot(self, instance_id: str, *, taken: bool) -> None:
        """Take a snapshot; where `taken` says so, the plane takes it, and not the seal."""
        listed = self.ecs("DescribeDisks", RegionId=REGION, InstanceId=instance_id)
        (disk,) = listed["Disks"]["Disk"]
        lines = len(self.world.lines(instance_id))
        try:
            made = self.ecs("CreateSnapshot", DiskId=disk["DiskId"])["SnapshotId"]
        except Refused as refused:
            only("IncorrectDiskStatus.CreatingSnapshot", refused)
            return
        self.world.note("snapshots", f"{made} {instance_id} {lines}")
        if taken:
            wait_until(self.has_all_snapshots, _SECONDS)

    def has_all_snapshots(self) -> bool:
        waiting = self.ecs("DescribeSnapshots", RegionId=REGION, Status="progressing")
        return not waiting["Snapshots"]["Snapshot"]


def make(call: Caller) -> list[str]:
    """Make a network, and in the network two instances that never started; returns their ids."""
    vpc = call("Vpc", "CreateVpc", RegionId=REGION, CidrBlock="10.0.0.0/16")["VpcId"]
    vswitch = call(
        *("Vpc", "CreateVSwitch"), VpcId=vpc, ZoneId=f"{REGION}-h", CidrBlock="10.0.1.0/24"
    )["VSwitchId"]
    group = call("Ecs", "CreateSecurityGroup", RegionId=REGION, VpcId=vpc)["SecurityGroupId"]
    return [
        str(
            call(
                *("Ecs", "CreateInstance"),
                RegionId=REGION,
                ImageId=IMAGE,
                InstanceType="ecs.t5-lc1m1.small",
                VSwitchId=vswitch,
                SecurityGroupId=group,
                SystemDisk={"Encrypted": encrypted},
            )["InstanceId"]
        )
        for encrypted in (False, True)
    ]


def end_here(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Trap:
    """Has this process killed at a step, and notes that beside the home.

    A content is dropped only where its disk came into use while it was written: the trap of that
    step holds the writer until the instance was started again.
    """

    def __init__(self, world: World, step: int, when: str, draw: random.Random) -> None:
        self._world, self._when, self._draw = world, when, draw
        self.module, self.name = STEPS[step]
        self._turns, self._which = count(), draw.randrange(2)
        self.races = self.name == "drop"
        self.writing, self.used = threading.Event(), threading.Event()
        self.used.set()

    def race(self) -> None:
        """Have the next writer of a content wait until `used` is set."""
        self.writing.clear()
        self.used.clear()

    def set(self) -> None:
        """Put the trap in the place of the step."""
        self._replace(self.name, self._trapped)
        if self.races:
            self._replace("written", self._held)

    def _replace(self, name: str, by: Callable[..., Any]) -> None:
        *above, last = name.split(".")
        owner = import_alone(self.module)
        for each in above:
            owner = getattr(owner, each)
        step = getattr(owner, last)
        setattr(owner, last, lambda *given, **more: by(step, *given, **more))

    def _held(self, step: Callable[..., Any], *given: Any, **more: Any) -> Any:
        found = step(*given, **more)
        self.writing.set()
        self.used.wait(_RACE_SECONDS)
        return found

    def _trapped(self, step: Callable[..., Any], *given: Any, **more: Any) -> Any:
        is_due = next(self._turns) == self._which
        if is_due and self._when == _BEFORE:
            self.end_here()
        if is_due and self._when == _IN and self.name == "packed":
            return self._broken_off(step(*given, **more), self._draw.randrange(1, 20))
        if is_due and self._when == _IN:
            return step(self._broken_off(iter(given[0]), self._draw.randrange(0, 3)), *given[1:])
        found = step(*given, **more)
        # The parts of a tree come after the function has returned.
        if is_due and self.name == "packed":
            return self._broken_off(found, sys.maxsize)
        if is_due:
            self.end_here()
        return found

    def _broken_off(self, parts: Iterator[bytes], after: int) -> Iterator[bytes]:
        for number, part in enumerate(parts):
            if number == after:
                self.end_here()
            yield part
        self.end_here()

    def end_here(self) -> None:
        self._world.note("hits", f"{self.name} {self._when}")
        os.kill(os.getpid(), signal.SIGKILL)


def work(world: World, account: NewAccount, ids: list[str], seed: int, turn: int) -> None:
    """Write, take snapshots, stop and start until killed."""
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    instances, asked = Instances(world, account), PLAN[turn % len(PLAN)]
    trap = Trap(world, *asked, draw) if asked is not None else None
    wants = trap.name if trap is not None else ""
    is_early, stops = draw.random() < 0.5, draw.random() < 0.3
    if is_early and trap is not None:
        trap.set()
    world.planes.start()
    for number in count():
        for each in ids:
            instances.start(each)
            instances.check_lines(each)
            instances.write(each, f"{seed}-{number}")
            is_first = number == 0 and each == ids[-1]
            if is_first and not is_early and trap is not None:
                trap.set()
            if draw.random() < 0.4 or wants in ("end_snapshot", TAKEN):
                instances.snapshot(each, taken=wants == TAKEN)
            if is_first and stops:
                # What runs is sealed at the stop, and opened by the next plane of the home.
                world.restart_planes()
            if trap is not None and trap.races:
                trap.race()
            instances.stop(each)
            if trap is not None and trap.races:
                if trap.writing.wait(1):
                    instances.start_again(each)
                trap.used.set()


def verify(world: World, account: NewAccount, ids: list[str]) -> tuple[int, int]:
    """Compare; returns how many lines, and how many snapshots, were acknowledged and are there."""
    assert not world.lines("lost"), world.lines("lost")
    instances = Instances(world, account)
    world.planes.start()
    for each in ids:
        instances.start(each)
        instances.check_lines(each)
    for each in ids:
        instances.stop(each)
    trees = world.home / "planes/dataplane/disks"
    wait_until(lambda: not list(trees.iterdir()), _SECONDS)
    snapshots = [line.split() for line in world.lines("snapshots")]
    for snapshot_id, instance_id, lines in snapshots:
        check_snapshot(world, snapshot_id, world.lines(instance_id)[: int(lines)])
    world.planes.stop()
    findings = [each for each in check(state_of(world.local.running)) if not is_loose(each)]
    assert not findings, findings
    assert not list(trees.iterdir())
    assert not holders(SECRET.encode(), world.home)
    return sum(len(world.lines(each)) for each in ids), len(snapshots)


def is_loose(finding: Any) -> bool:
    """Tell whether a finding is of a file that a job removes: one that nothing knew when a kill came."""
    return bool(finding.severity == "notice")


def check_snapshot(world: World, snapshot_id: str, lines: list[str]) -> None:
    row = world.local.running.store.look(lambda tx: tx.get(SnapshotRow, snapshot_id))
    assert row is not None
    assert row.status == "accomplished", (snapshot_id, row.status)
    if row.data_key:
        return  # Its key is the KMS's to open; the disk with the key was read above.
    blob = world.local.running.store.look(lambda tx: tx.get(BlobRow, row.blob_id))
    assert blob is not None
    place = world.home.with_name("unpacked")
    place.mkdir()
    with opened(place) as root:
        unpack(whole(world.local.running.pipeline.platform.disk, blob).blocks(), root)
    found = {line.split()[0] for line in (place / "root/words").read_text().splitlines()}
    shutil.rmtree(place)
    assert found >= set(lines), (snapshot_id, set(lines) - found)


@contextmanager
def world_at(home: Path, database: str) -> Iterator[World]:
    with asyncio.Runner() as runner:
        world = World(home, database, runner)
        try:
            yield world
        finally:
            world.close()


def killed_round(home: Path, database: str, seed: int, turn: int) -> None:
    """Have a child work until it is killed, at the step that the round asks for or from here."""
    words = [sys.executable, __file__, str(home), database, "child", str(seed), str(turn)]
    acknowledged = home.with_name("acknowledged")
    before = size_of(acknowledged)
    with subprocess.Popen(words) as child:
        ends = time.monotonic() + _SECONDS
        while size_of(acknowledged) == before and child.poll() is None:
            if time.monotonic() > ends:
                child.kill()
                raise AssertionError(f"nothing was acknowledged in round {seed}")
            time.sleep(0.01)
        draw = random.Random(seed + 1)  # noqa: S311  # reproducible on purpose
        is_asked = PLAN[turn % len(PLAN)] is not None
        # A step that is not reached in time is missed, and the table says so.
        with suppress(subprocess.TimeoutExpired):
            child.wait(_SECONDS if is_asked else draw.uniform(_SOONEST, _LATEST))
        child.kill()
    if child.returncode == REFUSED:
        sys.exit(REFUSED)
    assert child.returncode == -signal.SIGKILL, f"round {seed} ended by itself: {child.returncode}"


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def main(home: Path, database: str, rounds: int, seed: int) -> int:
    """Run rounds; print what they saw, and return how many steps that were asked for were missed."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with world_at(home, database) as world:
        account = world.local.new_account()
        ids = make(world.local.administrator(account))
        told = [account.account_id, account.access_key_id, account.secret.reveal(), *ids]
        home.with_name("account").write_text("\n".join(told))
    for turn in range(rounds):
        killed_round(home, database, seed * 1_000_003 + turn, turn)
    with world_at(home, database) as world:
        lines, snapshots = verify(world, account, ids)
        hits = Counter(world.lines("hits"))
    asked = {
        f"{STEPS[step][1]} {when}": hits[f"{STEPS[step][1]} {when}"]
        for step, when in filter(None, PLAN[:rounds])
    }
    for name, kills in asked.items():
        print(f"{name}: {kills}")
    missed = [name for name, kills in asked.items() if not kills]
    print(
        f"{rounds} kills, {hits.total()} at {len(asked) - len(missed)} of {len(asked)} steps, "
        f"{lines} lines and {snapshots} snapshots"
    )
    return len(missed)


def be_child(home: Path, database: str, seed: int, turn: int) -> None:
    """Work with what the first process made."""
    account_id, key_id, secret, *ids = home.with_name("account").read_text().splitlines()
    account = NewAccount(
        account_id=AccountId(account_id),
        account_name="",
        user_name="",
        access_key_id=AccessKeyId(key_id),
        secret=Secret(secret),
    )
    with world_at(home, database) as world:
        work(world, account, ids, seed, turn)


if __name__ == "__main__":
    place, kind, *more = sys.argv[1:]
    if more[0] == "child":
        be_child(Path(place), kind, int(more[1]), int(more[2]))
    else:
        # What the rounds note stands beside the home, in a folder of this run alone.
        sys.exit(min(main(Path(place) / "home", kind, int(more[0]), int(more[1])), 1))
