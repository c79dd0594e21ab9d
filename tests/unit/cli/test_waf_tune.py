"""Exclusions for false positives: narrow, proved, and written so that no request writes rules."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from tests.commands import Done, juyong

from juyong.cli.waf.explaining import judged, message_in
from juyong.cli.waf.sets import compiled_from, debian, own
from juyong.cli.waf.tune.tuning import target_in
from juyong.content.waf.attacks import ATTACKS
from juyong.engines.inspect.rules import Rule, RuleSet, Selector
from juyong.engines.inspect.seclang import load

AGENT = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0\nAccept: */*\n"
REVIEW = "text=select+a+pump+from+dual+where+1%3D1&stars=5"


def entry(path: str, form: str = "", at: str = "2026-05-01T12:00:00.000Z") -> dict[str, Any]:
    lines = [tuple(line.split(": ")) for line in AGENT.splitlines()]
    asked: dict[str, Any] = {"method": "GET", "url": f"http://shop.example{path}"}
    if form:
        lines.append(("Content-Type", "application/x-www-form-urlencoded"))
        asked |= {"method": "POST", "postData": {"text": form}}
    asked["headers"] = [{"name": name, "value": value} for name, value in lines]
    return {"startedDateTime": at, "request": asked}


def har(tmp_path: Path, *entries: dict[str, Any]) -> Path:
    path = tmp_path / "site.har"
    path.write_text(json.dumps({"log": {"entries": list(entries)}}))
    return path


def tune(tmp_path: Path, file: Path, *words: str | Path) -> Done:
    return juyong("waf", "tune", file, *words, "--home", tmp_path / "home", "--json")


def told(done: Done) -> dict[str, Any]:
    assert done.status in (0, 1), done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def verdict(tmp_path: Path, text: str, exclusions: Path) -> int:
    path = tmp_path / "request.http"
    path.write_text(text)
    words = ("--exclusions", exclusions, "--home", tmp_path / "home")
    return juyong("waf", "test", path, *words).status


def get(target: str) -> str:
    return f"GET {target} HTTP/1.1\nHost: shop.example\n{AGENT}\n"


def post(path: str, form: str) -> str:
    kind = "Content-Type: application/x-www-form-urlencoded\n"
    return f"POST {path} HTTP/1.1\nHost: shop.example\n{AGENT}{kind}\n{form}"


def test_an_exclusion_is_a_rule_a_field_and_a_path(tmp_path: Path) -> None:
    output = tmp_path / "exclusions.conf"
    file = har(tmp_path, entry("/search?q=tea"), entry("/reviews", REVIEW))
    found = told(tune(tmp_path, file, "--request", "1", "--request", "2", "--output", output))
    assert (found["marked"], found["blocked"], found["left"]) == (2, 1, [])
    assert {(each["target"], each["path"]) for each in found["exclusions"]} == {
        ("ARGS:text", "/reviews")
    }
    for each in found["exclusions"]:
        assert each["proved"]
        assert each["requests"] == ["2"]
        assert each["attacks"] == each["attacks_blocked"] > 20
        assert each["inside"] > 0
    assert verdict(tmp_path, post("/reviews", REVIEW), output) == 0
    # Another field, another path and another attack are blocked as before.
    assert verdict(tmp_path, post("/reviews", REVIEW.replace("text=", "name=")), output) == 1
    assert verdict(tmp_path, post("/other", REVIEW), output) == 1
    assert verdict(tmp_path, post("/reviews/x", REVIEW), output) == 1
    assert verdict(tmp_path, post("/reviews", "text=<script>alert(1)</script>"), output) == 1
    # Each line of the file is needed.
    lines = output.read_text().splitlines()
    actions = [number for number, line in enumerate(lines) if "ctl:" in line]
    assert len(actions) == len(found["exclusions"]) > 1
    for number in actions[:-1]:
        fewer = tmp_path / "fewer.conf"
        fewer.write_text("\n".join(lines[:number] + lines[number + 1 :]))
        assert verdict(tmp_path, post("/reviews", REVIEW), fewer) == 1


def test_what_is_in_the_file_stays_and_is_not_found_again(tmp_path: Path) -> None:
    output = tmp_path / "exclusions.conf"
    first = har(tmp_path, entry("/reviews", REVIEW))
    assert told(tune(tmp_path, first, "--path", "/", "--output", output))["exclusions"]
    before = output.read_text()
    found = told(tune(tmp_path, first, "--path", "/", "--output", output))
    assert (found["blocked"], found["exclusions"], found["output"]) == (0, [], "")
    assert output.read_text() == before
    second = har(tmp_path, entry("/reviews", REVIEW), entry("/notes", REVIEW))
    found = told(tune(tmp_path, second, "--path", "/", "--output", output))
    assert {each["path"] for each in found["exclusions"]} == {"/notes"}
    assert output.read_text().startswith(before.rstrip())
    assert verdict(tmp_path, post("/notes", REVIEW), output) == 0
    assert verdict(tmp_path, post("/reviews", REVIEW), output) == 0


def test_marks(tmp_path: Path) -> None:
    late = entry("/late", REVIEW, at="2026-05-02T12:00:00+02:00")
    file = har(tmp_path, entry("/early", REVIEW), late, entry("/with space", REVIEW))
    assert tune(tmp_path, file).status == 3
    assert tune(tmp_path, file, "--request", "9").status == 3
    assert tune(tmp_path, file, "--all-before", "yesterday").status == 3
    assert told(tune(tmp_path, file, "--all-before", "2026-05-02T10:00:00Z"))["marked"] == 1
    assert told(tune(tmp_path, file, "--all-before", "2026-05-02T10:00:01Z"))["marked"] == 2
    assert told(tune(tmp_path, file, "--path", "/lat"))["marked"] == 1
    # The proxy answers the third with 400, whatever the rules say.
    assert told(tune(tmp_path, file, "--path", "/"))["marked"] == 2
    assert tune(tmp_path, file, "--path", "/", "--rules", "none").status == 3


def test_paths_of_one_folder_and_places_in_lists_are_drawn_together(tmp_path: Path) -> None:
    entries = [entry(f"/orders/{number}", REVIEW) for number in range(4)]
    found = told(tune(tmp_path, har(tmp_path, *entries), "--path", "/"))
    assert {(each["path"], each["begins"]) for each in found["exclusions"]} == {("/orders/", True)}
    found = told(tune(tmp_path, har(tmp_path, *entries[:3]), "--path", "/"))
    assert {each["begins"] for each in found["exclusions"]} == {False}
    top = [entry(f"/{number}", REVIEW) for number in range(5)]
    found = told(tune(tmp_path, har(tmp_path, *top), "--path", "/"))
    assert {each["begins"] for each in found["exclusions"]} == {False}
    output = tmp_path / "exclusions.conf"
    listed = har(tmp_path, entry("/cart", REVIEW.replace("text", "item[3][note]")))
    told(tune(tmp_path, listed, "--path", "/", "--output", output))
    for name, status in (("item[7][note]", 0), ("item[7][name]", 1), ("item[x][note]", 1)):
        form = REVIEW.replace("text", quote(name))
        assert verdict(tmp_path, post("/cart", form), output) == status


HOSTILE = (
    'q"\nSecRuleEngine Off\n#',
    "q,ctl:ruleEngine=Off",
    "q' \\",
    "q|!ARGS:/.*/",
    "/.*/",
    "%{tx.0}",
    "é\x00\u202e",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_request_writes_a_directive(tmp_path: Path, name: str) -> None:
    """A field and a path with any bytes end up as patterns that mean just these bytes."""
    output = tmp_path / "exclusions.conf"
    bad = quote("<script>alert(1)</script>")
    target = f"/a{quote(name.replace(chr(0), ''), safe='')}?{quote(name, safe='')}={bad}"
    file = har(tmp_path, entry(target))
    found = told(tune(tmp_path, file, "--path", "/", "--output", output, "--whole-rules"))
    assert found["exclusions"]
    written = load({"a.conf": output.read_bytes()}, ["a.conf"]).rules
    assert msgspec.structs.replace(written, items=(), digest="") == RuleSet(items=())
    for each in written.items:
        assert isinstance(each, Rule)
        (link,) = each.links
        assert link.selectors == (Selector(collection="REQUEST_FILENAME"),)
        assert {ctl.name for ctl in link.ctls} == {"ruleremovetargetbyid"}
    assert verdict(tmp_path, get(target), output) == 0
    assert verdict(tmp_path, get(f"/?q={bad}"), output) == 1


def test_a_whole_rule_goes_only_where_asked(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.conf").write_text(
        'SecRule &ARGS "@gt 2" "id:9,phase:2,deny,msg:\'Many\'"\n'
        'SecRule TX:none "@streq x" "id:8,phase:2,deny"\n'
    )
    home = ("--home", tmp_path / "home")
    assert juyong("waf", "rules", "install", folder, "--name", "mine", *home).status == 0
    file = har(tmp_path, entry("/many?a=1&b=2&c=3"))
    done = tune(tmp_path, file, "--path", "/", "--rules", "mine")
    assert done.status == 1
    assert "--whole-rules" in told(done)["left"][0]["why"]
    found = told(tune(tmp_path, file, "--path", "/", "--rules", "mine", "--whole-rules"))
    assert [(each["rule"], each["target"]) for each in found["exclusions"]] == [(9, "")]
    assert "ctl:ruleRemoveById=9" in found["text"]


def test_an_exclusion_that_opens_other_fields_is_not_proposed(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.conf").write_text('SecRule QUERY_STRING "@rx [(<;.\']" "id:9,phase:2,deny"\n')
    home = ("--home", tmp_path / "home")
    assert juyong("waf", "rules", "install", folder, "--name", "mine", *home).status == 0
    file = har(tmp_path, entry("/a?b=1.5"), entry("/fine"))
    found = told(tune(tmp_path, file, "--path", "/", "--rules", "mine"))
    assert found["exclusions"] == []
    assert "would pass elsewhere" in found["left"][0]["why"]


def test_what_the_engine_itself_refuses_is_left(tmp_path: Path) -> None:
    asked = entry("/api", "{")
    asked["request"]["headers"][-1]["value"] = "application/json"
    found = told(tune(tmp_path, har(tmp_path, asked), "--path", "/"))
    assert "the engine itself refuses" in found["left"][0]["why"]


def row(path: str, *rules: tuple[int, str], **more: Any) -> dict[str, Any]:
    detail = [{"id": str(rule), "variable": variable} for rule, variable in rules]
    return {
        "time": "2026-05-01T12:00:00.000Z", "request_traceid": f"r{path}", "host": "shop.example",
        "request_method": "GET", "request_uri": path, "http_user_agent": "Mozilla/5.0",
        "final_action": "block", "matched_rules_detail": detail, **more,
    }  # fmt: skip


def log(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    path = tmp_path / "access.log"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


def test_a_log_is_judged_again_as_far_as_the_log_goes(tmp_path: Path) -> None:
    text = quote("<img src=x onerror=go()>")
    seen = ((1170001, "ARGS:q"), (1170003, "ARGS:q"), (1185210, "TX:score"))
    file = log(tmp_path, row(f"/find?q={text}", *seen), row("/reviews", (1160002, "ARGS:text")))
    done = tune(tmp_path, file, "--path", "/")
    found = told(done)
    assert done.status == 1
    assert {each["rule"] for each in found["exclusions"]} <= {1170001, 1170003}
    assert all(each["proved"] for each in found["exclusions"])
    assert [each["request"] for each in found["left"]] == ["GET /reviews"]
    assert "HAR" in found["left"][0]["why"]


def test_the_word_of_a_log_counts_where_the_operator_says_so(tmp_path: Path) -> None:
    output = tmp_path / "exclusions.conf"
    rules = ((1160002, "MATCHED_VARS:ARGS:text"), (1160005, "ARGS:text"), (1185210, "TX:score"))
    evil = ((1160008, 'ARGS:x"\nSecRuleEngine Off'), (1160011, "TX:a"), (7, "ARGS:text"))
    more = ((1160010, "QUERY_STRING:x"), (1160009, '"\nSecRuleEngine Off\n:x'), (1160007, "&ARGS"))
    file = log(tmp_path, row("/reviews", *rules, *evil, *more), row("/x", (1185210, "TX:score")))
    words = ("--path", "/", "--unproved", "--output", output)
    done = tune(tmp_path, file, *words)
    found = told(done)
    assert {(each["rule"], each["target"], each["proved"]) for each in found["exclusions"]} == {
        (1160002, "ARGS:text", False),
        (1160005, "ARGS:text", False),
        (1160008, "ARGS:/^x\\x22\\x0aSecRuleEngine\\x20Off$/", False),
    }
    assert [each["request"] for each in found["left"]] == ["GET /x"]
    assert verdict(tmp_path, get("/?q=1'+or+'1'='1"), output) == 1


@pytest.mark.parametrize("variable", ["", "ARG", "TX:a", "&ARGS", "ARGS:" + "x" * 201, "XML:/a"])
def test_texts_that_are_no_targets(variable: str) -> None:
    assert target_in(variable) is None


def test_people_get_a_table(tmp_path: Path) -> None:
    file = har(tmp_path, entry("/reviews", REVIEW))
    words = ("waf", "tune", file, "--path", "/", "--home", tmp_path / "home")
    done = juyong(*words)
    assert "1 marked requests, 1 of them blocked" in done.out
    assert "ctl:ruleRemoveTargetById=1160002;ARGS:text" in done.out
    done = juyong(*words, "--output", tmp_path / "e.conf")
    assert f"--exclusions {tmp_path}/e.conf" in done.out
    done = juyong(*words, "--output", tmp_path / "site.har" / "e.conf")
    assert done.status == 2


def test_our_own_pack_refuses_every_listed_attack() -> None:
    engine = compiled_from(own()).engine
    for kind, values in ATTACKS.items():
        for value in values:
            asked = message_in(get(f"/?name={quote(value, safe='')}").encode())
            assert judged(engine, asked)[0] is not None, (kind, value)


@pytest.mark.skipif(not Path("/usr/share/modsecurity-crs/rules").is_dir(), reason="no Debian CRS")
def test_the_core_rule_set_is_tuned_too(tmp_path: Path) -> None:
    file = har(tmp_path, entry("/reviews", "text=1+UNION+ALL+SELECT+a,+b+FROM+c"))
    found = told(tune(tmp_path, file, "--path", "/", "--rules", debian().name))
    assert found["left"] == []
    assert {each["target"] for each in found["exclusions"]} == {"ARGS:text"}
    assert all(each["attacks"] == each["attacks_blocked"] > 0 for each in found["exclusions"])
