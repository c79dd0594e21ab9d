"""The files of the system that foreign code may see, shown in a tree of its own.

The sandbox of functions and the machines of the network plane share the list: programs, libraries
and the interpreter, and nothing that holds data. The module imports little, since each run of a
function loads it anew.
"""
# ruff: noqa: PTH103, PTH112, PTH114, PTH115, PTH117, PTH120, PTH211
# pathlib would cost each run some milliseconds.

import os
import sys
from collections.abc import Iterable

from juyong.base import linux

PROGRAMS = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/etc/ld.so.cache", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/localtime"),
    *("/etc/nsswitch.conf", "/etc/services", "/etc/protocols"),
)
NAMES = ("/etc/resolv.conf", "/etc/hosts")
"""Where the host's own names are looked up."""
DEVICES = ("null", "zero", "full", "random", "urandom")
_KEPT = {1: 1, 2: 2, 4: 4, 8: 8, 1024: 1024, 2048: 2048, 4096: 1 << 21}
"""Flags of a mount (statvfs) that a remount must repeat, as mount() spells them."""


def visible(wanted: Iterable[str]) -> list[str]:
    """Return paths of the host that are there, with the interpreter's, none below another."""
    kept: list[str] = []
    for path in sorted(p.rstrip("/") for p in {*wanted, sys.prefix, sys.base_prefix}):
        if path and os.path.lexists(path) and not any(path.startswith(f"{k}/") for k in kept):
            kept.append(path)
    return kept


def bind(source: str, target: str, *, read_only: bool = True) -> None:
    """Show a file or directory of the host's at a place in the new root.

    A link such as /bin to usr/bin stays a link; a link to elsewhere becomes its target.

    Raises:
        OSError: the kernel's refusal.
    """
    os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
    if os.path.islink(source) and not os.path.isabs(os.readlink(source)):
        os.symlink(os.readlink(source), target)
        return
    if os.path.isdir(source):
        os.makedirs(target, 0o755, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    real = os.path.realpath(source)
    try:
        linux.mount(real, target, None, linux.BIND)
    except OSError:
        # The kernel does not let a mount below a directory be uncovered: take the mount along.
        linux.mount(real, target, None, linux.BIND | linux.REC)
    flags = (
        linux.BIND | linux.REMOUNT | linux.NOSUID | (linux.RDONLY | linux.NODEV if read_only else 0)
    )
    linux.mount(None, target, None, flags | flags_of(target))


def flags_of(target: str) -> int:
    """Return the flags of a mount that a remount must repeat."""
    held, flags = os.statvfs(target).f_flag, 0
    for flag, spelled in _KEPT.items():
        flags |= spelled if held & flag else 0
    return flags
