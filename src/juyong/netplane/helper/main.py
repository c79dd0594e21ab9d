"""The helper from its start to its end: it leaves its namespaces, then does what it is told.

Two processes: the outermost stays in the process ids of the system and waits; the second is the
first of new ones. The outermost ends when the server does, the second when the outermost does, and
with the first process of its namespace the kernel ends all machines. Network namespaces, rules and
links are held by nothing else, so that they end as well.
"""

import os
import resource
import select
import shutil
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import msgspec

from juyong.base import linux
from juyong.netplane.helper import kernel
from juyong.netplane.helper.loop import Loop
from juyong.netplane.messages import Ended, Ready, send

_FIRST_UID = 2_001_000_000
"""The users that machines are, for root: of no other process, and of no file."""
MOST_UIDS = 65_000
_SEARCHED = "/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin"
_TRIAL = """table inet juyong_trial {
set own { type ifname . ipv4_addr; elements = { "a" . 10.0.0.1 } }
map verdicts { type ifname : verdict; }
chain raw { type filter hook prerouting priority raw; policy drop; iifname . ip saddr @own accept; }
chain forward { type filter hook forward priority 0; policy drop;
ct state vmap { established : accept, invalid : drop }
iifname vmap @verdicts
}
chain nat { type nat hook prerouting priority dstnat; policy accept;
dnat ip to ip daddr map { 203.0.113.1 : 10.0.0.1 }
}
}
delete table inet juyong_trial
"""


def main(control: int, life: int) -> NoReturn:
    """Be the outermost process.

    Args:
        control: The pair of sockets over which the server speaks.
        life: A pipe of which the server alone holds the other end.
    """
    os.umask(0o022)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Each machine and each router is held by descriptors.
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.environ.clear()
    os.environ["PATH"] = _SEARCHED
    pair = socket.socket(fileno=control)
    try:
        uids = _leave()
    except OSError as refused:
        said = f"the system refuses namespaces: {refused.strerror} ({refused.filename})"
        _refuse(pair, said)
    inner = os.fork()
    if inner == 0:
        os.close(life)
        _be_first(pair, uids)
    pair.close()
    select.select([life, os.pidfd_open(inner)], [], [])
    with suppress(ProcessLookupError):
        os.kill(inner, signal.SIGKILL)
    os.waitpid(inner, 0)
    os._exit(0)


def _refuse(pair: socket.socket, reason: str) -> NoReturn:
    with suppress(Ended):
        send(pair, Ready(refused=reason))
    os._exit(1)


def _leave() -> int:
    """Leave the namespaces; returns how many users there are for machines."""
    owner = os.getpid()
    asked, ask = os.pipe()
    told, tell = os.pipe()
    mapper = os.fork()
    if mapper == 0:
        os.close(ask)
        os.read(asked, 1)
        _map_users(owner, tell)
    os.close(tell)
    try:
        linux.unshare(
            linux.NEWUSER | linux.NEWNET | linux.NEWNS | linux.NEWPID | linux.NEWIPC | linux.NEWUTS
        )
        os.write(ask, b"m")
        found = os.read(told, 1)
    finally:
        for descriptor in (asked, ask, told):
            os.close(descriptor)
        os.waitpid(mapper, 0)
    if not found:
        raise PermissionError(1, "users cannot be mapped", "uid_map")
    return MOST_UIDS if found == b"s" else 0


def _map_users(owner: int, tell: int) -> NoReturn:
    """Map users of a process that has left, from the namespace that it left.

    root keeps its own user, and gets one for each machine; an ordinary user has one only.
    """
    place = Path("/proc", str(owner))
    try:
        if os.geteuid() == 0:
            with suppress(OSError):
                for name in ("uid_map", "gid_map"):
                    (place / name).write_text(f"0 0 1\n1 {_FIRST_UID} {MOST_UIDS}\n")
                os.write(tell, b"s")
                os._exit(0)
        (place / "setgroups").write_text("deny")
        (place / "uid_map").write_text(f"0 {os.geteuid()} 1")
        (place / "gid_map").write_text(f"0 {os.getegid()} 1")
        os.write(tell, b"o")
    except OSError:
        os._exit(1)
    finally:
        os._exit(0)


def _be_first(pair: socket.socket, uids: int) -> NoReturn:
    """Be process 1 of the helper's namespaces."""
    code = 1
    try:
        linux.die_with_parent(signal.SIGKILL)
        linux.mount(None, "/", None, linux.REC | linux.PRIVATE)
        linux.mount("proc", "/proc", "proc", linux.NOSUID | linux.NODEV | linux.NOEXEC)
        for name in ("nft", "ip"):
            if shutil.which(name) is None:
                _refuse(pair, f"`{name}` is not installed")
        kernel.program(["nft", "-f", "-"], _TRIAL)
        loop = Loop(pair, uids)
    except (OSError, kernel.Refused) as refused:
        _refuse(pair, f"the system refuses a part of a network: {refused}")
    try:
        send(pair, Ready())
        loop.serve()
        code = 0
    except (Ended, msgspec.DecodeError):
        # The server is gone, or no message of its own came: nothing may be left behind.
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
