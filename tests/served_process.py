"""A server in a process of its own, as an operator starts one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START = [sys.executable, "-c", "from juyong.cli.start import main; main()"]


@contextmanager
def serve_process(home: Path) -> Iterator[None]:
    """Run `juyong serve` on free ports until the end of the block."""
    serving = subprocess.Popen(
        [*START, "serve", "--home", home, "--port", "0", "--tls-port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert serving.stdout is not None
    try:
        for line in serving.stdout:
            if line.startswith("use it:"):
                break
        else:
            raise AssertionError("the server did not start")
        yield
    finally:
        serving.terminate()
        serving.wait()
        serving.stdout.close()
