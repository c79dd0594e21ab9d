"""Fuzz every target of this folder.

    python tests/fuzz/run.py --seconds N [--only NAME] [--seed S] [--jobs J] [--built-in]

Each target gets N seconds in a process of its own, after the inputs that once broke it. Prints a
line a target, and for a finding its traceback and the file that holds the input; put that file into
regressions/<target>/ with the fix. Exit code 1 when anything was found.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fuzz.targets import FOLDER, target_names

_START_SECONDS = 120.0
"""For importing and instrumenting a target, and for its known inputs."""
_RUNS = re.compile(r"^(?:runs|stat::number_of_executed_units:) +(\d+)$", re.MULTILINE)
_INPUTS = re.compile(r"^inputs (\d+)$", re.MULTILINE)
_FINDING = re.compile(r"^(?:finding|.*Test unit written to) (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one target."""

    name: str
    inputs: int
    runs: int
    seconds: float
    finding: str
    text: str

    @property
    def passed(self) -> bool:
        """Whether inputs were run at all, and none broke it."""
        return not self.finding and self.inputs > 0 and self.runs > 0


def fuzz(name: str, options: argparse.Namespace, artifacts: Path) -> Outcome:
    """Fuzz one target in its own process."""
    command = [sys.executable, str(FOLDER / "one.py"), name]
    command += ["--seconds", str(options.seconds), "--seed", str(options.seed)]
    command += ["--artifacts", str(artifacts)]
    if options.built_in:
        command.append("--built-in")
    start = time.monotonic()
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            timeout=options.seconds + _START_SECONDS,
        )
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        status = done.returncode
    except subprocess.TimeoutExpired as late:
        text = ((late.stdout or b"") + (late.stderr or b"")).decode("utf-8", "replace")
        status = -1
    found = _FINDING.search(text)
    return Outcome(
        name=name,
        inputs=_number(_INPUTS, text),
        runs=_number(_RUNS, text),
        seconds=time.monotonic() - start,
        finding=found[1] if found else "" if status == 0 else f"exit status {status}",
        text=text,
    )


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.findall(text)
    return int(found[-1]) if found else 0


def _report(outcome: Outcome) -> None:
    verdict = "ok" if outcome.passed else f"FOUND {outcome.finding or 'nothing ran'}"
    print(
        f"{outcome.name:20} {outcome.inputs:4} inputs {outcome.runs:9} runs "
        f"{outcome.seconds:7.1f} s  {verdict}",
        flush=True,
    )
    if not outcome.passed:
        # libFuzzer's own progress begins with `#`.
        lines = [line for line in outcome.text.splitlines() if not line.startswith("#")]
        print("\n".join(lines)[-4000:], flush=True)


def main() -> int:
    """Fuzz all targets, or one; 1 when something was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--built-in", action="store_true")
    options = parser.parse_args()
    names = target_names()
    listed = [path for path in FOLDER.iterdir() if re.fullmatch(r"fuzz_\w+\.py", path.name)]
    assert len(names) >= len(listed) > 0, "targets in the folder were not found"
    if options.only:
        assert options.only in names, f"no target {options.only}: {', '.join(names)}"
        names = (options.only,)
    artifacts = Path(tempfile.mkdtemp(prefix="juyong-fuzz-"))
    print(f"{len(names)} targets, {options.seconds:g} s each, inputs go to {artifacts}", flush=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = []
        for outcome in pool.map(lambda name: fuzz(name, options, artifacts), names):
            _report(outcome)
            outcomes.append(outcome)
    passed = sum(outcome.passed for outcome in outcomes)
    if passed == len(names):
        shutil.rmtree(artifacts)
    print(f"{passed} passed, {len(outcomes) - passed} failed")
    return 0 if passed == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
