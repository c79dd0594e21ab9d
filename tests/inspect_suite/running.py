"""Stages run under an engine in process: requests judged, whole sets of rule ids, expectations."""

import re

from tests.inspect_suite.stages import Stage

from juyong.engines.inspect.http import Request, Response
from juyong.engines.inspect.verdict import Engine, Report


def inspect(engine: Engine, stage: Stage) -> Report | None:
    """Return the report of a stage; None where no front would pass the request on."""
    if stage.request is None:
        return None
    return inspected(engine, stage.request, stage.body, stage.response, stage.answer)


def inspected(
    engine: Engine, request: Request, body: bytes, response: Response, answer: bytes
) -> Report:
    """Return the report of a request and its response."""
    one = engine.inspect(request)
    stopped = (
        one.request_head()
        or one.request_body(body if one.reads_request_body else b"")
        or one.response_head(response)
        or one.response_body(answer if one.reads_response_body else b"")
    )
    del stopped
    return one.end()


def ids(report: Report | None) -> frozenset[int]:
    """Return the rules that a log would show."""
    return frozenset(hit.rule for hit in report.hits if hit.logged) if report else frozenset()


def log(report: Report | None) -> str:
    """Return the hits as lines of a log, in the form that the suite's patterns look for."""
    hits = [hit for hit in report.hits if hit.logged] if report else []
    lines = [f'[id "{hit.rule}"] [msg "{hit.msg}"] [data "{hit.logdata}"]' for hit in hits]
    return "\n".join(line.replace("\r", "\\r").replace("\n", "\\n") for line in lines)


def fault(stage: Stage, report: Report | None) -> str:
    """Return what a report lacks of what a stage expects; empty where all is as expected."""
    found = ids(report)
    if missing := stage.expected - found:
        return f"not found: {sorted(missing)}"
    if wrong := stage.unexpected & found:
        return f"found: {sorted(wrong)}"
    if stage.pattern and not re.search(stage.pattern, log(report)):
        return f"the log lacks {stage.pattern!r}"
    if stage.no_pattern and re.search(stage.no_pattern, log(report)):
        return f"the log has {stage.no_pattern!r}"
    return ""
