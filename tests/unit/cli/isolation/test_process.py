"""Apart from its network, an isolated command runs as if it were not."""

import json
import os
import pty
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from tests.unit.cli.isolation.world import INSIDE, NO_NAMESPACES, PYTHON, drive, inside


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("raise SystemExit(0)", 0),
        ("raise SystemExit(77)", 77),
        ("import os; os.kill(os.getpid(), 9)", 128 + 9),
    ],
)
def test_status_is_passed_back(user, program, status):
    assert drive([*PYTHON, program], **user).end() == (status, "", "")


def test_a_broken_pipe_ends_a_command_as_ever(user):
    # Python ignores the signal; a program that it starts must not.
    assert drive(["sh", "-c", "kill -PIPE $$"], **user).end() == (128 + signal.SIGPIPE, "", "")


def test_a_command_that_cannot_start_says_why(user, monkeypatch):
    # A folder that the user may not search would be the reason instead.
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    told = "juyong: cannot run `no-such-command-here`: there is no such program on PATH\n"
    assert drive(["no-such-command-here"], **user).end() == (127, "", told)
    told = "juyong: cannot run `/etc/passwd`: Permission denied\n"
    assert drive(["/etc/passwd"], **user).end() == (126, "", told)


def test_input_arguments_variables_and_folder_are_its_own(user, monkeypatch):
    monkeypatch.setenv("KEPT", "2")
    monkeypatch.setenv("NO_PROXY", "*")
    program = """
import os, sys
names = ("GIVEN", "KEPT", "NO_PROXY", "HTTPS_PROXY")
print(sys.stdin.read(), sys.argv[1], os.getcwd(), *(os.environ.get(name) for name in names))
"""
    driven = drive([*PYTHON, program, "$(id) `id`"], **{**user, "cwd": "/usr"})
    assert driven.end("a word") == (0, "a word $(id) `id` /usr 1 2 None None\n", "")


def test_user_and_files_stay_whose_they_were(user):
    # Made in a folder that all may write to, since pytest's own may be closed to the user.
    program = """
import tempfile
with tempfile.NamedTemporaryFile(dir="/var/tmp") as file:
    made = os.stat(file.name)
    print(json.dumps([os.getuid(), os.getgid(), made.st_uid, made.st_gid]))
"""
    me = user.get("user", os.getuid()), user.get("group", os.getgid())
    found, _ = inside(program, **user)
    assert found == [*me, *me]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_keeps_its_power_over_files_and_loses_that_over_the_system(user, tmp_path):
    if user:
        pytest.skip("of root only")
    file = tmp_path / "file"
    file.write_text("x")
    os.chown(file, 1234, 1234)
    file.chmod(0o600)
    program = f"""
import ctypes
seen = os.stat({str(file)!r}).st_uid
with open({str(file)!r}, "a") as file:
    file.write("y")
os.chown({str(file)!r}, 1235, 1235)
libc = ctypes.CDLL(None, use_errno=True)
bits = int(next(l for l in open("/proc/self/status") if l.startswith("CapEff")).split()[1], 16)
try:
    os.open("/proc/{os.getpid()}/ns/net", os.O_RDONLY)
    network = "open"
except PermissionError:
    network = "closed"
print(json.dumps([
    seen, bool(bits & (1 << 21 | 1 << 12 | 1 << 13 | 1 << 19)),
    libc.mount(b"tmpfs", b"/mnt", b"tmpfs", 0, None), network,
]))
"""
    found, _ = inside(program)
    assert found == [1234, False, -1, "closed"]
    assert (file.stat().st_uid, file.read_text()) == (1235, "xy")


def test_an_ordinary_user_has_no_power_inside(user):
    if os.geteuid() == 0 and not user:
        pytest.skip("of ordinary users only")
    program = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
lines = [l.split() for l in open("/proc/self/status") if l.startswith("Cap")]
print(json.dumps([{name: int(bits, 16) for name, bits in lines}, libc.umount2(b"/etc/hosts", 2)]))
"""
    found, _ = inside(program, **user)
    assert found == [dict.fromkeys(("CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"), 0), -1]


def test_no_descriptor_and_no_abstract_socket_leads_out(user, recorder):
    name = f"juyong-test-{os.getpid()}"
    with (
        socket.socket(socket.AF_UNIX) as abstract,
        socket.create_connection(("127.0.0.1", recorder.port)) as leak,
    ):
        abstract.bind(f"\0{name}")
        abstract.listen()
        leak.set_inheritable(True)
        program = f"""
open_here = []
for number in range(3, 256):
    try:
        os.fstat(number)
        open_here.append(number)
    except OSError:
        pass
print(json.dumps([open_here, tried(socket.AF_UNIX, "\\0{name}")]))
"""
        found, _ = inside(program, pass_fds=(leak.fileno(),), **user)
    assert found == [[], "ConnectionRefusedError"]


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


def _signalled(*names, **user):
    process = drive([*PYTHON, CHILD, *names], start_new_session=True, **user).process
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1"])
def test_signals_reach_the_command(user, name):
    process = _signalled(name, **user)
    process.send_signal(getattr(signal, name))
    out, _ = process.communicate()
    assert (out, process.returncode) == (f"got {int(getattr(signal, name))}\n", 5)


def test_interrupt_of_the_terminal_reaches_the_command_once(user):
    process = _signalled("SIGINT", **user)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate()
    assert (out, process.returncode) == (f"got {int(signal.SIGINT)}\n", 5)


def test_a_signal_that_comes_before_the_command_is_not_lost(user):
    before = """
from juyong.cli.isolation import launch
build = launch.build
def slow(forwarded):
    os.kill(os.getppid(), 15)
    return build(forwarded)
launch.build = slow
"""
    status, out, _ = drive(["sleep", "20"], before=before, **user).end()
    assert (status, out) == (128 + signal.SIGTERM, "")


def test_the_terminal_is_the_commands(user):
    program = "import os; print(os.isatty(0), os.tcgetpgrp(0) == os.getpgrp(), flush=True)"
    driver, screen = pty.openpty()
    try:
        # A session of its own, whose terminal is the one it is given.
        taken = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
        process = drive(
            [*PYTHON, program],
            before=taken,
            stdin=screen,
            stdout=subprocess.PIPE,
            start_new_session=True,
            **user,
        )
        assert process.end() == (0, "True True\n", "")
    finally:
        os.close(driver)
        os.close(screen)


def test_a_command_whose_driver_was_killed_reaches_nothing(user, recorder, tmp_path):
    program = """
print("ready", flush=True)
sys.stdin.read()
print(json.dumps([tried(V4, (a, p), b"x") for a, p in (("8.8.8.8", 443), ("8.8.8.8", 53))]))
"""
    process = drive([*PYTHON, INSIDE + program], platform=recorder.port, **user).process
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.kill()
    process.wait(timeout=10)
    process.stdin.close()
    assert json.loads(process.stdout.readline()) == ["ConnectionRefusedError"] * 2
    assert recorder.seen == []
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()


def test_where_the_kernel_refuses_nothing_is_run(user):
    driven = drive(["echo", "ran"], before=NO_NAMESPACES, **user)
    assert driven.end() == (3, "", "refused: unshare: No space left on device\n")


HIDDEN = """
from juyong.base import linux
cache = open("/etc/ld.so.cache", "rb").read() if os.path.exists("/etc/ld.so.cache") else b""
user, group = os.geteuid(), os.getegid()
linux.unshare(linux.NEWUSER | linux.NEWNS)
for name, text in (
    ("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1"),
):
    with open(f"/proc/self/{name}", "w") as file:
        file.write(text)
for place in ("/etc", "/run"):
    linux.mount("tmpfs", place, "tmpfs", 0)
for folder in ("/run/nscd", "/run/systemd/resolve"):
    os.makedirs(folder)
for path, text in (
    ("/etc/ld.so.cache", cache), ("/run/nscd/socket", b""),
    ("/etc/hosts", b"# a\\n127.0.0.1 db.test  # b\\n10.9.8.7 sts.aliyuncs.com\\nx y\\n::1 six.test\\n"),
    ("/etc/nsswitch.conf", b"passwd: files\\nhosts: resolve mdns4\\n"),
    ("/run/systemd/resolve/stub-resolv.conf", b"nameserver 127.0.0.53\\nsearch corp.test\\n"),
    ("/run/systemd/resolve/io.systemd.Resolve", b""),
):
    with open(path, "wb") as file:
        file.write(text)
os.symlink("../run/systemd/resolve/stub-resolv.conf", "/etc/resolv.conf")
"""
"""A system that asks resolvers of its own for names."""


def test_resolvers_of_the_system_are_hidden_and_its_files_replaced(user):
    program = """
print(json.dumps([
    os.listdir("/run/nscd"), os.listdir("/run/systemd/resolve"),
    open("/etc/resolv.conf").read(), open("/etc/nsswitch.conf").read(),
    socket.gethostbyname("sts.aliyuncs.com").split(".")[0], socket.gethostbyname("db.test"),
    socket.getaddrinfo("six.test", 443, V6)[0][4][0], socket.gethostbyname("localhost"),
]))
"""
    found, _ = inside(program, before=HIDDEN, **user)
    assert found == [
        [],
        ["stub-resolv.conf"],
        "nameserver 127.0.0.1\n",
        "passwd: files\nhosts: files dns\n",
        "198",
        "127.0.0.1",
        "::1",
        "127.0.0.1",
    ]


def test_files_outside_are_as_they_were(user):
    paths = [Path("/etc/resolv.conf"), Path("/etc/hosts"), Path("/etc/nsswitch.conf")]
    before = [path.read_text() if path.exists() else None for path in paths]
    inside("print(json.dumps(open('/etc/resolv.conf').read()))", **user)
    assert [path.read_text() if path.exists() else None for path in paths] == before
