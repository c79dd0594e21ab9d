"""How the command begins, and what it refuses to begin with."""

import subprocess
import sys
from pathlib import Path


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
