"""The sweeps, jobs, checks and planes of services, found by scanning their packages.

A package takes part by a module `sweeps.py` with `sweep(tx, now, most) -> int` (rows purged, at
most so many), `jobs.py` with jobs (see juyong.api.job), `checks.py` with `check(tx, keys)`
yielding findings, or `planes.py` with planes (see juyong.api.plane).
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any

from juyong.api.job import Job, Periodic, PerItem
from juyong.api.operation_index import modules_of
from juyong.api.plane import PlaneSpec
from juyong.api.registry import service_packages
from juyong.base.clock import Instant
from juyong.logs.expiry import expire
from juyong.store.finding import Finding
from juyong.store.nonces import forget_nonces
from juyong.store.repeats import forget_repeats
from juyong.store.transaction import Transaction

Sweep = Callable[[Transaction, Instant, int], int]
Check = Callable[[Transaction, Mapping[str, bytes]], Iterator[Finding]]


_OF_THE_PLATFORM = ("juyong.worker.blobs", "juyong.worker.logs", "juyong.worker.notices")


class TwoJobs(Exception):
    """Two modules declare jobs of one name."""


class TwoPlanes(Exception):
    """Two modules declare planes of one name."""


class Hooks:
    """The sweeps and jobs of all services; `load` imports them, and may be repeated.

    sweeps: By name of module, such as `ims.sweeps`. jobs: By name of job.
    """

    def __init__(self) -> None:
        self.sweeps: dict[str, Sweep] = {
            "store.nonces": forget_nonces,
            "store.repeats": forget_repeats,
            "logs.expiry": expire,
        }
        self.jobs: dict[str, Job] = {}
        self.complete = False
        self._loaded: set[str] = set()

    def load(self) -> dict[str, BaseException]:
        """Import the modules that are not loaded yet, on the calling thread.

        Returns:
            The failures, by module; other modules work, and the next call tries again.
        """
        failed: dict[str, BaseException] = {}
        for name in () if self.complete else (*_OF_THE_PLATFORM, *_modules("sweeps", "jobs")):
            if name in self._loaded:
                continue
            try:
                self._take(name, importlib.import_module(name))
            except BaseException as failure:  # noqa: BLE001  # one module must not stop the others
                failed[name] = failure
            else:
                self._loaded.add(name)
        self.complete = not failed
        return failed

    def _take(self, name: str, module: ModuleType) -> None:
        if name.endswith(".sweeps"):
            self.sweeps[name.removeprefix("juyong.services.")] = module.sweep
            return
        for job in jobs_of(module):
            if self.jobs.setdefault(job.name, job) is not job:
                raise TwoJobs(job.name)


def jobs_of(module: ModuleType) -> list[Job]:
    """Return the jobs that a module declares."""
    return [each for each in vars(module).values() if isinstance(each, Periodic | PerItem)]


@lru_cache(maxsize=1)
def checks() -> tuple[Check, ...]:
    """Return every service's check."""
    return tuple(importlib.import_module(name).check for name in _modules("checks"))


@lru_cache(maxsize=1)
def planes() -> tuple[PlaneSpec[Any, Any], ...]:
    """Return every service's planes.

    Raises:
        TwoPlanes: names the name.
    """
    found: dict[str, PlaneSpec[Any, Any]] = {}
    for name in _modules("planes"):
        for each in vars(importlib.import_module(name)).values():
            if isinstance(each, PlaneSpec) and found.setdefault(each.name, each) is not each:
                raise TwoPlanes(each.name)
    return tuple(found.values())


def _modules(*wanted: str) -> list[str]:
    return [
        name
        for package in service_packages()
        for name in modules_of(package)
        if name.rsplit(".", 1)[-1] in wanted
    ]
