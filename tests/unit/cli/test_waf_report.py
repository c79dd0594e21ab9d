"""The page about the access log: right figures, and no way for a request to become markup."""

import base64
import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import html
from tests.commands import Done, juyong

from juyong.cli.waf.report.figures import Tally
from juyong.waf.record import Row, RuleSeen

HOSTILE = (
    "<script>document.title='ran'</script>",
    "\"><img src=x onerror=\"document.title='ran'\">",
    "' autofocus onfocus='document.title=\"ran\"",
    "</title></style></svg><svg onload=document.title='ran'>",
    "<!--", "]]>", "&lt;script&gt;", "&#60;script&#62;", "javascript:document.title='ran'",
    "\x00\x1b[2J\r\n\u202e\u2028<iframe srcdoc='<script>parent.document.title=1</script>'>",
    "<base href=//evil.example>", "\ud800",
)  # fmt: skip
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "section", "div", "b"),
    *("table", "tr", "th", "td", "code", "meter", "figure", "figcaption", "svg", "g", "rect"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "value", "min", "max"),
    *("viewbox", "preserveaspectratio", "role", "x", "y", "width", "height"),
}


def row(number: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "time": f"2026-05-01T12:{number % 60:02}:00.000Z",
        "request_traceid": f"e{number}",
        "request_method": "GET",
        "request_uri": "/",
        "request_path": "/",
        "real_client_ip": "192.0.2.7",
        "status": "200",
        **more,
    }


def write(path: Path, *rows: dict[str, Any]) -> Path:
    lines = [json.dumps(each).replace("\\ud800", "\\ufffd") for each in rows]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def report(tmp_path: Path, log: Path, *words: str | Path) -> Done:
    output = ("--output", tmp_path / "report.html")
    return juyong(
        "waf", "report", "--file", log, *output, "--home", tmp_path / "home", "--json", *words
    )


def page(tmp_path: Path, log: Path, *words: str | Path) -> Any:
    assert report(tmp_path, log, *words).status == 0
    return html.document_fromstring((tmp_path / "report.html").read_bytes())


def tables(at: Any) -> dict[str, list[list[str]]]:
    return {
        part.findtext("h2"): [
            [cell.text_content() for cell in line.iter("td")] for line in part.iter("tr")
        ][1:]
        for part in at.iter("section")
    }


def test_the_figures(tmp_path: Path) -> None:
    detail = [
        {"id": "1170001", "msg": "Markup"},
        {"id": "1170001", "msg": "Markup"},
        {"id": "1185210", "msg": "The request has 10 points"},
    ]
    stopped = {
        "final_action": "block", "final_rule_id": "1185210", "web_attack_type": "markup",
        "matched_rules_detail": detail, "request_path": "/search", "waf_reason": "10 points",
    }  # fmt: skip
    noted = {"matched_rules_detail": [{"id": "7", "msg": "A little odd"}], "request_uri": "/odd"}
    write(tmp_path / "a.log.1", row(0, **stopped, real_client_ip="198.51.100.1"))
    rows = (
        row(1),
        row(2, **stopped),
        row(3, final_action="monitor", request_path="/m"),
        row(4, refused="400: a head that two parsers read differently"),
        row(5, **noted),
        row(6, status="404"),
        {"time": "no row"},
    )
    log = write(tmp_path / "a.log", *rows)
    log.write_text(log.read_text() + "half a line")
    found = json.loads(report(tmp_path, log).out)
    assert found["requests"] == 7
    assert found["outcomes"] == {"blocked": 2, "monitored": 1, "passed": 3, "refused": 1}
    assert found["size_bytes"] == (tmp_path / "report.html").stat().st_size
    told = tables(page(tmp_path, log))
    assert [line[:2] for line in told["By class of attack"]] == [
        ["markup", "2"], ["malformed or beyond a limit", "1"], ["other", "1"],
    ]  # fmt: skip
    assert [line[:3] for line in told["By rule"]] == [
        ["1170001", "Markup", "4"], ["7", "A little odd", "1"],
    ]  # fmt: skip
    assert [line[:2] for line in told["By source"]] == [["192.0.2.7", "3"], ["198.51.100.1", "1"]]
    assert [line[:2] for line in told["By path"]] == [["/search", "2"], ["/", "1"], ["/m", "1"]]
    assert [line[-1] for line in told["Newest requests that were stopped"]] == [
        "e4", "e3", "e2", "e0",
    ]  # fmt: skip
    # Of those that passed, the ones on which rules matched say most.
    assert [line[3] for line in told["Newest requests that passed"]] == ["GET /odd"]
    assert json.loads(report(tmp_path, log, "--since", "2026-05-01T14:03:00+02:00").out)[
        "outcomes"
    ] == {"monitored": 1, "passed": 2, "refused": 1}


def test_many_hours_are_drawn_as_days(tmp_path: Path) -> None:
    rows = [row(time=f"2026-05-{1 + n // 24:02}T{n % 24:02}:00:00.000Z") for n in range(96)]
    at = page(tmp_path, write(tmp_path / "a.log", *rows))
    assert len(list(at.iter("g"))) == 4
    assert "2026-05-01 to 2026-05-04, at most 24 requests" in at.text_content()
    at = page(tmp_path, write(tmp_path / "a.log", *rows[:72]))
    assert len(list(at.iter("g"))) == 72


def test_what_cannot_be_reported(tmp_path: Path) -> None:
    log = write(tmp_path / "a.log")
    assert report(tmp_path, log, "--since", "yesterday").status == 3
    assert report(tmp_path, tmp_path / "none.log").status == 3
    assert report(tmp_path, log, "--output", log / "x").status == 1
    assert juyong("waf", "report", "--home", tmp_path / "home").status == 1
    told = tables(page(tmp_path, log))
    assert "By rule" in told
    assert "None." in (tmp_path / "report.html").read_text()
    words = ("waf", "report", "--file", log, "--output", tmp_path / "r", "--home", tmp_path)
    assert juyong(*words).out == f"no requests\nwritten: {tmp_path}/r\n"


def hostile_rows(value: str) -> list[dict[str, Any]]:
    """Return rows with a value in every field that a row can have."""
    texts = dict.fromkeys(Row.__struct_fields__, value)
    rule = dict.fromkeys(RuleSeen.__struct_fields__, value)
    every = {**texts, "matched_rules_detail": [{**rule, "id": "1"}, rule, value]}
    return [
        every,
        {**every, "final_action": "block", "final_rule_id": "x"},
        {**every, "final_action": "", "refused": ""},
        {**every, "time": f"2026-05-01T12{value}", "matched_rules_detail": value},
        {**every, "final_action": "block", "web_attack_type": {value: [value]}, "status": [value]},
    ]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_becomes_markup(tmp_path: Path, value: str) -> None:
    at = page(tmp_path, write(tmp_path / "<b>.log", *hostile_rows(value)))
    assert {each.tag for each in at.iter()} <= ELEMENTS
    named = {(each.tag, name) for each in at.iter() for name in each.attrib}
    assert {name for _, name in named} <= ATTRIBUTES
    assert at.findtext(".//title") == "WAF report: <b>.log"
    assert [each.tag for each in at.head] == ["meta"] * 4 + ["title", "style"]
    style = at.findtext(".//style")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = at.find(".//meta[@http-equiv]").get("content")
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    text = (tmp_path / "report.html").read_text()
    assert not any(ord(each) < 0x20 and each != "\n" for each in text)
    assert not {"\u202e", "\u2028"} & set(text)


def test_the_page_is_small_whatever_requests_hold(tmp_path: Path) -> None:
    rows = [
        row(number, **dict.fromkeys(("real_client_ip", "request_path", "request_uri", "web_attack_type", "waf_reason", "status", "request_traceid", "request_method"), f"{number}" + "'" * 2000), final_action="block" if number % 2 else "",
           matched_rules_detail=[{"id": f"{number}" + "'" * 2_000, "msg": "'" * 2_000}])
        for number in range(200)
    ]  # fmt: skip
    found = json.loads(report(tmp_path, write(tmp_path / "a.log", *rows)).out)
    assert found["size_bytes"] < 500_000


def test_a_tally_forgets_rare_names_only() -> None:
    tally = Tally()
    for number in range(60_000):
        tally.add(f"name {number}")
        tally.add("often")
    assert tally.most(1) == [("often", 60_000)]
    assert len(tally.most(100_000)) <= 20_001
    assert msgspec.json.encode(tally.most(2))


@pytest.mark.parametrize("value", HOSTILE)
def test_no_script_runs_in_a_browser(tmp_path: Path, value: str) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium is installed")
    page(tmp_path, write(tmp_path / "a.log", *hostile_rows(value)))
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", (tmp_path / "report.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "<title>WAF report: a.log</title>" in done.stdout
