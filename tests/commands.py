"""Run a command of `juyong` in this process."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from juyong.cli.face import run


@dataclass(frozen=True)
class Done:
    """What a command did."""

    status: int
    out: str
    err: str


def juyong(*words: str | Path, given: str = "") -> Done:
    """Run a command line, with standard input as given."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", io.StringIO(given))
        status = run([str(word) for word in words])
    return Done(status, out.getvalue(), err.getvalue())
