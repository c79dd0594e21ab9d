"""How long a hundred instances are out when the plane's helper, or the server, is killed.

    python tests/bench/plane_restarts.py [MACHINES] [ROUNDS]

A server with instances of one VPC runs in the form of an ordinary user, in which instances end with
the server: root becomes a user that owns nothing first. A round is the time from SIGKILL until one
of the instances, started anew, had an answer to a new session from each of the others. Beside the
time stands the processor time that the server, the helper and all instances took meanwhile. The
exit code is 1 when a median is above 3 s, and 1 s for each 100 instances.
"""

import os
import signal
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.report import Row
from tests.crash.lasting_killer import inside
from tests.crash.server import ServerProcess
from tests.networks import REGION, ZONE

from juyong.netplane.door import Refusal, door_of

MACHINES, ROUNDS, AT_ONCE = 100, 5, 50
FIRST_S, MORE_S = 3.0, 1.0
"""The bound: so many seconds, and so many for each hundred instances."""
REFUSED = 3
_NOBODY = 65534
_IMAGE = "ubuntu_22_04_x64_20G_alibase_20240710.vhd"
_VPC, _ECS = "2016-04-28", "2014-05-26"
_PORT = 80
_MOST_S, _PAUSE_S = 120.0, 0.01
PROBE = """
import errno, select, socket, sys, time
left, tried = set(sys.argv[2:]), {}
ends = time.monotonic() + 60
while left and time.monotonic() < ends:
    for each in left - {address for address, _ in tried.values()}:
        wire = socket.socket()
        wire.setblocking(False)
        wire.connect_ex((each, int(sys.argv[1])))
        tried[wire] = each, time.monotonic()
    _, ready, _ = select.select([], list(tried), [], 0.02)
    for wire, (each, began) in list(tried.items()):
        if wire in ready:
            # Nothing listens: the answer of the machine is that it refuses.
            if wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (0, errno.ECONNREFUSED):
                left.discard(each)
        elif time.monotonic() - began < 0.1:
            continue
        del tried[wire]
        wire.close()
print(len(left))
"""


class Restart(NamedTuple):
    """Seconds by the clock, and of the processors."""

    took: float
    used: float


class Instances:
    """The instances of a server's home: the first one asks, the others answer."""

    def __init__(self, server: ServerProcess, machines: int) -> None:
        self.server, self.folder = server, door_of(server.home)
        self._client = server.client()
        vpc = self._call("CreateVpc", _VPC, CidrBlock="10.0.0.0/16")["VpcId"]
        vswitch = self._call(
            "CreateVSwitch", _VPC, VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.1.0/24"
        )["VSwitchId"]
        group = self._call("CreateSecurityGroup", _ECS, VpcId=vpc)["SecurityGroupId"]
        made = {"VSwitchId": vswitch, "SecurityGroupId": group, "ImageId": _IMAGE}
        for first in range(0, machines + 1, AT_ONCE):
            amount = str(min(AT_ONCE, machines + 1 - first))
            kind = "ecs.c6.large"
            self._call("RunInstances", _ECS, **made, InstanceType=kind, Amount=amount)
        self._asker, self._addresses = "", []
        self._find(machines + 1)

    def _call(self, action: str, version: str, **given: str) -> dict[str, object]:
        answer = self._client.call(action, version=version, RegionId=REGION, **given)
        assert answer.status == 200, (action, answer.members)
        return answer.members

    def _find(self, count: int) -> None:
        found: dict[str, str] = {}
        for page in range(1, 2 + count // AT_ONCE):
            size = {"PageNumber": str(page), "PageSize": str(AT_ONCE)}
            told = self._call("DescribeInstances", _ECS, **size)["Instances"]["Instance"]
            for each in told:
                (address,) = each["VpcAttributes"]["PrivateIpAddress"]["IpAddress"]
                found[each["InstanceId"]] = address
        assert len(found) == count
        self._asker, *others = found
        self._addresses = [found[each] for each in others]

    def await_all(self) -> None:
        """Return once each instance answered a new session of the first one."""
        ends = time.monotonic() + _MOST_S
        words = ("python3", "-I", "-S", "-c", PROBE, str(_PORT), *self._addresses)
        while True:
            try:
                left = inside(self.folder, self._asker, *words)
            except (OSError, Refusal):
                left = []
            if left == ["0"]:
                return
            assert time.monotonic() < ends, f"{left} instances do not answer"
            time.sleep(_PAUSE_S)

    def kill_helper(self) -> Restart:
        """Kill the helper; returns what it cost until all instances answered."""
        server = self.server.process.pid
        helper = helper_of(server)
        # The time of what is killed is lost with it.
        before, start = used_by(server) - used_by(helper), time.monotonic()
        os.kill(helper, signal.SIGKILL)
        self.await_all()
        return Restart(time.monotonic() - start, used_by(server) - before)

    def kill_server(self) -> Restart:
        """Kill the server and start another one; returns what it cost."""
        start = time.monotonic()
        self.server.kill()
        self.server.spawn()
        self.await_all()
        return Restart(time.monotonic() - start, used_by(self.server.process.pid))


def processes() -> dict[int, tuple[int, float]]:
    """Return the parent of each process, and the seconds of it and of those that it waited for."""
    found = {}
    for place in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            words = (place / "stat").read_text().rpartition(") ")[2].split()
            # Source: proc_pid_stat(5): fields 4 and 14 to 17 (documented).
            used = sum(int(each) for each in words[11:15]) / os.sysconf("SC_CLK_TCK")
            found[int(place.name)] = int(words[1]), used
    return found


def helper_of(pid: int) -> int:
    """Return the outermost process of a server's helper."""
    for each, (parent, _) in processes().items():
        if parent == pid and b"netplane" in Path(f"/proc/{each}/cmdline").read_bytes():
            return each
    raise AssertionError("the server has no helper")


def used_by(pid: int) -> float:
    """Return the processor seconds of a process and of those below it."""
    known = processes()

    def used(one: int) -> float:
        return known[one][1] + sum(used(pid) for pid in known if known[pid][0] == one)

    return used(pid)


def measure(machines: int = MACHINES, rounds: int = ROUNDS) -> list[Row]:
    """Kill the helper and the server in turn; the median of each counts."""
    found: dict[str, list[Restart]] = {"helper": [], "server": []}
    with (
        tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder,
        ServerProcess(Path(folder) / "home") as server,
    ):
        instances = Instances(server, machines)
        instances.await_all()
        for _ in range(rounds):
            found["helper"].append(instances.kill_helper())
            found["server"].append(instances.kill_server())
            print(*(each[-1] for each in found.values()), file=sys.stderr, flush=True)
    most = FIRST_S + MORE_S * machines / 100
    return [_row(name, machines, restarts, most) for name, restarts in found.items()]


def _row(name: str, machines: int, restarts: list[Restart], most: float) -> Row:
    took = statistics.median(each.took for each in restarts)
    used = statistics.median(each.used for each in restarts)
    return Row(
        f"{machines} instances, {name} killed",
        f"{took:.2f} s",
        f"{used:.2f} s of processors",
        most / took,
        f"<= {most:g} s",
        "goal" if took <= most else "MISSED",
    )


def be_a_user() -> None:
    """Have root become a user that owns nothing, for good."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        os.environ["HOME"] = tempfile.gettempdir()


if __name__ == "__main__":
    be_a_user()
    rows = measure(*map(int, sys.argv[1:3]))
    print(*rows, sep="\n")
    sys.exit(0 if all(row.held for row in rows) else 1)
