"""One platform for all clients, served by the command itself."""

import json
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.clients import terraform_provider
from tests.clients.build import built_go, installed_node, python_with_instance_client
from tests.clients.client import JUYONG, Platform, plain_environment
from tests.waiting import wait_until

_SECONDS = 30
_LISTENS = re.compile(r"listens on http://127\.0\.0\.1:(\d+)\s")


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with served(tmp_path_factory.mktemp("clients")) as running:
        yield running


@contextmanager
def served(place: Path) -> Iterator[Platform]:
    """Serve the home in a folder, new or not, until the block ends."""
    home, log = place / "home", place / "server.log"
    options = ("--home", str(home), "--port", "0", "--tls-port", "-1")
    with (
        log.open("w") as sink,
        subprocess.Popen(
            [*JUYONG, "serve", *options],
            env=plain_environment() | {"JUYONG_OIDC_ALLOW_HTTP_LOOPBACK": "true"},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            port = _when_healthy(process, log)
            credentials = json.loads((home / "credentials.json").read_text())
            yield Platform(home=home, port=port, process=process, credentials=credentials)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def _when_healthy(process: subprocess.Popen[bytes], log: Path) -> int:
    def port() -> int:
        assert process.poll() is None, log.read_text()
        said = _LISTENS.search(log.read_text())
        return int(said[1]) if said else 0

    wait_until(port, _SECONDS)
    with urllib.request.urlopen(f"http://127.0.0.1:{port()}/health", timeout=5) as answer:
        assert json.loads(answer.read())["status"] == "ok"
    return port()


@pytest.fixture(scope="session")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed_node(tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="session")
def go_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_go(tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="session")
def instance_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return python_with_instance_client(tmp_path_factory.mktemp("instance"))


@pytest.fixture
def settings(tmp_path: Path, platform: Platform) -> Path:
    possible = platform.run_client(["true"], options=("--isolate",))
    if possible.returncode:
        # Without, the provider's older SDK now and then forgets its proxy: see decision 0026.
        pytest.skip(possible.stderr)
    if not terraform_provider.binary().exists():
        pytest.skip(f"the provider is not built: {terraform_provider.COMMAND}")
    path = tmp_path / "terraform.rc"
    path.write_text(terraform_provider.mirror(tmp_path / "mirror"))
    return path
