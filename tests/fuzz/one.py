"""Fuzz one target in this process: inputs that once broke it, its seeds, then new ones.

    python tests/fuzz/one.py NAME --seconds N [--seed S] [--artifacts DIR] [--built-in]

Coverage-guided by atheris where that can be imported, else mutations of the seeds. The last line
`runs N` counts; a finding prints its traceback and `finding PATH`, the input, and the exit code is
not 0.
"""

import argparse
import hashlib
import signal
import sys
import tempfile
import time
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fuzz.mutation import mutations, words_of
from tests.fuzz.targets import Target, load_target, regressions_of

_HANG_SECONDS = 20
_MEMORY_MB = 2048
_LONGEST = 16_384


def main() -> None:
    """Run until the time is over or something is found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--artifacts", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--built-in", action="store_true")
    options = parser.parse_args()
    guided = find_spec("atheris") is not None and not options.built_in
    target = _load(options.name, guided=guided)
    inputs = [*(data for _, data in regressions_of(target.name)), *target.seeds]
    for data in inputs:
        run_guarded(target, data, options.artifacts)
    print("inputs", len(inputs), flush=True)
    if guided:
        _run_guided(target, options)
    else:
        _run_mutations(target, options)


def run_guarded(target: Target, data: bytes, artifacts: Path) -> None:
    """Run one input; a failing or hanging one is written to a file, and the error passes."""
    before = signal.signal(signal.SIGALRM, _hang)
    signal.alarm(_HANG_SECONDS)
    try:
        target.run(data)
    except BaseException:
        path = artifacts / f"{target.name}-{hashlib.sha256(data).hexdigest()[:16]}"
        path.write_bytes(data)
        print("finding", path, flush=True)
        raise
    finally:
        signal.alarm(0)
        # libFuzzer uses the same signal for its own watch.
        signal.signal(signal.SIGALRM, before)


def _hang(_number: int, _frame: object) -> None:
    raise TimeoutError(f"one input took more than {_HANG_SECONDS} seconds")


def _load(name: str, *, guided: bool) -> Target:
    hooked: Any = nullcontext()
    if guided:
        import atheris

        hooked = atheris.instrument_imports(include=["juyong"])
    with hooked:
        return load_target(name)


def _run_guided(target: Target, options: argparse.Namespace) -> None:
    import atheris

    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{target.name}-", dir=options.artifacts))
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = corpus.with_suffix(".dict")
    words.write_text("".join(f'"{_hex(word)}"\n' for word in words_of(target.seeds)))
    arguments = [
        sys.argv[0],
        f"-max_total_time={max(1, int(options.seconds))}",
        f"-seed={options.seed}",
        f"-max_len={_LONGEST}",
        f"-timeout={_HANG_SECONDS}",
        f"-rss_limit_mb={_MEMORY_MB}",
        f"-artifact_prefix={options.artifacts}/{target.name}-",
        f"-dict={words}",
        "-print_final_stats=1",
        str(corpus),
    ]
    atheris.Setup(arguments, target.run)
    atheris.Fuzz()


def _hex(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _run_mutations(target: Target, options: argparse.Namespace) -> None:
    deadline = time.monotonic() + options.seconds
    for count, data in enumerate(mutations(target.seeds, options.seed), 1):
        run_guarded(target, data, options.artifacts)
        if time.monotonic() > deadline:
            print("runs", count, flush=True)
            return


if __name__ == "__main__":
    main()
