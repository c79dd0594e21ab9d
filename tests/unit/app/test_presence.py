"""Several servers on one home: commands find one that lives, however the others ended."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from juyong.app.home import Home, open_home
from juyong.app.presence import Presence, announce, running_server, running_servers
from juyong.app.reach import reach_of

COMMAND = [sys.executable, "-m", "juyong.cli.start"]


def presence(process: int, port: int = 1) -> Presence:
    return Presence(process=process, host="127.0.0.1", port=port, tls_port=None)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


def test_nothing_is_found_where_no_server_ever_ran(home: Home) -> None:
    assert running_servers(home) == []
    assert running_server(home) is None


def _make_old(home: Home, announced: Presence) -> None:
    """Let an announcement be an hour old: they are ordered by the times of their files."""
    at = time.time() - 3600
    os.utime(home.servers / str(announced.process), (at, at))


def test_the_last_one_announced_comes_first_until_it_withdraws(home: Home) -> None:
    first, second = presence(11), presence(12)
    withdraw_first = announce(home, first)
    _make_old(home, first)
    withdraw_second = announce(home, second)
    assert running_servers(home) == [second, first]
    withdraw_second()
    assert running_servers(home) == [first]
    withdraw_first()
    assert running_servers(home) == []
    assert list(home.servers.iterdir()) == []


def test_a_process_finds_itself_first(home: Home) -> None:
    own = presence(os.getpid())
    withdraw = announce(home, own)
    _make_old(home, own)
    withdraw_other = announce(home, presence(12))
    assert running_server(home) == own
    withdraw()
    withdraw_other()


def test_a_file_without_a_lock_is_a_dead_servers_whoever_has_its_process_id(home: Home) -> None:
    home.servers.mkdir()
    left = home.servers / str(os.getpid())
    left.write_text(json.dumps({"process": os.getpid(), "host": "", "port": 1, "tls_port": None}))
    assert running_servers(home) == []
    withdraw = announce(home, presence(12))
    assert not left.exists()
    withdraw()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"process": 1}'])
def test_a_file_that_is_no_announcement_is_ignored(home: Home, content: str) -> None:
    home.servers.mkdir()
    path = home.servers / "17"
    path.write_text(content)
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert running_servers(home) == []
        withdraw = announce(home, presence(12))
        assert path.exists()
        assert running_servers(home) == [presence(12)]
        withdraw()


def test_announcements_are_for_their_owner_alone(home: Home) -> None:
    withdraw = announce(home, presence(12))
    assert (home.servers / "12").stat().st_mode & 0o777 == 0o600
    assert home.servers.stat().st_mode & 0o777 == 0o700
    withdraw()


Serve = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def serve(home: Home) -> Iterator[Serve]:
    """Start a server on the home, and wait until it listens."""
    started = []

    def start() -> subprocess.Popen[str]:
        command = [*COMMAND, "serve", "--home", str(home.path), "--port", "0", "--tls-port", "-1"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(server)
        assert server.stdout is not None
        assert any(line.startswith("use it:") for line in server.stdout)
        return server

    yield start
    for server in started:
        server.kill()
        server.communicate()


def chosen(home: Home) -> str:
    """Return the process id behind the proxy that `juyong exec` gives its command."""
    script = "import os; print(os.environ['HTTPS_PROXY'])"
    done = subprocess.run(
        [*COMMAND, "exec", "--home", str(home.path), "--", sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        return done.stderr
    (found,) = [
        each for each in running_servers(home) if done.stdout.strip().endswith(f":{each.port}")
    ]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{found.port}/health", timeout=10) as answer:
        assert answer.status == 200
    return str(found.process)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_when_the_second_of_two_servers_ends_commands_find_the_first(
    home: Home, serve: Serve, end: signal.Signals
) -> None:
    first, second = serve(), serve()
    assert chosen(home) == str(second.pid)
    second.send_signal(end)
    second.wait(30)
    assert chosen(home) == str(first.pid)
    assert str(reach_of(home).variables["HTTPS_PROXY"]).endswith(
        f":{running_servers(home)[0].port}"
    )
    third = serve()
    assert {each.process for each in running_servers(home)} == {first.pid, third.pid}
    first.send_signal(end)
    first.wait(30)
    assert chosen(home) == str(third.pid)
    third.kill()
    third.wait()
    assert "no server runs" in chosen(home)
