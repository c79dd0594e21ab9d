"""A facade imports what is asked of it, and nothing else."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

from juyong import services
from juyong.base.late_names import names_of

FACADES = sorted(
    f"juyong.services.{package.name}.facade"
    for package in pkgutil.iter_modules(services.__path__)
    if importlib.util.find_spec(f"juyong.services.{package.name}.facade")
)


def _run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_name_costs_the_module_that_has_it() -> None:
    _run(
        "import sys, juyong.services.identity.facade as facade\n"
        "found = lambda: {m[25:] for m in sys.modules if m.startswith('juyong.services.identity.')}\n"
        "assert found() == {'facade'}, found()\n"
        "facade.AccountRow\n"
        "assert found() == {'facade', 'account', 'account.tables'}, found()\n"
    )


def test_there_are_facades() -> None:
    assert len(FACADES) >= 5


@pytest.mark.parametrize("name", FACADES)
def test_a_facade_has_every_name_that_it_promises(name: str) -> None:
    facade = importlib.import_module(name)
    promised = names_of(name)
    late = "late_names" in vars(facade)
    assert bool(promised) is late, "a facade that is not late has fetched its names by now"
    for each in promised:
        assert getattr(facade, each) is not None
        assert each in vars(facade), "a second look-up reads no source"


def test_a_name_keeps_the_name_it_was_imported_as() -> None:
    from juyong.services.identity import facade
    from juyong.services.identity.signin import sessions

    assert facade.SIGNIN_PURPOSE is sessions.PURPOSE


def test_a_name_that_is_not_offered_is_refused() -> None:
    from juyong.services.sts import facade

    with pytest.raises(AttributeError, match="has no attribute `open_tokn`"):
        _ = facade.open_tokn
    with pytest.raises(ImportError, match="open_tokn"):
        from juyong.services.sts.facade import open_tokn  # noqa: F401
