"""No room left: calls are refused with 503, nothing is falsely acknowledged, and it passes."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.crash.calls import Answer, Client
from tests.crash.evidence import events_by_agent, reading
from tests.crash.homes import Home
from tests.crash.server import ServerProcess

_DISK_BYTES = 24 * 1024 * 1024
_MOST_CALLS = 3000
_CALLS_WITHOUT_ROOM = 20
_CALLS_AFTERWARDS = 20
_AGENT = "shortage"

Shortage = Callable[[ServerProcess], AbstractContextManager[None]]


class CannotMount(Exception):
    """This process may not mount a file system."""


@contextmanager
def small_disk(at: Path) -> Iterator[Path]:
    """Mount a file system of a few megabytes.

    Raises:
        CannotMount: it takes root's rights.
    """
    at.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES},mode=0700", "tmpfs", str(at)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as refused:
        raise CannotMount(str(refused)) from refused
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True, capture_output=True)


@contextmanager
def full(server: ServerProcess) -> Iterator[None]:
    """Fill the disk the home is on."""
    ballast = server.home.parent / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def no_larger_files(server: ServerProcess) -> Iterator[None]:
    """Let no file of the process grow beyond what the database is now."""
    assert server.process is not None
    pid = server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    size = (server.home / "juyong.db").stat().st_size
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@dataclass(frozen=True)
class Work:
    """What is written while there is no room.

    make: Makes one thing under a name. action: Its operation. refusal: The code of a 503.
    keeps: Fails unless what was made is as it was made. names: SQL for the names of all that are.
    """

    action: str
    refusal: str
    make: Callable[[Client, str], Answer]
    keeps: Callable[[Client, str], object]
    names: str


USERS = Work(
    action="CreateUser",
    refusal="ServiceUnavailable",
    make=lambda client, name: client.call("CreateUser", UserName=name, Comments="x" * 100),
    keeps=lambda client, name: client.done("GetUser", UserName=name),
    names="SELECT user_name FROM ram_user WHERE user_name LIKE 'short-%'",
)


def starve(server: ServerProcess, shortage: Shortage, work: Work = USERS) -> str:
    """Take the room away under a running server, and give it back."""
    client = server.client(agent=_AGENT)
    made: list[str] = []
    assert _create(work, client, made).status == 200
    with shortage(server):
        refused = _until_refused(work, client, made)
        for _ in range(_CALLS_WITHOUT_ROOM):
            assert refused.status == 503, refused
            assert refused.code == work.refusal, refused
            refused = _create(work, client, made)
            if refused.status == 200:
                # A little room may have come back at the end of the log.
                refused = _until_refused(work, client, made)
    assert server.process is not None
    assert server.process.poll() is None, "the server ended for want of room"
    while_short = len(made)
    for _ in range(_CALLS_AFTERWARDS):
        assert _create(work, client, made).status == 200
    for name in made:
        work.keeps(client, name)
    with reading(Home(server.home)) as database:
        assert not database.damage()
        stored = {row[0] for row in database.execute(work.names)}
        events = events_by_agent(database)[_AGENT]
    assert stored == set(made), "acknowledged and stored differ"
    assert sum(event.name == work.action for event in events) == len(made)
    return f"{while_short} calls until there was no room, all kept; {len(made)} in the end"


def _until_refused(work: Work, client: Client, made: list[str]) -> Answer:
    for _ in range(_MOST_CALLS):
        answer = _create(work, client, made)
        if answer.status != 200:
            return answer
    raise AssertionError(f"{_MOST_CALLS} calls were accepted without any room")


def _create(work: Work, client: Client, made: list[str]) -> Answer:
    name = f"short-{len(made)}"
    answer = work.make(client, name)
    if answer.status == 200:
        made.append(name)
    return answer


def full_disk(
    folder: Path, work: Work = USERS, environment: Mapping[str, str] | None = None
) -> str:
    """Run on a small disk that gets full.

    Raises:
        CannotMount: it takes root's rights.
    """
    with (
        small_disk(folder / "disk") as disk,
        ServerProcess(disk / "home", dict(environment or {}), logs=folder) as server,
    ):
        return starve(server, full, work)


def file_size_limit(folder: Path) -> str:
    """Run until the kernel refuses to let the database's log grow."""
    with ServerProcess(folder / "limited") as server:
        return starve(server, no_larger_files)


def full_disk_where_allowed(folder: Path) -> str:
    """Run on a small disk; said so where this process may not mount one."""
    try:
        return full_disk(folder)
    except CannotMount:
        return f"left out: user {os.getuid()} may not mount a disk; the next case stands for it"


CASES: Mapping[str, Callable[[Path], str]] = {
    "full disk": full_disk_where_allowed,
    "file size limit": file_size_limit,
}
