"""No room left: calls are refused with 503, nothing is falsely acknowledged, and it passes."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from tests.crash.calls import Answer, Client
from tests.crash.evidence import events_by_agent, integrity, reading
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


def starve(server: ServerProcess, shortage: Shortage) -> str:
    """Take the room away under a running server, and give it back."""
    client = server.client(agent=_AGENT)
    made: list[str] = []
    assert _create(client, made, 0).status == 200
    with shortage(server):
        refused = _until_refused(client, made)
        for _ in range(_CALLS_WITHOUT_ROOM):
            assert refused.status == 503, refused
            assert refused.code == "ServiceUnavailable", refused
            refused = _create(client, made, len(made))
            if refused.status == 200:
                # A little room may have come back at the end of the log.
                refused = _until_refused(client, made)
    assert server.process is not None
    assert server.process.poll() is None, "the server ended for want of room"
    while_short = len(made)
    for _ in range(_CALLS_AFTERWARDS):
        assert _create(client, made, len(made)).status == 200
    for name in made:
        client.done("GetUser", UserName=name)
    with reading(server.home) as database:
        assert integrity(database) == "ok"
        stored = {row[0] for row in database.execute("SELECT user_name FROM ram_user")}
        events = events_by_agent(database)[_AGENT]
    assert stored == {*made, "administrator"}, "acknowledged and stored users differ"
    assert sum(event.name == "CreateUser" for event in events) == len(made)
    return f"{while_short} calls until there was no room, all kept; {len(made)} users in the end"


def _until_refused(client: Client, made: list[str]) -> Answer:
    for _ in range(_MOST_CALLS):
        answer = _create(client, made, len(made))
        if answer.status != 200:
            return answer
    raise AssertionError(f"{_MOST_CALLS} calls were accepted without any room")


def _create(client: Client, made: list[str], number: int) -> Answer:
    name = f"short-{number}"
    answer = client.call("CreateUser", UserName=name, Comments="x" * 100)
    if answer.status == 200:
        made.append(name)
    return answer


def full_disk(folder: Path) -> str:
    """Run on a small disk that gets full.

    Raises:
        CannotMount: it takes root's rights.
    """
    with (
        small_disk(folder / "disk") as disk,
        ServerProcess(disk / "home", logs=folder) as server,
    ):
        return starve(server, full)


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
