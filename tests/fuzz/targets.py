"""Fuzz targets, found by scanning this folder: a file that is there is fuzzed."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
REGRESSIONS = FOLDER / "regressions"


@dataclass(frozen=True, slots=True)
class Target:
    """One parser of outside bytes: `run` raises only on a bug."""

    name: str
    seeds: tuple[bytes, ...]
    run: Callable[[bytes], None]


def target_names() -> tuple[str, ...]:
    """Return the names of all targets, `fuzz_<name>.py` each."""
    return tuple(sorted(p.stem.removeprefix("fuzz_") for p in FOLDER.glob("fuzz_*.py")))


def load_target(name: str) -> Target:
    """Import one target; a target without inputs would test nothing."""
    module = importlib.import_module(f"tests.fuzz.fuzz_{name}")
    seeds = tuple(module.SEEDS)
    assert seeds, f"{name} has no seeds"
    return Target(name, seeds, module.target)


def regressions_of(name: str) -> Iterator[tuple[Path, bytes]]:
    """Yield the inputs that once broke a target, with their files."""
    for path in sorted((REGRESSIONS / name).glob("*")):
        yield path, path.read_bytes()
