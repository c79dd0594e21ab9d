"""Runs of small handlers."""

import json
from pathlib import PurePosixPath
from typing import Any

from juyong.base.secret import Secret
from juyong.sandbox import Failed, Job, Outcome, Package, Returned, run


def attempt(source: str, **changes: Any) -> Outcome:
    """Run `main.handler` of a one-file package."""
    wanted: dict[str, Any] = {
        "owner": "1",
        "package": Package(((PurePosixPath("main.py"), source.encode(), False),)),
        "handler": "main.handler",
        "event": (b"",),
        "environment": {},
        "context": {"request_id": "R", "region": "cn-hangzhou", "account_id": "1"},
        "grant": None,
        "seconds": 10,
        "megabytes": 128,
        **changes,
    }
    wanted["environment"] = {k: Secret(v) for k, v in wanted["environment"].items()}
    return run(Job(**wanted))


def output(source: str, **changes: Any) -> Any:
    """Return what the handler returned, read as JSON."""
    outcome = attempt(source, **changes)
    assert isinstance(outcome, Returned), (outcome, getattr(outcome, "report", b""), outcome.log)
    return json.loads(outcome.output)


def report(source: str, **changes: Any) -> dict[str, Any]:
    """Return what is said of a handler that failed."""
    outcome = attempt(source, **changes)
    assert isinstance(outcome, Failed), outcome
    found: dict[str, Any] = json.loads(outcome.report)
    return found
