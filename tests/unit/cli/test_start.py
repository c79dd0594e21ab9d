"""How the command begins, and what it refuses to begin with."""

import subprocess
import sys
from pathlib import Path

from juyong.app.platform import open_platform
from juyong.app.settings import Settings


def test_an_unusable_authority_is_one_line_and_no_server(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "juyong.cli.start", "serve", "--home", str(tmp_path / "home")]
    command += ["--port", "0", "--tls-port", "0"]
    authority = tmp_path / "home" / "authority" / "authority.pem"
    authority.parent.mkdir(parents=True, mode=0o700)
    authority.parent.parent.chmod(0o700)
    authority.write_text("no key")
    authority.chmod(0o600)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("juyong: the local CA cannot be used: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "home" / "servers").exists()


def test_a_command_of_one_account_imports_no_sqlalchemy(tmp_path: Path) -> None:
    open_platform(tmp_path / "home", settings=Settings(hsm_module="none")).close()
    story = (
        "import sys; from juyong.cli.face import run; status = run(sys.argv[1:]);"
        "print(status, 'sqlalchemy' in sys.modules)"
    )
    command = [sys.executable, "-c", story, "account", "list", "--home", str(tmp_path / "home")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "0 False"
