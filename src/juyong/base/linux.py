"""Calls of the Linux kernel that Python 3.11 lacks: namespaces, mounts, privileges, filters.

The sandbox of functions and `juyong exec` share them. The module imports little, since each run of
a function loads it anew; on another system the first call raises OSError (ENOSYS).

Source: the manual pages unshare(2), mount(2), prctl(2), capabilities(7), netdevice(7), bpf(4)
(documented).
"""

import ctypes
import errno
import os
import socket
import struct
import sys
from collections.abc import Collection, Iterable
from typing import Any

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT = 1, 2, 4, 8, 32
BIND, REC, PRIVATE, SLAVE = 4096, 16384, 1 << 18, 1 << 19
_DETACH = 2
_PDEATHSIG, _CAPBSET_DROP, _CHILD_SUBREAPER = 1, 24, 36
_CAPABILITIES = 64
_CAPSET_VERSION = 0x20080522
_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x41

_libc = ctypes.CDLL(None, use_errno=True)


class Filter(ctypes.Structure):
    """A program of the kernel's packet filter, in the form that system calls take."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))

    @classmethod
    def of(cls, steps: Iterable[tuple[int, int, int, int]]) -> "Filter":
        """Pack steps: code, steps to skip when true, when false, operand."""
        packed = b"".join(struct.pack("=HBBI", *step) for step in steps)
        return cls(len(packed) // 8, packed)


def call(name: str, *arguments: Any) -> None:
    """Make a call of the C library that answers 0 when it is done.

    Raises:
        OSError: with the kernel's error; ENOSYS where the library does not know the call.
    """
    try:
        function = getattr(_libc, name)
    except AttributeError:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), name) from None
    ctypes.set_errno(0)
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


def unshare(flags: int) -> None:
    """Leave namespaces for new ones; with NEWUSER the process must have one thread only."""
    call("unshare", flags)


def enter(namespace: int, kind: int) -> None:
    """Enter a namespace by an open file of /proc/PID/ns; NEWPID changes that of later children.

    A user namespace can be entered by a process with one thread only.
    """
    call("setns", namespace, kind)


def mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    """Mount, bind or remount."""
    words = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    data = None if options is None else options.encode()
    try:
        call("mount", *words, ctypes.c_ulong(flags), data)
    except OSError as refused:
        raise OSError(refused.errno, refused.strerror, f"mount {target}") from None


def unmount(target: str) -> None:
    """Take a mount out of sight; what holds a file of it goes on holding that."""
    call("umount2", os.fsencode(target), _DETACH)


def prctl(option: int, argument: Any, more: Any = 0) -> None:
    """Change something about the calling process."""
    call("prctl", option, argument, more, 0, 0)


def die_with_parent(number: int) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    prctl(_PDEATHSIG, number)


def reap_orphans() -> None:
    """Become the parent of all descendants whose parent ends."""
    prctl(_CHILD_SUBREAPER, 1)


def raise_loopback() -> None:
    """Bring the loopback interface of this network namespace up."""
    import fcntl  # noqa: PLC0415  # few runs of functions need it

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = b"lo".ljust(16, b"\0") + _IFF_UP_RUNNING.to_bytes(2, sys.byteorder) + bytes(22)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)


def bound_capabilities(kept: Collection[int] = ()) -> None:
    """See to it that no program which is executed from here on has other capabilities."""
    for capability in range(_CAPABILITIES):
        if capability not in kept:
            try:
                prctl(_CAPBSET_DROP, capability)
            except OSError as refused:
                if refused.errno != errno.EINVAL:
                    raise
                # The kernel knows no such capability.


def give_up_capabilities() -> None:
    """Take every capability from the calling thread, for good."""
    keep_capabilities(())


def keep_capabilities(kept: Collection[int]) -> None:
    """Take every capability but some from the calling thread, for good."""
    header = (ctypes.c_uint32 * 2)(_CAPSET_VERSION, 0)
    mask = sum(1 << capability for capability in kept)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    # Effective, permitted and inheritable ones: first the lower half of each, then the higher.
    call("capset", header, (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0))
