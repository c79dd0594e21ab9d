"""A PostgreSQL server of our own, where its binaries are installed."""

import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.waiting import wait_until

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
"""The databases the platform runs on, as parameters of a fixture."""
_START_SECONDS = 30


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_binaries() -> Path | None:
    """Return the folder of the newest server binaries; None where there are none."""
    candidates = [Path(p) for p in sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")))]
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).parent)
    return next((p for p in reversed(candidates) if (p / "initdb").exists()), None)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL server; yields the URL of its first database."""
    binaries = postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's server binaries are not installed")
    directory = Path(tempfile.mkdtemp(prefix="juyong-pg-"))
    as_user: list[str] = []
    if Path("/proc/self").stat().st_uid == 0:
        # PostgreSQL refuses to run as root.
        shutil.chown(directory, "nobody")
        as_user = ["setpriv", "--reuid", "nobody", "--clear-groups"]
    data = directory / "data"
    port = free_port()
    # PERF: nothing here need survive a power cut.
    subprocess.run(
        [
            *(*as_user, binaries / "initdb", "-D", data, "-U", "juyong", "-A", "trust"),
            *("-E", "UTF8", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        cwd=directory,
    )
    server = subprocess.Popen(
        [
            *as_user,
            *(str(binaries / "postgres"), "-D", str(data), "-p", str(port)),
            *("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={directory}"),
            *("-c", "fsync=off"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"postgresql://juyong@127.0.0.1:{port}/postgres"
    try:
        wait_until(lambda: _answers(url), _START_SECONDS)
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # at once, whoever is still connected
        server.wait()
        shutil.rmtree(directory, ignore_errors=True)


def _answers(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def new_database(url: str, name: str) -> str:
    """Make an empty database on a server; returns its URL."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return f"{url.rsplit('/', 1)[0]}/{name}"
