"""Unmodified clients in a network of their own find the platform without being told of it."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.clients.client import PROGRAMS, Platform, plain_environment
from tests.clients.story import tell
from tests.unit.cli.isolation.world import NO_NAMESPACES

ISOLATED = ("--isolate",)


@pytest.fixture(autouse=True)
def _possible(platform: Platform) -> None:
    done = platform.run_client(["true"], options=ISOLATED)
    if done.returncode:
        pytest.skip(done.stderr)


@pytest.mark.parametrize("program", ["python_sync", "python_async", "python_legacy"])
def test_sdks_live_through_the_story_without_a_proxy(
    platform: Platform, tmp_path: Path, program: str
) -> None:
    command = [sys.executable, PROGRAMS / f"{program}.py"]
    name = program.replace("_", "-")
    with platform.client(command, tmp_path / "errors", options=ISOLATED) as client:
        tell(client, platform.account_id, f"isolated-{name}")
    # Nothing led nowhere: not a call, and not a question for a name.
    assert "juyong:" not in (tmp_path / "errors").read_text()


def test_no_variable_names_a_proxy(platform: Platform) -> None:
    done = platform.run_client(
        ["env"], options=ISOLATED, HTTPS_PROXY="http://proxy.example.test:3128", NO_PROXY="*"
    )
    names = [line.partition("=")[0].lower() for line in done.stdout.splitlines()]
    assert not [name for name in names if name.endswith("_proxy") and not name.startswith("node_")]


def test_the_servers_own_address_works_too(platform: Platform) -> None:
    program = (
        "import urllib.request as r; "
        f"print(r.urlopen('http://127.0.0.1:{platform.port}/health').status)"
    )
    done = platform.run_client([sys.executable, "-c", program], options=ISOLATED)
    assert (done.returncode, done.stdout) == (0, "200\n")


def test_a_certificate_of_the_platform_answers_at_any_address(platform: Platform) -> None:
    """The names of the cloud, dialled where the real cloud might be: the platform answers."""
    program = """
import os, socket, ssl
context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
for address in ("47.88.1.2", "2408:4001::1"):
    with socket.create_connection((address, 443), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname="sts.aliyuncs.com") as secure:
            secure.sendall(b"GET / HTTP/1.1\\r\\nHost: sts.aliyuncs.com\\r\\nConnection: close\\r\\n\\r\\n")
            print(b"MissingVersion" in b"".join(iter(lambda: secure.recv(4096), b"")))
"""
    done = platform.run_client([sys.executable, "-c", program], options=ISOLATED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\nTrue\n", "")


def test_where_the_system_refuses_it_warns_or_runs_nothing(
    platform: Platform, tmp_path: Path
) -> None:
    terraform = tmp_path / "terraform"
    terraform.write_text("#!/bin/sh\necho $HTTPS_PROXY\n")
    terraform.chmod(0o755)

    def done(*options: str) -> subprocess.CompletedProcess[str]:
        code = f"import os, sys\n{NO_NAMESPACES}\nos.execv(sys.argv[1], sys.argv[1:])"
        command = platform.command([terraform], options=options)
        return subprocess.run(
            [sys.executable, "-c", code, *command],
            env=plain_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    why = "juyong: this system does not let `exec` isolate a command (unshare: No space left on device)"
    warned = done()
    assert (warned.returncode, warned.stdout) == (0, f"http://127.0.0.1:{platform.port}\n")
    assert warned.stderr.startswith(f"{why}; `{terraform}` runs with a proxy named to it")
    assert warned.stderr.count("\n") == 1
    refused = done("--isolate")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr == f"{why}; `{terraform}` was not run\n"
    assert done("--no-isolate").stderr == ""
