"""A process that carries out a job of a home, and is killed at one of its transactions."""

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from juyong.api.bench import Bench
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.worker.items import carry_out, take
from juyong.worker.figures import Figures

home, database, most, module, name = sys.argv[1:]
job = getattr(import_module(module), name)
running = open_platform(Path(home), settings=Settings(database=database))
done = 0

def call(work):
    def counted(tx):
        global done
        result = work(tx)
        done += 1
        if done == int(most):
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return running.store.call(counted)

bench = Bench(call=call, clock=running.pipeline.clock, platform=running.pipeline.platform)
while (taken := take(job, bench)) is not None:
    carry_out(job, bench, taken, Figures())
running.close()
"""


def carried_out(home: Path, database: str, most: int, module: str, job: str) -> int:
    """Carry out the items of a job, and kill the process at a transaction; returns its end."""
    script = [sys.executable, "-c", _PROGRAM, str(home), database, str(most), module, job]
    return subprocess.run(script, check=False, timeout=120).returncode
