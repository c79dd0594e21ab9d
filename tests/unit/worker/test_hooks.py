"""Modules of jobs and sweeps: one that cannot be imported stops no other."""

from types import ModuleType

import pytest

from juyong.api.job import job
from juyong.worker import hooks
from juyong.worker.hooks import Hooks, TwoJobs


def module(name: str, **content: object) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(content)
    return made


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The modules of all services, as this test makes them."""
    found = {name: module(name) for name in hooks._OF_THE_PLATFORM}

    def imported(name: str) -> ModuleType:
        if name not in found:
            raise ModuleNotFoundError(name)
        return found[name]

    monkeypatch.setattr(hooks, "_modules", lambda *_: ["a.jobs", "b.sweeps", "c.jobs"])
    monkeypatch.setattr(hooks.importlib, "import_module", imported)
    return found


def test_what_cannot_be_imported_is_named_and_found_later(scanned: dict[str, ModuleType]) -> None:
    one, two = job("one", every=1)(lambda _: None), job("two", every=1)(lambda _: None)
    scanned["a.jobs"] = module("a.jobs", one=one, other=one)
    found = Hooks()
    failed = found.load()
    assert {name: type(failure) for name, failure in failed.items()} == {
        "b.sweeps": ModuleNotFoundError,
        "c.jobs": ModuleNotFoundError,
    }
    assert (list(found.jobs), found.complete) == (["one"], False)
    scanned["b.sweeps"] = module("b.sweeps", sweep=lambda *_: 0)
    scanned["c.jobs"] = module("c.jobs", two=two)
    assert found.load() == {}
    assert (list(found.jobs), "b.sweeps" in found.sweeps, found.complete) == (
        ["one", "two"],
        True,
        True,
    )


def test_two_jobs_of_one_name_are_refused(scanned: dict[str, ModuleType]) -> None:
    for name in ("a.jobs", "c.jobs"):
        scanned[name] = module(name, work=job("same", every=1)(lambda _: None))
    scanned["b.sweeps"] = module("b.sweeps", sweep=lambda *_: 0)
    failed = Hooks().load()
    assert isinstance(failed["c.jobs"], TwoJobs)
    assert list(failed) == ["c.jobs"]


def test_services_offer_their_checks_by_a_module_of_that_name() -> None:
    modules = {check.__module__ for check in hooks.checks()}
    assert {"juyong.services.actiontrail.checks", "juyong.services.identity.checks"} <= modules
