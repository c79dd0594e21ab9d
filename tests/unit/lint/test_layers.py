"""Imports point downward, and services are strangers: the contracts of pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def test_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


_SLOW = ("sqlalchemy", "alembic", "typer", "click", "pydantic", "uvicorn", "structlog", "httpx")
_SLOW += (
    "rich",
    "argcomplete",
    "joserfc",
    "lxml",
    "signxml",
    "prometheus_client",
    "argon2",
    "segno",
    "pyotp",
    "duckdb",
    "pyarrow",
    "sqlglot",
)
_IMPORTS = """
import sys
from juyong.cli.face import run
run(sys.argv[1:])
print("services:", *sorted(m for m in sys.modules if m.startswith("juyong.services.")))
"""


@pytest.mark.parametrize(
    ("words", "services"),
    [
        ([], []),
        (["--help"], []),
        (["account", "--help"], []),
        (["check", "--help"], []),
        (["no-such-command"], []),
        (["completion", "bash"], []),
        (["rds", "list", "--help"], ["juyong.services.rds", "juyong.services.rds.commands"]),
    ],
)
def test_a_command_line_imports_what_it_uses(words: list[str], services: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS, *words], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1].split()[1:] == services


def test_all_commands_are_declared_without_a_service_or_what_is_slow() -> None:
    code = (
        "import sys; from juyong.cli.found import every_command; assert len(every_command()) > 15; "
        "services = ('juyong.services.',); "
        f"slow = {_SLOW!r}; "
        "bad = [m for m in sys.modules if m.startswith(services) and m.count('.') > 2 "
        "and not m.endswith(('.commands', '.answers')) and not hasattr(sys.modules[m], '__path__') "
        "or m.partition('.')[0] in slow]; "
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_server_is_imported_without_x509() -> None:
    code = (
        "import sys; import juyong.app.server, juyong.app.platform; "
        "bad = sorted({'cryptography.x509', 'email.utils'} & set(sys.modules)); "
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_log_engine_is_imported_without_what_its_processes_use() -> None:
    code = (
        "import sys, juyong.engines.logsearch; "
        "bad = sorted({'duckdb', 'pyarrow', 'sqlglot'} & set(sys.modules)); "
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


_SERVES = """
import os, signal, sys, threading
from contextlib import suppress
from juyong.cli.start import main
from juyong.front.server import Front
accept = Front._resume_accepting
def accepting(front):
    accept(front)
    os.kill(os.getpid(), signal.SIGTERM)
Front._resume_accepting = accepting
sys.argv = ["juyong", "serve", "--home", sys.argv[1], "--port", "0", "--tls-port", "0"]
with suppress(SystemExit):
    main()
print("slow:", *sorted({m.partition(".")[0] for m in sys.modules} & set(sys.argv_slow)))
"""


@pytest.mark.parametrize("start", ["fresh", "existing"])
def test_serve_starts_without_what_is_slow_to_import(start: str, tmp_path: Path) -> None:
    code = _SERVES.replace("sys.argv_slow", repr(_SLOW))
    for _ in range(1 if start == "fresh" else 2):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "home")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].strip() == "slow:"
