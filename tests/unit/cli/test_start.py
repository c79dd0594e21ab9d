"""A plain `serve` is read without typer, and as typer reads it."""

import subprocess
import sys
from pathlib import Path

import pytest

from juyong.app.server import ServeOptions
from juyong.cli.start import plain_serve


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("serve --home /h", (Path("/h"), ServeOptions())),
        (
            "serve --home=/h --port 0 --tls-port -1 --host ::1",
            (Path("/h"), ServeOptions(host="::1", port=0, tls_port=-1)),
        ),
        (
            "serve --allow-host a --home /h --allow-host=b",
            (Path("/h"), ServeOptions(allow_hosts=("a", "b"))),
        ),
    ],
)
def test_plain_serve(arguments: str, expected: tuple[Path, ServeOptions]) -> None:
    assert plain_serve(arguments.split()) == expected


def test_home_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUYONG_HOME", "/elsewhere")
    assert plain_serve(["serve"]) == (Path("/elsewhere"), ServeOptions())


@pytest.mark.parametrize(
    "arguments",
    [
        *("", "check", "check serve", "serve --help", "serve extra", "serve --port"),
        *("serve --port x", "serve --port=", "serve --port 1.5", "serve --unknown 1", "--help"),
    ],
)
def test_anything_else_is_for_typer(arguments: str) -> None:
    assert plain_serve(arguments.split()) is None


def test_an_unusable_authority_is_one_line_and_no_server(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "juyong.cli.start", "serve", "--home", str(tmp_path / "home")]
    command += ["--port", "0", "--tls-port", "0"]
    authority = tmp_path / "home" / "authority" / "authority.pem"
    authority.parent.mkdir(parents=True, mode=0o700)
    authority.parent.parent.chmod(0o700)
    authority.write_text("no key")
    authority.chmod(0o600)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("juyong: the local CA cannot be used: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "home" / "servers").exists()
