"""Fuzz the loader of rules: hostile files end in `BadRules`, and what loads can be compiled and run."""

from juyong.engines.inspect.http import Peer, Request
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.rules import Marker
from juyong.engines.inspect.seclang import BadRules, Bounds, Loaded, load

SEEDS = [
    b'SecRule ARGS|!ARGS:a|REQUEST_HEADERS:/^x-/ "@rx (a+)b" \\\n "id:1,phase:2,deny,t:lowercase"\n',
    b"SecAction \"id:2,phase:1,pass,setvar:'tx.a=+%{tx.b}',ctl:ruleRemoveById=1-9\"\n",
    b'SecRule &TX:on "@eq 0" "id:3,pass,skipAfter:END"\nSecRule ARGS "@rbl x" "id:4"\nSecMarker END',
    b'SecRule ARGS "@pmFromFile words" "id:5,chain,capture"\nSecRule TX:0 "!@within %{tx.a}"\n',
    b'SecDefaultAction "phase:1,deny,status:406"\nSecRuleEngine On\nSecArgumentsLimit 5\n',
    b"# a comment \\\n# that goes on\nInclude main*\nIncludeOptional none\n",
    b'SecRule XML:/* "@pm a b |41 42|" "id:6,multiMatch,t:urlDecodeUni,skip:1"\nSecAction "id:7"\n',
    b'SecRuleRemoveByTag (\nSecRuleUpdateTargetById 1 "!ARGS:/x|y/"\n',
    b"SecRule ARGS '@contains \\'' \"id:8,initcol:ip=%{REMOTE_ADDR},setvar:ip.n=+1,expirevar:ip.n=9\"",
    b'\xef\xbb\xbfSecMarker "a',
    b"",
]
_BOUNDS = Bounds(file=16_384, total=65_536, files=20, nesting=4, rules=100, links=4, words=100)
_HERE = Peer(address="192.0.2.1", port=1)
_REQUEST = Request(
    method=b"GET",
    target=b"/a?a=aab&b=%41",
    version="HTTP/1.1",
    headers=((b"X-A", b"b"),),
    client=_HERE,
    server=_HERE,
    unique="u",
)


def target(data: bytes) -> None:
    """Load `data` as the rules; what loads judges a request to its end."""
    try:
        loaded = load({"main": data, "words": data[:100]}, ["main"], bounds=_BOUNDS)
    except BadRules as bad:
        place = bad.place
    else:
        _judge(loaded)
        return
    assert (place.file, place.line >= 0) == ("main", True)


def _judge(loaded: Loaded) -> None:
    items = loaded.rules.items
    ids = [item.id for item in items if not isinstance(item, Marker)]
    assert len(ids) == len(set(ids)) <= _BOUNDS.rules
    assert all(
        1 <= len(item.links) <= _BOUNDS.links for item in items if not isinstance(item, Marker)
    )
    one = ModelEngine(loaded.rules, limits=Limits(work=20_000)).inspect(_REQUEST)
    if one.request_head() is None:
        one.request_body(b"")
    report = one.end()
    assert {hit.rule for hit in report.hits} <= set(ids)
