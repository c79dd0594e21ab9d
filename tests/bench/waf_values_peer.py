"""Transformations and tokenisers beside libmodsecurity: which values end differently.

    python tests/bench/waf_values_peer.py

Each value of the shared vectors goes through each transformation of both, and the injections and
benign values of the tests through `@detectSQLi` and `@detectXSS` of both. Prints a line for each
difference and a table of counts. The differences that are meant are told in
docs/explanation/waf-engine.md; nothing here is part of the suite.
"""

import json
import sys
import urllib.parse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import libmodsecurity
from tests.unit.engines.inspect.benign_texts import benign_texts
from tests.unit.engines.inspect.injections import HTML, SQL

from juyong.engines.inspect.tokens import sqli, xss
from juyong.engines.inspect.transforms import TRANSFORMS

_VECTORS = Path(__file__).parents[1] / "unit/engines/inspect/vectors/transforms.json"
_NAMES = sorted(set(TRANSFORMS) - {"normalisepath", "normalisepathwin"})
_FIRST = 1_000
_SQLI, _XSS = 2_000, 2_001


class Peer:
    """libmodsecurity with a rule for each transformation and tokeniser."""

    def __init__(self) -> None:
        self._engine = libmodsecurity.ModSecurity()
        self._rules = libmodsecurity.RulesSet()
        lines = ["SecRuleEngine DetectionOnly"]
        lines += [
            f'SecRule ARGS:v "@rx ^(.*)$" "id:{_FIRST + at},phase:1,pass,log,capture,'
            f"t:none,t:{name},t:hexEncode,msg:'%{{TX.1}}'\""
            for at, name in enumerate(_NAMES)
        ]
        for number, name in ((_SQLI, "detectSQLi"), (_XSS, "detectXSS")):
            lines.append(f'SecRule ARGS:v "@{name}" "id:{number},phase:1,pass,log,t:none"')
        assert self._rules.load("\n".join(lines)) >= 0, self._rules.get_parser_error()
        self._found: dict[int, str] = {}
        self._engine.set_rule_message_callback(self._keep)

    def _keep(self, message: libmodsecurity.RuleMessage) -> None:
        self._found[message.rule_id] = message.message

    def judge(self, value: bytes) -> dict[int, str]:
        """Return the message of each rule that matches a value."""
        self._found = {}
        with self._engine.transaction(self._rules) as transaction:
            transaction.process_connection("127.0.0.1", 1, "127.0.0.1", 80)
            transaction.process_uri(f"/?v={urllib.parse.quote(value, safe='')}", "GET", "1.1")
            transaction.process_request_headers()
        return self._found


def main() -> int:
    """Compare, and print."""
    peer = Peer()
    inputs = {row["input"].encode("latin-1") for row in json.loads(_VECTORS.read_text())}
    differing: Counter[str] = Counter()
    for value in sorted(inputs):
        theirs = peer.judge(value)
        for at, name in enumerate(_NAMES):
            ours = TRANSFORMS[name](value)
            if ours.hex() != theirs.get(_FIRST + at, ""):
                differing[name] += 1
                print(f"{name}: {value!r}: {ours!r}, peer {_shown(theirs.get(_FIRST + at))}")
    for name in _NAMES:
        print(f"{name:20} {len(inputs) - differing[name]:5} of {len(inputs)} alike")
    _detected(peer, "injections of SQL", _all(SQL))
    _detected(peer, "HTML that runs code", _all(HTML))
    _detected(peer, "benign values", benign_texts())
    return 0


def _shown(text: str | None) -> str:
    try:
        return repr(bytes.fromhex(text or ""))
    except ValueError:
        return f"unread {text!r}"


def _all(classes: dict[str, list[str]]) -> list[str]:
    return [text for texts in classes.values() for text in texts]


def _detected(peer: Peer, title: str, texts: Iterable[str]) -> None:
    values = [text.encode() for text in texts]
    theirs = [peer.judge(value) for value in values]
    for name, detect, number in (("detectSQLi", sqli, _SQLI), ("detectXSS", xss, _XSS)):
        ours = [detect(value) is not None for value in values]
        peers = [number in found for found in theirs]
        only = sum(a and not b for a, b in zip(peers, ours, strict=True))
        print(f"{title}: {name} {sum(ours)} of {len(values)}, peer {sum(peers)}, peer alone {only}")


if __name__ == "__main__":
    sys.exit(main())
