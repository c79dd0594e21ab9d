"""Exclusions written for fields and paths that clients chose."""

from itertools import count

from juyong.cli.waf.tune.exclusions import Exclusion, Where, target_text, written
from juyong.cli.waf.tune.tuning import target_in
from juyong.engines.inspect.model.choosing import takes
from juyong.engines.inspect.model.witness import Target
from juyong.engines.inspect.operators import make_test
from juyong.engines.inspect.rules import Rule, RuleSet, Selector
from juyong.engines.inspect.seclang import load
from juyong.engines.inspect.seclang.controls import removal

SEEDS: list[bytes] = [
    b"q\n/search",
    b'q"\nSecRuleEngine Off\n/a" b',
    b"q,ctl:ruleEngine=Off\n/%{tx.0}",
    b"json.items.array_0.note\n/api\\",
    b"item[3][note]\n/a'b",
    b"/.*/\n/.*",
    b"a|!ARGS:b\n/\xc3\xa9\xff\x00",
    b"MATCHED_VARS:ARGS:q\n/",
]


def target(data: bytes) -> None:
    """Write an exclusion; what is read back names the field and the path, and does nothing else."""
    key, _, path = data.partition(b"\n")
    key, path = key[:200], b"/" + path[:200]
    named = target_in(key.decode("utf-8", "replace"))
    if named is not None:
        _read_back(named, path, begins=True)
    if key:
        _read_back(Target("ARGS", key), path, begins=False)


def _read_back(field: Target, path: bytes, *, begins: bool) -> None:
    made = Exclusion(Where(path, begins), 7, target_text(field))
    text = written([made], {7: path.decode("latin-1")}, count(10))
    rules = load({"a.conf": text.encode()}, ["a.conf"]).rules
    (rule,) = rules.items
    assert RuleSet(items=rules.items, digest=rules.digest) == rules
    assert isinstance(rule, Rule)
    (link,) = rule.links
    (ctl,) = link.ctls
    assert link.selectors == (Selector(collection="REQUEST_FILENAME"),)
    (taken,) = removal(ctl).targets
    assert (ctl.name, taken.collection) == ("ruleremovetargetbyid", field.collection)
    if field.key:
        assert takes(taken)(field.key)
        assert not takes(taken)(field.key + b"x")
        assert not takes(taken)(b"x" + field.key)
    test = make_test(link.operator.name, link.operator.argument, link.operator.phrases)
    assert test(path) is not None
    assert test(b"x" + path) is None
    assert (test(path + b"x") is not None) == begins
