"""A whole run fails when it leaves an operation or a declared error untried, or a job too large."""

import pytest
from hypothesis import HealthCheck, settings
from tests.answers import SEEN, hand_over, take_over, untried_answers
from tests.over_budget import within_budget

__all__ = ["within_budget"]

# How long an example takes says more of the machine's other work than of ours.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:  # the hook's names
    """Collect what a worker process saw."""
    take_over(node)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Look at what was drawn from servers in all processes."""
    config = session.config
    if hasattr(config, "workeroutput"):
        hand_over(config)
        return
    everything = config.option.markexpr in ("", "not postgres")
    whole = not config.option.keyword and everything and not session.shouldfail
    folder = config.rootpath / "tests"
    named = [(config.invocation_params.dir / a.split("::")[0]).resolve() for a in config.args]
    whole = whole and any(p in (folder, folder / "conformance", config.rootpath) for p in named)
    if not whole or session.testsfailed or config.option.collectonly:
        return
    untried = untried_answers(SEEN)
    if untried:
        print("\nnever answered in this run:", *untried, sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
