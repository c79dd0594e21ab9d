"""A run fails when it leaves an operation or a declared error untried, or sleeps too long."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from tests import answers, ignored_signals, in_memory, sharing, sleeping
from tests.over_budget import within_budget
from tests.postgres import DATABASES

if TYPE_CHECKING:
    from tests.local import Caller, Local, LocalPlatforms

__all__ = ["within_budget"]

sleeping.count()
ignored_signals.hear_ignored_signals()

if os.environ.get("TEST_WITHOUT_CORE"):
    # As on a machine without cargo: the imports of the native cores fail.
    for core in ("juyong_waf_core", "juyong_logs_core", "juyong_ledger_core"):
        sys.modules[core] = None  # type: ignore[assignment]

_LONG = [Path(__file__).parent / name for name in ("clients", "crash", "guides", "inspect_suite")]
"""Folders whose tests take long: each has a marker of its name and a run of its own."""
_SHORT = "not clients and not crash and not guides and not inspect_suite"
_EVERYTHING = ("", "not postgres", f"not postgres and {_SHORT}")
"""Runs of all tests that draw answers; what these leave out draws none that others do not draw."""

_FAULTS = pytest.StashKey[list[str]]()
"""Why a run fails of which all tests passed."""

# How long an example takes says more of the machine's other work than of ours.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture(scope="session")
def local_platforms(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[LocalPlatforms]":
    """Platforms that many tests share."""
    from tests.local import LocalPlatforms

    with closing(LocalPlatforms(tmp_path_factory.mktemp)) as found:
        yield found


@pytest.fixture(scope="module", params=DATABASES)
def local(request: pytest.FixtureRequest, local_platforms: "LocalPlatforms") -> "Local":
    """A platform that is called without a network, on each database."""
    return local_platforms.on(request.param)


@pytest.fixture
def call(local: "Local") -> "Caller":
    """The administrator of a new account, calling without a network."""
    return local.administrator(local.new_account())


pytest_addoption = sharing.add_options


def pytest_configure(config: pytest.Config) -> None:
    """Keep the files of the tests that do not take long in memory, and a list of faults."""
    config.stash[_FAULTS] = []
    if _SHORT in config.option.markexpr:
        in_memory.prefer_memory()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that take long, and take a part of all where that was asked."""
    for item in items:
        for name in _long_runs(item.path):
            item.add_marker(name)
    sharing.leave_out(config, items)


@cache
def _long_runs(path: Path) -> tuple[str, ...]:
    """Return the markers of a file of tests, of which some have hundreds of tests."""
    return tuple(folder.name for folder in _LONG if folder in path.parents)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Read no tests that take long where none of them runs."""
    return True if collection_path in _LONG and _SHORT in config.option.markexpr else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for no garbage among what is collected, which takes a third of the time of it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:  # the hook's names
    """Collect what a worker process saw."""
    answers.take_over(node)
    sleeping.take_over(node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how long the tests slept."""
    terminalreporter.write_line(sleeping.summary())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Look at what was drawn from servers, and at sleeps, in all processes."""
    config = session.config
    if hasattr(config, "workeroutput"):
        answers.hand_over(config)
        sleeping.hand_over(config)
        return
    if sleeping.is_too_much():
        config.stash[_FAULTS].append("tests slept too long, see above")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    everything = config.option.markexpr in _EVERYTHING and sharing.is_whole(config)
    whole = not config.option.keyword and everything and not session.shouldfail
    folder = config.rootpath / "tests"
    named = [(config.invocation_params.dir / a.split("::")[0]).resolve() for a in config.args]
    whole = whole and any(p in (folder, folder / "conformance", config.rootpath) for p in named)
    if not whole or session.testsfailed or config.option.collectonly:
        return
    untried = answers.untried_answers(answers.SEEN)
    if untried:
        config.stash[_FAULTS].append("\n  ".join(["never answered in this run:", *untried]))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """Tell last, after the line that says how many tests passed, why the run failed all the same."""
    for fault in config.stash[_FAULTS]:
        print(f"FAILED: {fault}")
