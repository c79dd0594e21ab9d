"""Rules are compiled once, and the plan of an earlier start gives the same engine."""

from pathlib import Path

import pytest

from juyong.cli.waf.sets import chosen
from juyong.engines.inspect import native
from juyong.engines.inspect.gates import GivenOperator, Outline
from juyong.engines.inspect.http import Peer, Request
from juyong.engines.inspect.native import native_ready
from juyong.engines.inspect.operators import texts
from juyong.engines.inspect.patterns import Pattern, compile_pattern
from juyong.waf import rules
from juyong.waf.rule_source import RuleSource
from juyong.waf.rules import BadRules, compiled, country_of

RULE = 'SecRule ARGS "@rx evil|wicked" "id:9,phase:1,deny,status:403"\n'


def blocked(folder: Path, plans: Path | None, *, detect: bool = False) -> int | None:
    source = RuleSource(name="mine", folders={"": str(folder)}, entries=("*.conf",))
    engine = compiled(source, plans=plans, detect_only=detect).engine
    peer = Peer(address="127.0.0.1", port=1)
    inspection = engine.inspect(
        Request(
            method=b"GET",
            target=b"/?q=evil",
            version="HTTP/1.1",
            headers=((b"Host", b"x"),),
            client=peer,
            server=peer,
            unique="a",
        )
    )
    verdict = inspection.request_head()
    return None if verdict is None else verdict.rule


def test_a_kept_plan_judges_alike(tmp_path: Path) -> None:
    folder, plans = tmp_path / "rules", tmp_path / "plans"
    folder.mkdir()
    (folder / "a.conf").write_text(RULE)
    assert blocked(folder, plans) == 9
    (kept,) = plans.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert blocked(folder, plans) == 9
    # A damaged plan is made anew, another text or mode has a plan of its own.
    kept.write_bytes(b"damaged")
    assert blocked(folder, plans) == 9
    assert kept.read_bytes() != b"damaged"
    assert blocked(folder, plans, detect=True) is None
    (folder / "a.conf").write_text(RULE.replace("id:9", "id:10"))
    assert blocked(folder, plans) == 10
    assert len(list(plans.iterdir())) == 3
    for number in range(11, 20):
        (folder / "a.conf").write_text(RULE.replace("id:9", f"id:{number}"))
        assert blocked(folder, plans) == number
    assert len(list(plans.iterdir())) == 8
    assert blocked(folder, tmp_path / "rules" / "a.conf") == 19


def test_rules_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match="mine"):
        blocked(tmp_path / "none", None)
    assert country_of("8.8.8.8") == "US"
    assert country_of("no address") is None


@pytest.mark.skipif(not native_ready(), reason="without the core each pattern is Python's")
def test_a_start_from_a_kept_plan_reads_no_long_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = chosen(tmp_path, "own", "")
    compiled(source, plans=tmp_path / "plans")
    made: list[bytes] = []

    def make(text: bytes) -> Pattern:
        made.append(text)
        return compile_pattern(text)

    def outline_of(given: GivenOperator, **_: object) -> Outline:
        made.append(given[1])
        return native.outline_of(given)

    monkeypatch.setattr(texts, "compile_pattern", make)
    monkeypatch.setattr(rules, "outline_of", outline_of)
    compiled(source, plans=tmp_path / "plans")
    # Guards that ask for the method, or for a count, are made at once: their patterns are short.
    assert len(b"".join(made)) < 100
