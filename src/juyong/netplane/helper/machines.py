"""The machines that the helper holds: started, joined to routers, and given commands to run."""

import os
import select
import signal
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from juyong.base import linux
from juyong.netplane.helper import disks, guest, taking
from juyong.netplane.helper.births import Births
from juyong.netplane.helper.bounds import Bounds
from juyong.netplane.helper.keeper import Keeper
from juyong.netplane.helper.kernel import Refused
from juyong.netplane.helper.left import KINDS, Door
from juyong.netplane.helper.machine import Machine, become
from juyong.netplane.helper.notes import Guest
from juyong.netplane.helper.proofs import began, has_ended
from juyong.netplane.messages import Exited, StartMachine, Stopped, Take, Tree

_MOST_TOLD = 300
_GLANCE_SECONDS = 0.05
"""Between looks for ends of jobs, while a machine is killed."""


class Machines:
    """All machines and jobs; each process that the helper forks is known here by its id."""

    def __init__(
        self, most_uids: int, keeper: Keeper, bounds: Bounds, left: Mapping[str, Door]
    ) -> None:
        self._most_uids, self._keeper, self._bounds = most_uids, keeper, bounds
        self._births = Births()
        self._running: dict[str, Machine] = {}
        self._jobs: dict[int, int] = {}
        """The job of each process id."""
        self.ends = select.epoll()
        """Readable when a machine has ended that an earlier helper started."""
        for name, door in left.items():
            self._adopt(name, door)

    def _adopt(self, name: str, door: Door) -> None:
        kept = door.guest
        self._running[name] = Machine(
            name=name,
            memory_mb=kept.memory_mb,
            file_mb=kept.file_mb,
            bound=self._keeper.bound(name),
            trusts=kept.trusts,
            pid=kept.pid,
            uid=kept.uid,
            status=-1,
            orders=-1,
            pids=door.pids,
            process=door.process,
            doors=dict(door.doors),
        )
        self.ends.register(door.process, select.EPOLLIN)

    def begin(self, asked: StartMachine, resolvers: tuple[str, ...]) -> None:
        """Fork the first process of a machine, which builds its walls meanwhile.

        Raises:
            Refused: there is such a machine, or no room.
            OSError: the system starts no further process.
        """
        if asked.machine in self._running:
            raise Refused(f"{asked.machine} runs")
        uid = self._free_uid()
        status, told = os.pipe2(os.O_CLOEXEC)
        orders, ours = os.pipe2(os.O_CLOEXEC)
        bound = self._keeper.bound(asked.machine)
        bound.set(sum(tree.most_mb for tree in asked.trees))
        walls = guest.Walls(
            asked.hostname, uid, asked.memory_mb, resolvers, asked.trust, asked.trees, bound
        )
        try:
            pid = self._births.born(
                lambda: linux.unshare(linux.NEWPID),
                lambda _gate: guest.be_first(walls, told, orders),
            )
        except OSError:
            os.close(status)
            os.close(ours)
            raise
        finally:
            os.close(told)
            os.close(orders)
        self._running[asked.machine] = Machine(
            name=asked.machine,
            memory_mb=asked.memory_mb,
            file_mb=disks.most_mb(asked.trees),
            bound=bound,
            trusts=bool(asked.trust),
            pid=pid,
            uid=uid,
            status=status,
            orders=ours,
        )
        self._bounds.begin(asked.machine, pid, asked.memory_mb)

    def _free_uid(self) -> int:
        """Return a user of the machine's own where the helper has several, else the only one."""
        if not self._most_uids:
            return 0
        taken = {each.uid for each in self._running.values()}
        for uid in range(1, self._most_uids + 1):
            if uid not in taken:
                return uid
        raise Refused("no user is free for another machine")

    def runs(self, name: str) -> bool:
        """Tell whether there is such a machine."""
        return name in self._running

    def network(self, name: str) -> int:
        """Return a descriptor of a machine's network namespace, when its walls are built.

        Raises:
            Refused: there is no such machine, or its walls cannot be built.
        """
        machine = self._known(name)
        if not machine.doors:
            self._hear(machine)
            place = Path("/proc", str(machine.pid))
            for kind in KINDS:
                path = place / "ns" / kind
                machine.doors[kind] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            machine.pids = os.open(place / "ns" / "pid", os.O_RDONLY | os.O_CLOEXEC)
            for file in ("uid_map", "gid_map"):
                (place / file).write_text(f"0 {machine.uid} 1", encoding="ascii")
            os.write(machine.orders, guest.MAPPED)
        return machine.doors["net"]

    def release(self, name: str, user_data: bytes) -> None:
        """Let a machine run.

        Raises:
            Refused: there is no such machine, or it could not be set up.
        """
        self.network(name)
        machine = self._known(name)
        if machine.orders < 0:
            return
        self._hear(machine)
        self._record(machine)
        _write_all(machine.orders, guest.going(user_data))
        os.close(machine.orders)
        os.close(machine.status)
        machine.orders = machine.status = -1

    def _record(self, machine: Machine) -> None:
        kept = Guest(
            pid=machine.pid,
            began=began(machine.pid),
            uid=machine.uid,
            memory_mb=machine.memory_mb,
            file_mb=machine.file_mb,
            trusts=machine.trusts,
        )
        self._keeper.record(machine.name, kept)

    def _hear(self, machine: Machine) -> None:
        said = os.read(machine.status, _MOST_TOLD)
        if said != b"r":
            raise Refused(f"{machine.name}: {said[1:].decode(errors='replace') or 'it ended'}")

    def _known(self, name: str) -> Machine:
        if name not in self._running:
            raise Refused(f"{name} does not run")
        return self._running[name]

    # -- data disks ------------------------------------------------------------------------------

    def add_tree(self, name: str, tree: Tree) -> None:
        """Show a machine that runs the tree of a data disk.

        Raises:
            Refused: the system refuses, or something of the machine's is in the place.
        """
        machine = self._known(name)
        if not disks.add(tree, machine.uid, machine.doors["mnt"]):
            raise Refused(f"{tree.at} cannot be shown")

    def remove_tree(self, name: str, at: str) -> None:
        """Take the tree of a data disk out of a machine's sight.

        Raises:
            Refused: the system refuses.
        """
        if not disks.remove(at, self._known(name).doors["mnt"]):
            raise Refused(f"{at} cannot be taken away")

    def size_trees(self, name: str, total_mb: int, file_mb: int) -> None:
        """Say how much the disks of a machine may hold; commands that run keep their longest file.

        Raises:
            Refused: there is no such machine.
        """
        machine = self._known(name)
        machine.bound.set(total_mb)
        machine.file_mb = file_mb
        if machine.orders < 0:
            self._record(machine)

    def take(self, asked: Take, told: int) -> None:
        """Start the process that copies trees of machines as they are at one moment.

        Args:
            told: A pipe for the result.

        Raises:
            Refused: one does not run.
        """
        machines = [self._known(each) for each in asked.machines]
        for machine in machines:
            if machine.orders >= 0:
                raise Refused(f"{machine.name} does not run")
        for machine in machines:
            self._end_taker(machine)
            machine.gate = taking.make_gate()
        helper, taker = os.getpid(), os.fork()
        if taker == 0:
            pids, gates = (each.pids for each in machines), (each.gate for each in machines)
            taking.take(helper, asked, tuple(pids), tuple(gates), told)
        for machine in machines:
            machine.taker = taker

    def _end_taker(self, machine: Machine) -> None:
        """End the process that copies disks of a machine: it told its result, or is given up.

        The kernel ends no process that is traced before its tracer knows, or has ended.
        """
        if not machine.taker:
            return
        os.kill(machine.taker, signal.SIGKILL)
        os.waitid(os.P_PID, machine.taker, os.WEXITED | os.WNOWAIT)
        taker = machine.taker
        for each in self._running.values():
            if each.taker == taker:
                self._forget_taker(each)

    def _forget_taker(self, machine: Machine) -> None:
        os.close(machine.gate)
        machine.taker, machine.gate = 0, -1

    # -- commands --------------------------------------------------------------------------------

    def run(self, name: str, argv: tuple[str, ...], job: int, streams: list[int]) -> None:
        """Start a command in a machine, with the three descriptors as its streams.

        Raises:
            Refused: there is no such machine, or it is not released.
        """
        machine = self._known(name)
        if machine.orders >= 0:
            raise Refused(f"{name} does not run")
        pid = self._births.born(
            lambda: linux.enter(machine.pids, linux.NEWPID),
            lambda gate: become(machine, argv, streams, lambda: self._ready(name, gate)),
        )
        self._jobs[pid] = job

    def _ready(self, name: str, gate: Callable[[], None]) -> None:
        """Let a process go on that is to become a command, within the bounds of its machine."""
        gate()
        taking.pass_gate(self._running[name].gate)
        self._bounds.join(name)

    def kill(self, job: int) -> None:
        """Kill a job's process group, if the job still runs."""
        for pid, known in self._jobs.items():
            if known == job:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def end(self, name: str) -> list[Exited | Stopped]:
        """Kill all processes of a machine, and wait for their end.

        The kernel ends the first process only when the jobs in the machine are waited for as well.
        """
        machine = self._known(name)
        self._end_taker(machine)
        if machine.process >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(machine.process, signal.SIGKILL)
        else:
            os.kill(machine.pid, signal.SIGKILL)
        events: list[Exited | Stopped] = []
        while name in self._running:
            if machine.process < 0:
                events += self._ended(*os.waitpid(-1, 0))
                continue
            has_ended(machine.process, _GLANCE_SECONDS)
            events += self.reap()
        return [event for event in events if event != Stopped(machine=name)]

    def reap(self) -> Iterable[Exited | Stopped]:
        """Wait for the processes that have ended; tells which jobs and machines they were."""
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                yield from self._ended(pid, status)
        for process, _ in self.ends.poll(0):
            yield from self._gone(process=process)

    def _ended(self, pid: int, status: int) -> list[Exited | Stopped]:
        code = os.waitstatus_to_exitcode(status)
        if pid in self._jobs:
            return [Exited(job=self._jobs.pop(pid), code=code if code >= 0 else 128 - code)]
        for machine in self._running.values():
            if machine.taker == pid:
                self._forget_taker(machine)
        return self._gone(pid=pid)

    def _gone(self, *, pid: int = -1, process: int = -1) -> list[Exited | Stopped]:
        """Let a machine go that has ended, known by its id as a child, or by its descriptor."""
        for machine in self._running.values():
            if machine.process == process and pid in (-1, machine.pid):
                doors = (*machine.doors.values(), machine.pids, machine.process)
                for door in (*doors, machine.status, machine.orders, machine.gate):
                    if door >= 0:
                        os.close(door)
                del self._running[machine.name]
                self._bounds.end(machine.name)
                self._keeper.forget(machine.name)
                return [Stopped(machine=machine.name)]
        return []


def _write_all(pipe: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(pipe, left) :]
