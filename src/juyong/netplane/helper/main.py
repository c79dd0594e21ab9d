"""The helper from its start to its end: it leaves its namespaces, then does what it is told.

Two processes: the outermost stays in the process ids of the system and waits; the second is the
first of new ones. The outermost ends when the server does, the second when the outermost does, and
with the first process of its namespace the kernel ends all machines. Nothing else holds the network
namespaces, rules and links, so they end as well.

As root, where the home has a room, `juyong.netplane.helper.lasting` is the way instead.
"""

import os
import resource
import select
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from juyong.base import linux
from juyong.netplane.helper import kept, lasting, leaving
from juyong.netplane.helper.bounds import BEGIN, Bounds, bounds_of
from juyong.netplane.helper.serving import refuse, serve

_SEARCHED = "/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin"
CLEAR = "clear"


def main(control: int, life: int, token: str = "", folder: str = "") -> NoReturn:
    """Be the outermost process.

    Args:
        control: The pair of sockets over which the server speaks.
        life: A pipe; the server alone holds the other end.
        token: The name of the home's room, empty where nothing is to outlive the helper.
        folder: The folder of the plane in the home.
    """
    os.umask(0o022)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Each machine and each router is held by descriptors.
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.environ.clear()
    os.environ["PATH"] = _SEARCHED
    pair = socket.socket(fileno=control)
    unkept = ""
    if token:
        room = kept.Kept(token)
        try:
            lock = lasting.prepared(room)
        except kept.Busy as busy:
            # The helper of a server that was killed may still be ending.
            sys.exit(f"{busy.strerror}: {busy.filename}")
        except OSError as refused:
            unkept = f"{refused.strerror} ({refused.filename})"
        else:
            lasting.run(pair, life, room, Path(folder), lock)
    _run(pair, life, unkept)


def _run(pair: socket.socket, life: int, unkept: str) -> NoReturn:
    name = f"{BEGIN}{os.getpid()}"
    # Root's groups are those of a room alone: later, nothing else shows whose groups these are.
    bounds = bounds_of(name, is_root=False) if os.geteuid() else Bounds()
    bounds.sweep_left()
    try:
        uids = leaving.leave(leaving.ALL | linux.NEWPID)
    except OSError as refused:
        refuse(pair, f"the system refuses namespaces: {refused.strerror} ({refused.filename})")
    inner = os.fork()
    if inner == 0:
        os.close(life)
        _be_first(pair, uids, bounds, unkept)
    pair.close()
    select.select([life, os.pidfd_open(inner)], [], [])
    with suppress(ProcessLookupError):
        os.kill(inner, signal.SIGKILL)
    os.waitpid(inner, 0)
    # The system's processes are not seen here any more: `/proc` is that of the inner process.
    bounds.close()
    os._exit(0)


def _be_first(pair: socket.socket, uids: int, bounds: Bounds, unkept: str) -> NoReturn:
    """Be process 1 of the helper's namespaces."""
    try:
        linux.die_with_parent(signal.SIGKILL)
        linux.mount(None, "/", None, linux.REC | linux.PRIVATE)
        linux.mount("proc", "/proc", "proc", linux.NOSUID | linux.NODEV | linux.NOEXEC)
    except OSError as refused:
        refuse(pair, f"the system refuses a part of a network: {refused}")
    serve(pair, uids, bounds, unkept=unkept)


if __name__ == "__main__":
    if sys.argv[1] == CLEAR:
        kept.clear(sys.argv[2])
    else:
        main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
