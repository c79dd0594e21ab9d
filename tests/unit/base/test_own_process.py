"""Processes of our own inherit nothing, and end with all that they started."""

import json
import os
import signal
import socket
from pathlib import Path

import pytest
from tests.waiting import wait_until

from juyong.base.own_process import end, kill_group, python, started, started_with_socket

_TELLS = """
import json, os, sys
fds = [fd for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")]
told = [sorted(map(int, fds)), dict(os.environ), os.getcwd(), os.getsid(0) == os.getpid()]
print(json.dumps(told), flush=True)
sys.stdin.read()
"""
_PARENT = """
import subprocess, sys
child = subprocess.Popen(["sleep", "600"])
print(child.pid, flush=True)
child.wait()
"""


def lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_only_what_is_given_is_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUYONG_TEST_SECRET", "visible")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.set_inheritable(True)
        child = started(
            python("-c", _TELLS),
            piped=("stdin", "stdout"),
            passed=(theirs.fileno(),),
            environment={"LC_ALL": "C.UTF-8"},
        )
        assert child.stdout is not None
        fds, environment, folder, leads = json.loads(child.stdout.readline())
        assert fds == sorted({0, 1, 2, theirs.fileno()})
        assert (environment["LC_ALL"], "JUYONG_TEST_SECRET" in environment) == ("C.UTF-8", False)
        assert (folder, leads) == ("/", True)
        assert child.stdin is not None
        child.stdin.close()
        assert end(child, 30) == 0


def test_a_process_that_hangs_up_ends_by_itself() -> None:
    child, ours = started_with_socket(
        lambda fd: python("-c", f"import socket; socket.socket(fileno={fd}).recv(1)")
    )
    ours.close()
    assert end(child, 30) == 0
    assert end(child) == 0


def test_what_it_started_is_killed_too() -> None:
    child = started(python("-c", _PARENT), piped=("stdout",))
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    assert lives(grandchild)
    assert end(child) == -signal.SIGKILL
    wait_until(lambda: not lives(grandchild))


def test_a_system_that_refuses_leaves_no_descriptor() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(FileNotFoundError):
        started_with_socket(lambda _: ["/no/such/program"])
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_leader_that_is_gone_is_no_error_until_it_is_waited_for() -> None:
    child = started(python("-c", ""))
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    kill_group(child.pid)
    assert end(child, 30) == 0
