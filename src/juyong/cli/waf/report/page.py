"""The page of a report: one file, no script, nothing loaded, under 500 KB."""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable

from juyong.cli.waf.report.figures import (
    BLOCKED,
    MONITORED,
    PASSED,
    REFUSED,
    Figures,
    Row,
    rules_of,
    text,
)
from juyong.cli.waf.report.markup import Html, element, void

_STYLE = """
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884}
td{overflow-wrap:anywhere;vertical-align:top}td.n,th.n{text-align:right;white-space:nowrap}
td.bar{width:30%}meter{width:100%}code{font:13px/1.4 ui-monospace,monospace}
.figures{display:flex;flex-wrap:wrap;gap:1rem}
.figures div{border:1px solid #8884;border-radius:.5rem;padding:.5rem 1rem;min-width:8rem}
.figures b{display:block;font-size:1.5rem}svg{width:100%;height:9rem}
.stopped{fill:#c0392b}.went{fill:#8899a6}
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"
_ROWS = 20
_BARS = 72
_WIDTH, _HEIGHT = 720, 100
_HOURS_OF_DAYS = 72
_DAY = 10
"""Characters of a time that say the day."""


def page_of(figures: Figures, site: str) -> str:
    """Return the page; site: The name of the log, for the title."""
    head = element(
        "head",
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        void("meta", name="referrer", content="no-referrer"),
        void("meta", name="viewport", content="width=device-width"),
        element("title", f"WAF report: {site}"),
        Html(f"<style>{_STYLE}</style>"),
    )
    period = f"{figures.first} to {figures.last}" if figures.first else "no requests"
    body = element(
        "body",
        element("h1", "WAF report"),
        element("p", f"{site}, {period}"),
        _summary(figures),
        _section("Requests by time (UTC)", _chart(figures)),
        _section("By class of attack", _counted("Class", figures.kinds.most(_ROWS))),
        _section("By rule", _rules(figures)),
        _section("By source", _counted("Address", figures.sources.most(_ROWS))),
        _section("By path", _counted("Path", figures.paths.most(_ROWS))),
        _section("Newest requests that were stopped", _samples(figures.stopped)),
        _section("Newest requests that passed", _samples(figures.passed)),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _section(title: str, *inside: Html) -> Html:
    return element("section", element("h2", title), *inside)


def _summary(figures: Figures) -> Html:
    told = [("requests", figures.outcomes.total())]
    told += [(name, figures.outcomes[name]) for name in (PASSED, BLOCKED, MONITORED, REFUSED)]
    boxes = [element("div", element("b", f"{count:,}"), name) for name, count in told]
    return element("div", *boxes, class_="figures")


def _table(heads: Iterable[tuple[str, str]], rows: Iterable[Html]) -> Html:
    cells = [element("th", text, class_=kind) for text, kind in heads]
    found = list(rows)
    if not found:
        return element("p", "None.")
    return element("table", element("tr", *cells), *found)


def _counted(name: str, counts: list[tuple[str, int]]) -> Html:
    most = max((count for _, count in counts), default=1)
    return _table(
        [(name, ""), ("Requests", "n"), ("", "bar")],
        (
            element("tr", element("td", element("code", each)), *_bar(count, most))
            for each, count in counts
        ),
    )


def _rules(figures: Figures) -> Html:
    counts = figures.rules.most(_ROWS)
    most = max((count for _, count in counts), default=1)
    return _table(
        [("Rule", ""), ("Message", ""), ("Requests", "n"), ("", "bar")],
        (
            element(
                "tr",
                element("td", element("code", each)),
                element("td", figures.messages.get(each, "")),
                *_bar(count, most),
            )
            for each, count in counts
        ),
    )


def _bar(count: int, most: int) -> tuple[Html, Html]:
    meter = element("meter", str(count), value=count, min=0, max=most)
    return element("td", f"{count:,}", class_="n"), element("td", meter, class_="bar")


def _chart(figures: Figures) -> Html:
    """Return bars by hour, or by day where the log is of more than three days."""
    bars = figures.hours
    if len(bars) > _HOURS_OF_DAYS:
        bars = {}
        for hour, counts in figures.hours.items():
            bars.setdefault(hour[:_DAY], Counter()).update(counts)
    newest = sorted(bars.items())[-_BARS:]
    if not newest:
        return element("p", "None.")
    most = max(counts.total() for _, counts in newest)
    step = _WIDTH // len(newest)
    drawn = []
    for number, (time, counts) in enumerate(newest):
        went = counts[PASSED]
        stopped = counts.total() - went
        title = element("title", f"{time}: {counts.total()} requests, {stopped} not simply passed")
        upper = round(_HEIGHT * counts.total() / most)
        lower = round(_HEIGHT * stopped / most)
        drawn.append(element("g", title, _rect(number * step, step, upper, "went"),
                             _rect(number * step, step, lower, "stopped")))  # fmt: skip
    label = f"{newest[0][0]} to {newest[-1][0]}, at most {most} requests"
    box = f"0 0 {_WIDTH} {_HEIGHT}"
    chart = element("svg", *drawn, viewBox=box, preserveAspectRatio="none", role="img")
    return element("figure", chart, element("figcaption", label))


def _rect(x: int, width: int, height: int, kind: str) -> Html:
    return element(
        "rect", x=x, y=_HEIGHT - height, width=max(1, width - 1), height=height, class_=kind
    )


_SHOWN = ("time", "real_client_ip", "status")


def _samples(rows: Iterable[Row]) -> Html:
    heads = ("Time", "Source", "Status", "Request", "Why", "Event")
    return _table([(each, "") for each in heads], [_sample(row) for row in reversed(list(rows))])


def _sample(row: Row) -> Html:
    line = f"{text(row, 'request_method')} {text(row, 'request_uri')}"
    return element(
        "tr",
        *(element("td", text(row, name)) for name in _SHOWN),
        element("td", element("code", line)),
        element("td", element("code", _why(row))),
        element("td", element("code", text(row, "request_traceid"))),
    )


def _why(row: Row) -> str:
    told = text(row, "refused") or text(row, "waf_reason")
    rules = ", ".join(f"{number} {message}" for number, message in rules_of(row))
    return f"{told}; {rules}" if told and rules else told or rules
