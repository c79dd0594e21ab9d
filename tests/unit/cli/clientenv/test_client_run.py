"""Running a command: its status, its signals, its environment."""

import os
import signal
import subprocess
import sys

import pytest

from juyong.cli.clientenv.run import run

PYTHON = (sys.executable, "-I", "-c")


@pytest.mark.parametrize("status", [0, 1, 77])
def test_status_is_passed_back(status):
    assert run([*PYTHON, f"raise SystemExit({status})"], {}) == status


def test_death_by_signal_reads_as_in_a_shell():
    assert run([*PYTHON, "import os; os.kill(os.getpid(), 9)"], {}) == 128 + 9


def test_command_that_cannot_start_says_why(tmp_path, capfd):
    assert run(["no-such-command-here"], {}) == 127
    assert "`no-such-command-here`: there is no such program on PATH" in capfd.readouterr().err
    plain = tmp_path / "plain"
    plain.write_text("x")
    assert run([str(plain)], {}) == 126
    assert "Permission denied" in capfd.readouterr().err
    plain.chmod(0o755)
    assert run([str(plain)], {}) == 126
    assert "Exec format error" in capfd.readouterr().err


def test_arguments_are_not_read_by_a_shell(tmp_path, capfd):
    assert run([*PYTHON, "import sys; print(sys.argv[1])", "$(id) `id` ; x"], {}) == 0
    assert capfd.readouterr().out == "$(id) `id` ; x\n"


def test_environment_is_applied(monkeypatch, capfd):
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("KEPT", "1")
    code = "import os; print(*(os.environ.get(n) for n in ('GIVEN', 'KEPT', 'NO_PROXY')))"
    run([*PYTHON, code], {"GIVEN": "2"})
    assert capfd.readouterr().out == "2 1 None\n"


CHILD = """
import os, signal, sys, time
def told(number, frame):
    os.write(1, b"got %d\\n" % number)
    os._exit(5)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), told)
os.write(1, b"ready\\n")
time.sleep(20)
"""
PARENT = """
import sys
from juyong.cli.clientenv.run import run
sys.exit(run(sys.argv[1:], {}))
"""


def _parent(*names):
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, *PYTHON, CHILD, *names],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1"])
def test_signals_reach_the_command(name):
    process = _parent(name)
    process.send_signal(getattr(signal, name))
    out, _ = process.communicate()
    assert out == f"got {int(getattr(signal, name))}\n"
    assert process.returncode == 5


def test_interrupt_of_the_terminal_reaches_the_command_once_and_spares_the_parent():
    process = _parent("SIGINT")
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate()
    assert out == f"got {int(signal.SIGINT)}\n"
    assert process.returncode == 5


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT"])
def test_signals_that_were_ignored_stay_ignored(name):
    code = f"import signal; print(signal.getsignal(signal.{name}) is signal.SIG_IGN)"
    ignoring = f"import signal; signal.signal(signal.{name}, signal.SIG_IGN)\n{PARENT}"
    process = subprocess.run(
        [sys.executable, "-c", ignoring, *PYTHON, code], capture_output=True, text=True, check=True
    )
    assert process.stdout == "True\n"


def test_interrupt_ends_a_command_that_does_not_catch_it():
    process = _parent()
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode in (1, 128 + signal.SIGINT)
