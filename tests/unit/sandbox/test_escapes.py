"""What code tries that must not get out: each attempt is stopped, and the server goes on."""

import errno
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

import pytest
from tests.unit.sandbox.runs import attempt, output, report
from tests.waiting import wait_until

from juyong.sandbox import Busy, Package, Returned, stop_all
from juyong.sandbox.children import SLOTS, Children


def test_servers_environment_and_memory_cannot_be_read() -> None:
    source = """
import os
def handler(e, c):
    seen, refused = [], 0
    for pid in [p for p in os.listdir("/proc") if p.isdigit()] + [os.getppid()]:
        for name in ("environ", "mem", "maps", "cwd", "root"):
            try:
                data = open(f"/proc/{pid}/{name}", "rb").read(4096)
                if int(pid) != os.getpid():
                    seen.append((pid, name, len(data)))
            except OSError:
                refused += 1
    return {"pids": sorted(int(p) for p in os.listdir("/proc") if p.isdigit()), "seen": seen}
"""
    found = output(source)
    assert found["pids"] == [1, 2]
    assert found["seen"] == []


def test_files_outside_are_not_there(tmp_path: Path) -> None:
    secret = tmp_path / "root.key"
    secret.write_text("secret")
    secret.chmod(0o644)
    source = f"""
import os
def handler(e, c):
    return [os.path.exists(p) for p in ({str(secret)!r}, "/home", "/var", "/etc/shadow",
            "/etc/passwd", "/root/.ssh", "/dev/sda", "/dev/vda", "/sys", "/run", "/old")]
"""
    assert not any(output(source))


def test_nothing_but_tmp_can_be_written() -> None:
    source = """
import os, sys
def handler(e, c):
    done = []
    for path in ("/", "/code", "/code/main.py", "/usr", "/etc", "/dev", "/proc/sys/kernel/core_pattern",
                 sys.prefix, os.path.dirname(os.__file__)):
        try:
            name = path if os.path.isfile(path) else path + "/new"
            open(name, "w").write("x")
            done.append(path)
        except OSError:
            pass
    open("/tmp/mine", "w").write("x")
    return done
"""
    assert output(source) == []


def test_tmp_is_not_shared_between_runs() -> None:
    assert output("def handler(e, c):\n    open('/tmp/left', 'w').write('x')\n    return 1") == 1
    # The interpreter may stand below /tmp itself, so the folder need not be empty.
    assert "left" not in output("import os\ndef handler(e, c):\n    return os.listdir('/tmp')")


def test_privileges_cannot_be_regained() -> None:
    source = """
import ctypes, os, subprocess
libc = ctypes.CDLL(None, use_errno=True)
def handler(e, c):
    tries = {
        "userns": libc.unshare(0x10000000),
        "mountns": libc.unshare(0x00020000),
        "mount": libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None),
        "chroot": libc.chroot(b"/tmp"),
        "setuid": libc.setuid(0),
        "ptrace init": libc.ptrace(16, 1, 0, 0),
        "kill init": libc.kill(1, 9),
    }
    try:
        tries["sethostname"] = libc.sethostname(b"x", 1)
        tries["su"] = subprocess.run(["/usr/bin/su", "-c", "id"], capture_output=True).returncode and -1
    except OSError:
        tries["su"] = -1
    return [name for name, result in tries.items() if result == 0 and name != "kill init"], \
        os.path.exists("/proc/1")
"""
    assert output(source) == [[], True]


def test_no_descriptor_of_the_server_is_inherited(tmp_path: Path) -> None:
    held = os.open(tmp_path / "store", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(held, True)  # noqa: FBT003
    source = """
import os
def handler(e, c):
    return sorted(os.readlink(f"/proc/self/fd/{n}").split(":")[0] for n in os.listdir("/proc/self/fd")
                  if os.path.islink(f"/proc/self/fd/{n}"))
"""
    try:
        assert output(source) == ["/dev/null", "pipe", "pipe", "pipe"]
    finally:
        os.close(held)


def test_endless_loop_is_stopped_in_time() -> None:
    began = time.monotonic()
    assert report("def handler(e, c):\n    while True: pass", seconds=1) == {
        "errorMessage": "Function timed out after 1 seconds"
    }
    assert time.monotonic() - began < 5


def test_sleep_and_ignored_signals_do_not_help() -> None:
    source = """
import os, signal, time
def handler(e, c):
    for number in range(1, 32):
        if number not in (9, 17, 19):
            signal.signal(number, signal.SIG_IGN)
    os.setsid() if os.getpid() != os.getpgrp() else None
    time.sleep(60)
"""
    began = time.monotonic()
    assert "timed out" in report(source, seconds=1)["errorMessage"]
    assert time.monotonic() - began < 5


def test_daemon_left_behind_is_gone_with_the_run(tmp_path: Path) -> None:
    """A grandchild in a session of its own would hold this connection open."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        source = f"""
import os, socket, time
def handler(e, c):
    told, tell = os.pipe()
    if os.fork() == 0:
        os.setsid()
        held = socket.create_connection(("127.0.0.1", {port}))
        held.send(b"alive")
        os.write(tell, b"x")
        time.sleep(600)
        os._exit(0)
    os.read(told, 1)
    return 1
"""
        assert output(source) == 1
        listening.settimeout(5)
        connection, _ = listening.accept()
        connection.settimeout(5)
        with connection:
            assert connection.recv(5) == b"alive"
            assert connection.recv(5) == b""


def test_fork_bomb_is_bounded_and_ended() -> None:
    source = """
import os, time
def handler(e, c):
    made = 0
    try:
        while made < 5000:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            made += 1
    except OSError:
        return made
    return -1
"""
    began = time.monotonic()
    assert 0 < output(source, seconds=20) < 64
    assert time.monotonic() - began < 15


def test_multiplying_fork_bomb_ends_with_its_time() -> None:
    source = """
import os
def handler(e, c):
    while True:
        try:
            os.fork()
        except OSError:
            pass
"""
    began = time.monotonic()
    assert "timed out" in report(source, seconds=1)["errorMessage"]
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "hog",
    [
        "bytearray(400 * 1024 * 1024)",
        "[bytes(1024 * 1024) for _ in range(400)]",
        "__import__('mmap').mmap(-1, 900 * 1024 * 1024)",
    ],
)
def test_memory_is_bounded(hog: str) -> None:
    found = report(f"def handler(e, c):\n    keep = {hog}\n    return len(keep)")
    assert found["errorType"] in ("MemoryError", "OSError")


def test_memory_of_all_processes_together_is_bounded() -> None:
    source = """
import os, time
def handler(e, c):
    for _ in range(16):
        if os.fork() == 0:
            keep = bytearray(60 * 1024 * 1024)
            for at in range(0, len(keep), 4096):
                keep[at] = 1
            time.sleep(60)
            os._exit(0)
    time.sleep(60)
"""
    began = time.monotonic()
    assert report(source, seconds=30)["errorMessage"].startswith("Function memory exceeded 128 MB")
    assert time.monotonic() - began < 15


def test_memory_shared_by_processes_is_bounded() -> None:
    source = """
import mmap, os, time
def handler(e, c):
    for _ in range(16):
        if os.fork() == 0:
            keep = mmap.mmap(-1, 60 * 1024 * 1024)
            for at in range(0, len(keep), 4096):
                keep[at] = 1
            time.sleep(60)
            os._exit(0)
    time.sleep(60)
"""
    began = time.monotonic()
    assert report(source, seconds=30)["errorMessage"].startswith("Function memory exceeded 128 MB")
    assert time.monotonic() - began < 15


def test_memory_that_no_process_is_seen_to_hold_is_not_to_be_had() -> None:
    source = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def handler(e, c):
    tries = {
        "memfd": lambda: libc.memfd_create(b"x", 0),
        "shm": lambda: libc.shmget(0, 4096, 0o1600),
        "sem": lambda: libc.semget(0, 1, 0o1600),
        "msg": lambda: libc.msgget(0, 0o1600),
        "secret": lambda: libc.syscall(447, 0),
        "uring": lambda: libc.syscall(425, 1, ctypes.create_string_buffer(120)),
        "x32": lambda: libc.syscall(0x40000000 + 319, b"x", 0),
    }
    return {name: (call(), errno.errorcode[ctypes.get_errno()]) for name, call in tries.items()}
"""
    assert {tuple(each) for each in output(source).values()} == {(-1, "EPERM")}


def test_sockets_by_name_are_refused_and_pairs_are_not() -> None:
    name = f"juyong-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"\0{name}")
        listening.listen()
        source = f"""
import asyncio, socket
async def nothing():
    await asyncio.sleep(0)
    return 1
def handler(e, c):
    socket.socket(socket.AF_INET).close()
    socket.socket(socket.AF_INET6).close()
    try:
        socket.socket(socket.AF_UNIX).connect("\\0{name}")
        return 0
    except PermissionError:
        return asyncio.run(nothing())
"""
        assert output(source) == 1


def test_several_processes_within_bounds_may_run() -> None:
    source = """
import subprocess, sys
def handler(e, c):
    runs = [subprocess.Popen([sys.executable, "-c", "print(1)"], stdout=subprocess.PIPE) for _ in range(8)]
    return sum(int(run.communicate()[0]) for run in runs)
"""
    assert output(source) == 8


def test_disk_is_bounded() -> None:
    source = """
def handler(e, c):
    with open("/tmp/big", "wb") as file:
        for _ in range(200):
            file.write(bytes(1024 * 1024))
"""
    assert "errorMessage" in report(source)


def test_output_is_bounded() -> None:
    found = report("def handler(e, c):\n    return b'x' * 7_000_000")
    assert found == {"errorMessage": "The size of the response exceeds the limit of 6 MB"}


def test_flood_of_log_is_drained_but_not_kept() -> None:
    outcome = attempt("def handler(e, c):\n    print('x' * 20_000_000)\n    return 1")
    assert isinstance(outcome, Returned)
    assert len(outcome.log) <= 4096


def test_descriptors_are_bounded() -> None:
    source = """
def handler(e, c):
    held = []
    try:
        while len(held) < 5000:
            held.append(open("/dev/null"))
    except OSError:
        return len(held)
"""
    assert output(source) < 256


def test_sudden_end_is_told() -> None:
    found = report("import os\ndef handler(e, c):\n    os._exit(0)")
    assert found["errorMessage"].startswith("Process exited unexpectedly before completing request")


def test_forged_answer_of_the_child_is_only_its_own_answer() -> None:
    """Whatever code writes to the channel is taken for its output, never for a broken wall."""
    source = """
import os
def handler(e, c):
    os.write(3, b"U" + (4).to_bytes(8, "big") + b"nope")
    os._exit(0)
"""
    assert report(source)["errorMessage"].startswith("Process exited unexpectedly")


_LOGGING = """
import os, resource, time
INFO = 20
LIMIT = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
def basicConfig(**_): pass
"""


@pytest.mark.parametrize("module", ["logging", "traceback", "importlib", "sitecustomize"])
def test_module_named_like_one_of_ours_is_bounded(module: str) -> None:
    source = (
        f"import {module} as found\ndef handler(e, c):\n    return getattr(found, 'LIMIT', 256)"
    )
    assert output(source, package=packed(source, **{module: _LOGGING})) == 256


def test_module_named_like_one_of_ours_has_no_more_time() -> None:
    source = "import logging\ndef handler(e, c):\n    return 1"
    began = time.monotonic()
    attempt("", package=packed(source, logging=_LOGGING + "time.sleep(6)"), seconds=1)
    assert time.monotonic() - began < 5


def test_module_named_like_one_of_ours_cannot_say_that_nothing_ran() -> None:
    forged = """
import os
for fd in range(3, 10):
    try:
        os.write(fd, b"U" + (4).to_bytes(8, "big") + b"nope")
    except OSError:
        pass
os._exit(0)
"""
    source = "import logging\ndef handler(e, c):\n    return 1"
    outcome = attempt("", package=packed(source, logging=forged))
    assert isinstance(outcome, Returned)


def packed(main: str, **modules: str) -> Package:
    files = {"main": main, **modules}
    return Package(
        tuple((PurePosixPath(f"{n}.py"), text.encode(), False) for n, text in files.items())
    )


def test_without_network_there_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        source = f"""
import socket
def handler(e, c):
    try:
        socket.create_connection(("127.0.0.1", {port}), timeout=2)
        return 0
    except OSError as refused:
        return refused.errno
"""
        assert output(source, network=False) == errno.ECONNREFUSED
        assert output(source, network=True) == 0


def test_runs_at_once_do_not_meet() -> None:
    found: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as meeting, ExitStack() as held:
        source = f"""
import os, socket
def handler(e, c):
    here = socket.create_connection(("127.0.0.1", {meeting.getsockname()[1]}))
    here.recv(1)
    return [os.getuid(), sorted(p for p in os.listdir("/proc") if p.isdigit())]
"""
        threads = [
            threading.Thread(target=lambda n=n: found.append(output(source, owner=str(n))))
            for n in range(3)
        ]
        for thread in threads:
            thread.start()
        meeting.settimeout(20)
        all_here = [held.enter_context(meeting.accept()[0]) for _ in threads]
        for connection in all_here:
            connection.send(b"x")
        for thread in threads:
            thread.join()
    assert len(found) == 3
    assert all(pids == ["1", "2"] for _, pids in found)  # type: ignore[misc]
    if os.geteuid() == 0:
        assert len({uid for uid, _ in found}) == 3  # type: ignore[misc]


def test_all_runs_can_be_stopped_and_later_ones_go_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        source = f"""
import socket, time
held = socket.create_connection(("127.0.0.1", {listening.getsockname()[1]}))
def handler(e, c):
    time.sleep(300)
"""
        found: list[object] = []
        thread = threading.Thread(target=lambda: found.append(report(source, seconds=300)))
        thread.start()
        listening.settimeout(20)
        connection, _ = listening.accept()
        with connection:
            stop_all()
            connection.settimeout(5)
            assert connection.recv(1) == b""
        thread.join(5)
    assert "exited unexpectedly" in str(found)
    assert output("def handler(e, c):\n    return 1") == 1


def test_nobody_takes_more_than_half_of_the_room() -> None:
    held = Children()
    with ExitStack() as stack:
        for _ in range(SLOTS // 2):
            stack.enter_context(held.slot("1"))
        with pytest.raises(Busy), held.slot("1"):
            pass
        for number in range(SLOTS - SLOTS // 2):
            stack.enter_context(held.slot(f"other {number}"))
        with pytest.raises(Busy), held.slot("yet another"):
            pass
    with held.slot("1"):
        pass


def test_what_is_about_to_start_is_stopped_too() -> None:
    held = Children()
    with held.slot("1") as slot:
        held.stop_all()
        with pytest.raises(Busy):
            held.start(slot)


_SLEEPER = """
import sys
from tests.unit.sandbox.runs import attempt
attempt("import time\\ndef handler(e, c):\\n    print(e)\\n    time.sleep(300)", event=(b"x",), seconds=300)
"""


def test_a_killed_server_takes_its_functions_along() -> None:
    server = subprocess.Popen([sys.executable, "-c", _SLEEPER], cwd=Path(__file__).parents[3])
    try:
        wait_until(lambda: len(descendants(server.pid)) == 3)
        running = descendants(server.pid)
        assert len(running) == 3
    finally:
        server.kill()
        server.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in running))


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found
