"""The helper of root: namespaces and machines stay when its processes and the server are killed.

The outermost process keeps its powers, for mounts alone, and hears no message of the server's. The
inner one stands in the process ids of the system, so that machines do not end with it: they lose
their parent, and the next helper finds them in the records.
"""

import os
import select
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from juyong.base import linux
from juyong.netplane.helper import kernel, leaving
from juyong.netplane.helper.bounds import BEGIN, bounds_of
from juyong.netplane.helper.keeper import Asking, answer
from juyong.netplane.helper.kept import NET, USERS, Kept
from juyong.netplane.helper.left import Left, opened
from juyong.netplane.helper.proofs import mounts_below
from juyong.netplane.helper.serving import refuse, serve
from juyong.netplane.keeping import ROOM

CLEAR = b"c"
"""Said by the server on the pipe of its life: nothing is to stay."""
_TRIAL = f"{NET}999999999"


def prepared(room: Kept) -> int:
    """Take the room and try whether the system keeps a namespace; returns the lock.

    Raises:
        OSError: the system refuses.
    """
    lock = room.take()
    try:
        network = kernel.network()
        try:
            room.hold(_TRIAL, network)
        finally:
            os.close(network)
            room.drop(_TRIAL)
    except OSError:
        os.close(lock)
        raise
    return lock


def run(pair: socket.socket, life: int, room: Kept, folder: Path, lock: int) -> NoReturn:
    """Be the outermost process, until the server or the inner process ends."""
    left = opened(room, folder)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    outer = os.getpid()
    inner = os.fork()
    if inner == 0:
        for each in (life, lock, ours.detach()):
            os.close(each)
        _be_inner(pair, Asking(room, theirs), folder, left, outer)
    pair.close()
    theirs.close()
    left.close()
    clear = _attend(life, inner, room, ours)
    with suppress(ProcessLookupError):
        os.kill(inner, signal.SIGKILL)
    os.waitpid(inner, 0)
    if clear or room.home(folder) is None:
        room.clear()
    os._exit(0)


def _attend(life: int, inner: int, room: Kept, asked: socket.socket) -> bool:
    """Answer the inner process until it or the server ends; tells whether nothing is to stay."""
    process, request = os.pidfd_open(inner), asked.fileno()
    while True:
        ready, _, _ = select.select([life, process, request], [], [])
        if life in ready:
            return os.read(life, 1) == CLEAR
        if process in ready:
            # The server may have said so at the same time.
            return bool(select.select([life], [], [], 0)[0]) and os.read(life, 1) == CLEAR
        with suppress(OSError):
            answer(room, asked)


def _be_inner(
    pair: socket.socket, keeper: Asking, folder: Path, left: Left, outer: int
) -> NoReturn:
    try:
        # Mounts of a namespace, seen here too, would hold the namespace when it is let go.
        linux.unshare(linux.NEWNS)
        linux.mount(None, "/", None, linux.REC | linux.PRIVATE)
        for place in list(mounts_below(ROOM)):
            # A room that another home lets go at the same time is gone already.
            with suppress(OSError):
                linux.unmount(place)
        bounds = bounds_of(f"{BEGIN}{keeper.room.path.name}", is_root=True)
        uids = _enter(left) if left.users >= 0 else leaving.leave(leaving.ALL)
        linux.die_with_parent(signal.SIGKILL)
        if os.getppid() != outer:
            os._exit(1)
        linux.mount(None, "/", None, linux.REC | linux.PRIVATE)
        if left.users < 0:
            _keep(keeper)
            keeper.room.begin(folder, uids)
    except OSError as refused:
        refuse(pair, f"the system refuses namespaces: {refused.strerror} ({refused.filename})")
    serve(pair, uids, bounds, keeper, left=left)


def _enter(left: Left) -> int:
    linux.enter(left.users, linux.NEWUSER)
    linux.enter(left.networks[0], linux.NEWNET)
    linux.unshare(leaving.OWN)
    return left.uids


def _keep(keeper: Asking) -> None:
    users = os.open("/proc/self/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    try:
        keeper.hold_as(USERS, users)
    finally:
        os.close(users)
