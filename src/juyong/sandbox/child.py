"""Runs in the child: builds the walls round itself, then calls the handler.

Three processes: the outermost waits in the server's namespaces; the second is the first of new
ones, builds a file system with nothing of the host's data in it, and gives every privilege up; the
third runs the handler. When the second ends, the kernel ends all processes that it started.

Started as a file by an isolated interpreter, it sees nothing of the platform but what stands in
here and on its standard input: a line of JSON, then the event.
"""
# ruff: noqa: PTH100, PTH102, PTH120, PTH123, PTH208
# pathlib would cost each run some milliseconds.

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, NoReturn

if __name__ == "__main__":
    # An isolated interpreter does not know where the platform's code is; it learns that for one
    # import, and before any code of the package's is in sight.
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
from juyong.base import linux, walls
from juyong.base.call_filter import refuse_calls

if __name__ == "__main__":
    del sys.path[0]

CODE = "/code"
_DUMPABLE, _NO_NEW_PRIVS = 4, 38
_SIGNALLED = 128
OUT_OF_MEMORY = 251
"""Exit code of a run whose processes held too much together."""
_GLANCE_SECONDS = 0.1
_MEGABYTE = 1024 * 1024
_ADDRESS_SPACE_ABOVE = 256 * _MEGABYTE
"""Bytes for code, libraries and reserved address space, added to the memory of a function."""
_INNER_ID = 10_000


def main() -> NoReturn:
    """Wall off, run, and end as the handler's process ended."""
    config = json.loads(sys.stdin.buffer.readline())
    event = sys.stdin.buffer.read()
    os.umask(0o022)
    try:
        _separate(config)
    except OSError as refused:
        _say(b"U", f"namespaces: {refused.strerror}".encode())
        os._exit(1)
    init = os.fork()
    if init == 0:
        _be_first(config, event)
    os._exit(_status_of(init))


def _be_first(config: dict[str, Any], event: bytes) -> NoReturn:
    """Be process 1: build the file system, drop all privileges, wait for the handler's process."""
    try:
        linux.die_with_parent(signal.SIGKILL)
        _build_root(config)
        _drop_privileges(config)
        linux.die_with_parent(signal.SIGKILL)
    except OSError as refused:
        _say(b"U", f"file system or privileges: {refused}".encode())
        os._exit(1)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    worker = os.fork()
    if worker == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        linux.die_with_parent(signal.SIGKILL)
        _call(config, event)
    os.close(1)
    os.close(2)
    most = 2 * config["megabytes"] * _MEGABYTE + _ADDRESS_SPACE_ABOVE
    while (code := _ended(worker)) is None:
        signal.sigtimedwait({signal.SIGCHLD}, _GLANCE_SECONDS)
        if _resident() > most:
            # The kernel ends all others with this one.
            os._exit(OUT_OF_MEMORY)
    os._exit(code)


def _status_of(process: int) -> int:
    """Wait for a process and tell how it ended."""
    _, status = os.waitpid(process, 0)
    return _exit_code(status)


def _ended(process: int) -> int | None:
    """Tell how a process ended, or None while it runs; reaps whatever else is left behind."""
    while True:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == process:
            return _exit_code(status)
        if ended == 0:
            return None


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else _SIGNALLED - code


def _resident() -> int:
    """Return the bytes that all processes of the run hold, files left out.

    What is limited for each process would add up; pages that two share count twice.
    """
    kilobytes = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/status", encoding="utf-8", errors="replace") as file:
                    for line in file:
                        if line.startswith(("RssAnon:", "RssShmem:")):
                            kilobytes += int(line.split()[1])
            except OSError:
                continue
    return kilobytes * 1024


def _say(kind: bytes, payload: bytes = b"", fd: int = 1) -> None:
    message = memoryview(kind + len(payload).to_bytes(8, "big") + payload)
    while message:
        message = message[os.write(fd, message) :]


# --- walls ---


def _separate(config: dict[str, Any]) -> None:
    """Leave the server's namespaces; an ordinary user needs a user namespace for that."""
    linux.die_with_parent(signal.SIGKILL)
    flags = linux.NEWNS | linux.NEWUTS | linux.NEWIPC | linux.NEWPID
    flags |= 0 if config["network"] else linux.NEWNET
    if config["uid"] is not None:
        linux.unshare(flags)
        return
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(flags | linux.NEWUSER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{_INNER_ID} {uid} 1"),
        ("gid_map", f"{_INNER_ID} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _build_root(config: dict[str, Any]) -> None:
    """Make a root that holds the system's programs, the interpreter and the code; all read-only."""
    if not config["network"]:
        linux.raise_loopback()
    linux.mount(None, "/", None, linux.REC | linux.PRIVATE)
    base = config["root"]
    linux.mount("tmpfs", base, "tmpfs", linux.NOSUID | linux.NODEV, "size=1m,mode=0755")
    tree = f"{base}/tree"
    os.mkdir(tree, 0o755)
    _mount_own(tree, config["tmp_megabytes"])
    for path in walls.visible({*walls.PROGRAMS, *walls.NAMES, *config["readable"]}):
        walls.bind(path, tree + path)
    walls.bind(config["code"], tree + CODE)
    os.mkdir(f"{base}/old", 0o700)
    linux.call("pivot_root", base.encode(), f"{base}/old".encode())
    os.chdir("/")
    linux.unmount("/old")
    linux.mount(None, "/", None, linux.REMOUNT | linux.RDONLY | linux.NOSUID | linux.NODEV)
    # SECURITY: within a chroot the kernel refuses new user namespaces, and with them the
    # privileges a process has inside of one.
    os.chroot("/tree")
    os.chdir("/")


def _mount_own(tree: str, tmp_megabytes: int) -> None:
    """Make the private parts of the run: /tmp, /proc and the few harmless devices."""
    for name in ("dev", "proc", "tmp"):
        os.mkdir(f"{tree}/{name}", 0o755)
    for name in walls.DEVICES:
        walls.bind(f"/dev/{name}", f"{tree}/dev/{name}", read_only=False)
    with suppress(OSError):
        # Inside a container whose /proc is partly hidden the kernel shows none: go without.
        linux.mount("proc", f"{tree}/proc", "proc", linux.NOSUID | linux.NODEV | linux.NOEXEC)
    size = f"size={tmp_megabytes}m,mode=1777"
    linux.mount("tmpfs", f"{tree}/tmp", "tmpfs", linux.NOSUID | linux.NODEV, size)  # noqa: S108  # the run's own


def _drop_privileges(config: dict[str, Any]) -> None:
    """Keep no capability and no way to one, and become a user that owns nothing."""
    with suppress(OSError):
        linux.bound_capabilities()
    with suppress(OSError), open("/proc/sys/kernel/shmall", "w", encoding="ascii") as file:
        # Of the run's own namespace; an ordinary user may not, and has the filter below.
        file.write("0")
    if config["uid"] is not None:
        os.setgroups([])
        os.setresgid(config["uid"], config["uid"], config["uid"])
        os.setresuid(config["uid"], config["uid"], config["uid"])
    linux.give_up_capabilities()
    linux.prctl(_NO_NEW_PRIVS, 1)
    linux.prctl(_DUMPABLE, 0)
    refuse_calls(path_sockets=False, powers=True)


def _limit(config: dict[str, Any]) -> None:
    memory = config["megabytes"] * _MEGABYTE
    processors = os.cpu_count() or 1
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, config["seconds"] * processors + 1),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_AS, memory + _ADDRESS_SPACE_ABOVE),
        (resource.RLIMIT_FSIZE, config["tmp_megabytes"] * _MEGABYTE),
        (resource.RLIMIT_NOFILE, config["files"]),
        (resource.RLIMIT_NPROC, config["processes"]),
    ):
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))


# --- the handler ---


def _call(config: dict[str, Any], event: bytes) -> NoReturn:
    """Load and call the handler; the hook reports its exceptions."""
    answers = os.dup(1)
    os.dup2(2, 1)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.excepthook = _reporter(answers)
    os.environ.clear()
    os.environ.update(config["environment"])
    os.chdir(CODE)
    sys.argv[:] = [CODE]
    # SECURITY: until all bounds hold, no module of the package can stand in for a module of the
    # platform.
    _load_hook(config["hook"])
    _set_up_logging()
    _limit(config)
    _say(b"S", fd=answers)
    output = _handler(config["handler"])(event, _context(config))
    payload = _as_bytes(output)
    sys.stdout.flush()
    _say(b"R", payload, fd=answers)
    os._exit(0)


def _handler(name: str) -> Any:
    import importlib  # noqa: PLC0415  # the outer processes have no use for it

    sys.path.insert(0, CODE)
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module.replace("/", ".")), function)


def _load_hook(directory: str | None) -> None:
    if directory is not None:
        sys.modules.pop("sitecustomize", None)
        sys.path.insert(0, directory)
        __import__("sitecustomize")
        sys.path.remove(directory)


def _set_up_logging() -> None:
    import logging  # noqa: PLC0415  # the outer processes have no use for it

    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="%(asctime)s [%(levelname)s] %(message)s"
    )


def _as_bytes(output: object) -> bytes:
    if isinstance(output, bytes | bytearray | memoryview):
        return bytes(output)
    return output.encode() if isinstance(output, str) else json.dumps(output).encode()


def _context(config: dict[str, Any]) -> SimpleNamespace:
    """Make the second argument, in the shape Function Compute's Python runtime gives it."""
    given, grant = config["context"], config["grant"] or {}
    return SimpleNamespace(
        request_id=given.get("request_id", ""),
        region=given.get("region", ""),
        account_id=given.get("account_id", ""),
        credentials=SimpleNamespace(
            access_key_id=grant.get("access_key_id", ""),
            access_key_secret=grant.get("access_key_secret", ""),
            security_token=grant.get("security_token", ""),
        ),
        function=SimpleNamespace(
            name=given.get("function_name", ""),
            handler=config["handler"],
            memory=config["megabytes"],
            timeout=config["seconds"],
        ),
        service=SimpleNamespace(
            name=given.get("service_name", ""),
            log_project="",
            log_store="",
            qualifier="LATEST",
            version_id="",
        ),
    )


def _reporter(answers: int) -> Any:
    """Report what the handler raised, in the shape Function Compute answers with."""

    owner = os.getpid()

    def report(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if os.getpid() != owner:
            # What a process that the handler forked raises is the handler's business.
            sys.__excepthook__(kind, error, trace)
            return
        import traceback  # noqa: PLC0415  # most runs raise nothing

        frames = traceback.extract_tb(trace)
        own = [f for f in frames if f.filename != __file__]
        text = {
            "errorMessage": str(error),
            "errorType": kind.__name__,
            "stackTrace": traceback.format_list(own),
        }
        sys.stderr.write("".join(traceback.format_exception_only(kind, error)))
        sys.stdout.flush()
        _say(b"E", json.dumps(text).encode(), fd=answers)
        os._exit(1)

    return report


if __name__ == "__main__":
    main()
