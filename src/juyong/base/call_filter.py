"""System calls that the kernel refuses to a process and all that it starts, for good.

The sandbox of functions and the machines of the network plane share the filter. The module imports
little, since each run of a function loads it anew.

Source: the manual pages seccomp(2), syscalls(2) (documented).
"""

import ctypes
import errno
import os
import socket
import sys
from contextlib import suppress
from typing import NamedTuple

from juyong.base import linux

_SECCOMP, _BY_FILTER = 22, 2


class _Calls(NamedTuple):
    """A processor's numbers of system calls.

    hidden: memfd_create, memfd_secret, shmget, semget, msgget, which give memory that no process is
    seen to hold, and io_uring_setup, a way round the filter. powers: Calls that change namespaces,
    mounts, keys or the kernel: add_key, request_key, keyctl, bpf, userfaultfd, perf_event_open,
    open_by_handle_at, kexec_load, init_module, finit_module, unshare, setns, mount, umount2,
    pivot_root, open_tree, move_mount, fsopen, fsmount.
    """

    architecture: int
    socket: int
    hidden: tuple[int, ...]
    powers: tuple[int, ...]


_MOUNTS = (428, 429, 430, 432)
_CALLS = {
    "x86_64": _Calls(
        0xC000003E,
        41,
        (319, 447, 29, 64, 68, 425),
        (248, 249, 250, 321, 323, 298, 304, 246, 175, 313, 272, 308, 165, 166, 155, *_MOUNTS),
    ),
    "aarch64": _Calls(
        0xC00000B7,
        198,
        (279, 447, 194, 190, 186, 425),
        (217, 218, 219, 280, 282, 241, 265, 104, 105, 273, 97, 268, 40, 39, 41, *_MOUNTS),
    ),
}
_FOREIGN = 0x40000000
"""From here on calls are of x32, another set of numbers for the same architecture."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM


def refuse_calls(*, path_sockets: bool, powers: bool) -> None:
    """Have the kernel refuse some system calls from here on; a system that cannot goes without.

    Args:
        path_sockets: Whether sockets with a path or a name in the abstract can be had, and not only
            pairs of them.
        powers: Whether the calls that change namespaces, mounts, keys or the kernel can be made.

    SECURITY: where the host's files or its network can be seen, sockets with a path or a name lead
    to services of the host's that take a caller for one of their own.
    """
    calls = _CALLS.get(os.uname().machine)
    if calls is None or sys.maxsize < 1 << 32:
        # An interpreter of 32 bits makes the calls of another architecture.
        return
    refused = calls.hidden + (() if powers else calls.powers)
    program = linux.Filter.of(_steps(calls, refused, path_sockets=path_sockets))
    with suppress(OSError):
        linux.prctl(_SECCOMP, _BY_FILTER, ctypes.byref(program))


def _steps(
    calls: _Calls, refused: tuple[int, ...], *, path_sockets: bool
) -> list[tuple[int, int, int, int]]:
    """Return the steps: code, steps to skip when true, when false, operand."""
    sockets = [
        (_EQUAL, 0, 2, calls.socket),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 1, 0, socket.AF_UNIX),
    ]
    if path_sockets:
        sockets = []
    last = len(refused) + len(sockets) + 5
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, last - 2, calls.architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, last - 4, 0, _FOREIGN),
        *((_EQUAL, last - at, 0, number) for at, number in enumerate(refused, 5)),
        *sockets,
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
