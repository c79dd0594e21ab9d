"""Kill a server whose plane packs, seals and opens disks; no acknowledged line may be lost.

    python tests/crash/disk_killer.py FOLDER DATABASE ROUNDS SEED

Each round a child starts two instances, one of them with an encrypted disk, reads the lines that
they acknowledged in earlier rounds, writes more, takes snapshots, and stops the instances, until
SIGKILL: at a random moment, or before, in or after a step that the round draws (STEPS). In the end
the disks and the snapshots hold every line, no plain tree is left, and the home is sound.
"""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
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
STEPS = (
    ("juyong.netplane.trees", "packed"),
    ("juyong.netplane.trees", "unpack"),
    ("juyong.netplane.trees", "remove"),
    ("juyong.netplane.trees", "_lay_out"),
    ("juyong.netplane.trees", "sync_folder"),
    ("juyong.blobs.blob", "written"),
    ("juyong.blobs.blob", "keep"),
    ("juyong.blobs.blob", "drop"),
    ("juyong.services.ecs.disks.content", "end_snapshot"),
)
"""Functions of packing, sealing and opening; the first two also end in their midst."""


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
        self.planes = Planes(
            lambda: (DATAPLANE,),
            home / "planes",
            running.store,
            lambda _: bench,
            certificate=certificate,
        )

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

    def snapshot(self, instance_id: str) -> None:
        listed = self.ecs("DescribeDisks", RegionId=REGION, InstanceId=instance_id)
        (disk,) = listed["Disks"]["Disk"]
        lines = len(self.world.lines(instance_id))
        try:
            made = self.ecs("CreateSnapshot", DiskId=disk["DiskId"])["SnapshotId"]
        except Refused as refused:
            only("IncorrectDiskStatus.CreatingSnapshot", refused)
            return
        self.world.note("snapshots", f"{made} {instance_id} {lines}")


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


def set_trap(draw: random.Random) -> None:
    """Have this process killed at a step, where the draw says so; else at no step."""
    if draw.random() < 0.2:
        return
    module, name = draw.choice(STEPS)
    owner = import_alone(module)
    whole_step, turns = getattr(owner, name), count()
    when, which = draw.choice(("before", "in", "after")), draw.randrange(4)

    def trapped(*given: Any, **more: Any) -> Any:
        is_due = next(turns) == which
        if is_due and when == "before":
            end_here()
        if is_due and when == "in" and name == "packed":
            return broken_off(whole_step(*given, **more), draw.randrange(1, 20))
        if is_due and when == "in" and name == "unpack":
            return whole_step(broken_off(iter(given[0]), draw.randrange(0, 3)), *given[1:])
        found = whole_step(*given, **more)
        if is_due:
            end_here()
        return found

    setattr(owner, name, trapped)


def broken_off(parts: Iterator[bytes], after: int) -> Iterator[bytes]:
    for number, part in enumerate(parts):
        if number == after:
            end_here()
        yield part
    end_here()


def work(world: World, account: NewAccount, ids: list[str], seed: int) -> None:
    """Write, take snapshots, stop and start until killed."""
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    instances = Instances(world, account)
    is_early = draw.random() < 0.5
    if is_early:
        set_trap(draw)
    world.planes.start()
    for number in count():
        for each in ids:
            instances.start(each)
            instances.check_lines(each)
            instances.write(each, f"{seed}-{number}")
            if number == 0 and each == ids[-1] and not is_early:
                set_trap(draw)
            if draw.random() < 0.4:
                instances.snapshot(each)
            instances.stop(each)


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


def killed_round(home: Path, database: str, seed: int) -> bool:
    """Have a child work until it is killed; tells whether that was at a step, and not from here."""
    words = [sys.executable, __file__, str(home), database, "child", str(seed)]
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
        # A step that is not reached in time is a kill at some moment.
        with suppress(subprocess.TimeoutExpired):
            child.wait(draw.uniform(_SOONEST, _LATEST) + 4 * draw.randrange(2))
        at_step = child.returncode == -signal.SIGKILL
        child.kill()
    if child.returncode == REFUSED:
        sys.exit(REFUSED)
    assert child.returncode == -signal.SIGKILL, f"round {seed} ended by itself: {child.returncode}"
    return at_step


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def main(home: Path, database: str, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with world_at(home, database) as world:
        account = world.local.new_account()
        ids = make(world.local.administrator(account))
        told = [account.account_id, account.access_key_id, account.secret.reveal(), *ids]
        home.with_name("account").write_text("\n".join(told))
    at_steps = sum(
        killed_round(home, database, seed * 1_000_003 + number) for number in range(rounds)
    )
    with world_at(home, database) as world:
        lines, snapshots = verify(world, account, ids)
    print(f"{rounds} kills, {at_steps} at steps, {lines} lines and {snapshots} snapshots")


def be_child(home: Path, database: str, seed: int) -> None:
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
        work(world, account, ids, seed)


if __name__ == "__main__":
    place, kind, *more = sys.argv[1:]
    if more[0] == "child":
        be_child(Path(place), kind, int(more[1]))
    else:
        # What the rounds note stands beside the home, in a folder of this run alone.
        main(Path(place) / "home", kind, int(more[0]), int(more[1]))
