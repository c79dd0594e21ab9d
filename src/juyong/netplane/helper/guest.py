"""Runs in the first process of a machine: builds its walls, then waits for its processes.

The process is a copy of the helper that never comes back into the helper's code. It makes the file
system while it still has the helper's powers over mounts, then enters a user namespace of its own,
where the process is root over its own network, host name and processes alone.
"""

import os
import resource
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn

from juyong.base import linux, walls
from juyong.base.call_filter import refuse_calls
from juyong.netplane.helper import disks
from juyong.netplane.messages import Tree

BASE = "/sys"
"""Where a machine's root is built, in a mount namespace that only the machine has: each system has
the directory, and no machine sees what is there."""
_CAPABILITIES = (0, 1, 3, 4, 5, 6, 7, 8, 10, 13)
"""The powers that root of a machine has within its own namespaces: CHOWN, DAC_OVERRIDE, FOWNER,
FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW."""
_NO_NEW_PRIVS = 38
_DUMPABLE = 4
_DISK_MEGABYTES = 64
_FILES, _PROCESSES = 1024, 256
_MEGABYTE = 1024 * 1024
_GLANCE_SECONDS = 1.0
_MOST_DESCRIPTORS = 2**31 - 1
"""Ahead of the highest number that the kernel gives."""
_READY = b"r"
MAPPED = b"m"
_SIZE = 4
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "USER": "root", "LANG": "C.UTF-8"}
_TRUST = "/etc/juyong-trust.pem"
_TRUSTING = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""Where TLS libraries look for certificates. Source: the documentation of OpenSSL, curl, Requests
and Node.js (documented)."""
_OWN = ("etc", "tmp", "run", "mnt", "root", "home", "opt", "srv", "var")
_VAR = ("var/log", "var/lib", "var/tmp")
"""Of a machine whose files are in memory; a tree brings its own."""
_LINKS = {"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
OUT_OF_MEMORY = 251


class Walls(NamedTuple):
    """Describes a machine.

    uid: In the helper's user namespace. resolvers: Addresses. trust: Certificates in PEM. trees:
    The trees of its disks. bound: The bound on what the trees hold; the helper may change the
    bound.
    """

    hostname: str
    uid: int
    memory_mb: int
    resolvers: tuple[str, ...]
    trust: bytes
    trees: tuple[Tree, ...]
    bound: disks.Bound


def be_first(machine: Walls, status: int, orders: int) -> NoReturn:
    """Be process 1 of a machine, from the fork to its end.

    Args:
        status: A pipe on which the process says that its namespaces are there.
        orders: A pipe that says that the user is mapped, then that the machine may run.
    """
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        end_first()
        _close_all_but(status, orders)
        _build_root(machine)
        linux.unshare(linux.NEWUSER | linux.NEWNET | linux.NEWUTS | linux.NEWIPC)
        os.write(status, _READY)
        if os.read(orders, 1) != MAPPED:
            os._exit(1)
        become_root()
        _settle(machine)
        os.write(status, _READY)
        user_data = _gone_for(_read_all(orders))
        os.close(orders)
        os.close(status)
        confine(machine.memory_mb, disks.most_mb(machine.trees))
        linux.prctl(_DUMPABLE, 0)
        code = _attend(machine, user_data)
    except OSError as refused:
        with suppress(OSError):
            os.write(status, f"x{refused.strerror}: {refused.filename}".encode())
    finally:
        os._exit(code)


def going(user_data: bytes) -> bytes:
    """Return the order that lets a machine run."""
    return len(user_data).to_bytes(_SIZE, "big") + user_data


def _gone_for(order: bytes) -> bytes:
    """Return the user data of an order, or end: the helper was killed while it gave the order."""
    if len(order) < _SIZE or len(order) != _SIZE + int.from_bytes(order[:_SIZE], "big"):
        os._exit(1)
    return order[_SIZE:]


def end_first() -> None:
    """Have the kernel end the process ahead of the platform where memory runs out."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def _close_all_but(*kept: int) -> None:
    """Close all descriptors of the helper, which lead into its namespaces."""
    nothing = os.open("/dev/null", os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    close_from(3, kept)


def close_from(first: int, kept: Sequence[int] = ()) -> None:
    """Close all descriptors from a number on, and leave some open.

    Cost: one call of the kernel for each gap, however many machines the helper holds.
    """
    for each in sorted(kept):
        os.closerange(first, each)
        first = each + 1
    os.closerange(first, _MOST_DESCRIPTORS)


def environment(*, trusts: bool) -> dict[str, str]:
    """Return the variables of each command in a machine."""
    return _ENVIRONMENT | (dict.fromkeys(_TRUSTING, _TRUST) if trusts else {})


def become_root() -> None:
    """Be root of the machine's user namespace; the groups of the helper's user stay behind."""
    with suppress(OSError):
        os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def confine(memory_mb: int, file_mb: int = 0) -> None:
    """Keep the powers of a machine's root only, and no way to others.

    Args:
        file_mb: How long a file may become; 0 where the file system has a bound of its own.
    """
    memory = memory_mb * _MEGABYTE
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_NPROC, _PROCESSES),
        *([(resource.RLIMIT_FSIZE, file_mb * _MEGABYTE)] if file_mb else []),
    ):
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))
    linux.bound_capabilities(_CAPABILITIES)
    linux.keep_capabilities(_CAPABILITIES)
    linux.prctl(_NO_NEW_PRIVS, 1)
    # Sockets with a path or a name lead to the machine's own processes: it sees no others.
    refuse_calls(path_sockets=True, powers=False)


def _build_root(machine: Walls) -> None:
    """Make a root that holds the system's programs and the machine's own files, and enter it."""
    linux.unshare(linux.NEWNS)
    linux.mount(None, "/", None, linux.REC | linux.PRIVATE)
    options = f"size={_DISK_MEGABYTES}m,nr_inodes=20000,mode=0755"
    linux.mount("tmpfs", BASE, "tmpfs", linux.NOSUID | linux.NODEV, options)
    root = Path(BASE)
    own = _OWN if machine.trees else _OWN + _VAR
    for name in (*own, "dev", "proc"):
        (root / name).mkdir(mode=0o755)
    for tree in machine.trees:
        disks.show(tree, root, machine.uid)
    for shown in walls.visible(walls.PROGRAMS):
        if machine.trees and disks.is_on_disk(shown):
            disks.bind_below(shown, root)
        else:
            walls.bind(shown, BASE + shown)
    for name in walls.DEVICES:
        walls.bind(f"/dev/{name}", f"{BASE}/dev/{name}", read_only=False)
    for name, leads in _LINKS.items():
        (root / "dev" / name).symlink_to(f"/proc/self/{leads}")
    linux.mount("proc", f"{BASE}/proc", "proc", linux.NOSUID | linux.NODEV | linux.NOEXEC)
    _write_files(root / "etc", machine)
    on_disk = {root / name for name in own if machine.trees and disks.is_on_disk(f"/{name}")}
    for path in {root, *(root / name for name in own), *(root / "etc").iterdir()} - on_disk:
        if path == root or not (path.is_symlink() or path.is_mount()):
            with suppress(OSError):
                os.chown(path, machine.uid, machine.uid)
    for name in ("tmp", *(() if machine.trees else ("var/tmp",))):
        (root / name).chmod(0o1777)
    (root / "old").mkdir(mode=0o700)
    linux.call("pivot_root", BASE.encode(), f"{BASE}/old".encode())
    os.chdir("/")
    linux.unmount("/old")
    Path("/old").rmdir()


def _write_files(etc: Path, machine: Walls) -> None:
    lines = "".join(f"nameserver {address}\n" for address in machine.resolvers)
    for name, text in (
        ("hostname", f"{machine.hostname}\n"),
        ("hosts", f"127.0.0.1 localhost\n127.0.1.1 {machine.hostname}\n::1 localhost\n"),
        ("resolv.conf", lines),
        ("passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ("group", "root:x:0:\n"),
    ):
        (etc / name).write_text(text)
    if machine.trust:
        (etc / Path(_TRUST).name).write_bytes(machine.trust)


def _settle(machine: Walls) -> None:
    """Set up what is the machine's own, with its own powers."""
    os.setsid()
    os.umask(0o022)
    name = machine.hostname.encode()
    linux.call("sethostname", name, len(name))
    linux.raise_loopback()
    with suppress(OSError):
        Path("/proc/sys/user/max_user_namespaces").write_text("0", encoding="ascii")
    with suppress(OSError):
        # Pages of shared memory, which no process is seen to hold.
        Path("/proc/sys/kernel/shmall").write_text("4096", encoding="ascii")
    with suppress(OSError):
        Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 0", encoding="ascii")


def _read_all(pipe: int) -> bytes:
    found = bytearray()
    while chunk := os.read(pipe, 65536):
        found += chunk
    return bytes(found)


def _attend(machine: Walls, user_data: bytes) -> int:
    """Run the user data, then reap and look at the memory until the machine is killed."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    if user_data.startswith(b"#!"):
        _run_user_data(user_data, environment(trusts=bool(machine.trust)))
    most, watch = machine.memory_mb * _MEGABYTE, disks.Watch(machine.bound)
    while True:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if _resident() > most:
            # The kernel ends all others with this one.
            return OUT_OF_MEMORY
        watch.look()
        signal.sigtimedwait({signal.SIGCHLD}, _GLANCE_SECONDS)


def _run_user_data(user_data: bytes, variables: dict[str, str]) -> None:
    """Run a script; its output is a file of the machine's."""
    script = Path("/run/user-data")
    script.write_bytes(user_data)
    script.chmod(0o700)
    if os.fork():
        return
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        log = os.open("/var/log/user-data.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.chdir("/root")
        os.execve(script, [str(script)], variables)  # noqa: S606  # no shell is wanted
    finally:
        os._exit(127)


def _resident() -> int:
    """Return the bytes that all processes of the machine hold, files left out.

    The first process is the platform's, and shares its pages with the helper.
    """
    kilobytes = 0
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and place.name != "1":
            try:
                text = (place / "status").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            kilobytes += sum(
                int(line.split()[1])
                for line in text.splitlines()
                if line.startswith(("RssAnon:", "RssShmem:"))
            )
    return kilobytes * 1024
