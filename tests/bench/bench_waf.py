"""Processor time of one inspection: our engines, and libmodsecurity with the same rules.

    python tests/bench/bench_waf.py [--rounds 5] [--requests 100]

The Core Rule Set 4.25 at its first level, from the Go module; five kinds of requests, each one
different from all others in its path, arguments and cookies, as those of real clients are, with the
headers of one browser. Engines take turns on the same requests, in one process; the best round
counts. The requests are new in each round, so that no engine has seen them before. The table of
costs shows hostile bodies under the limits. The exit code is 1 when a floor is missed.
"""

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from math import prod
from pathlib import Path
from urllib.parse import quote_plus

sys.path.insert(0, str(Path(__file__).parents[2]))

import libmodsecurity
import pytest
from tests.bench.report import Row
from tests.inspect_suite.equality import in_core
from tests.inspect_suite.rule_sets import SETTINGS, crs4, crs4_folder

from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.http import Peer, Request
from juyong.engines.inspect.native import native_ready
from juyong.engines.inspect.verdict import Engine

ROUNDS, REQUESTS = 5, 100
FLOOR, LEAST_FLOOR, CORE_FLOOR, CORE_GOAL = 3.0, 2.5, 8.0, 15.0
MOST_HOSTILE_SECONDS = 2.0
"""Of the engine in Python, whose budget of work ends longer inspections."""
_BROWSER = (
    (b"User-Agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    (b"Accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    (b"Accept-Language", b"en-US,en;q=0.5"),
    (b"Accept-Encoding", b"gzip, deflate, br"),
    (b"Referer", b"https://shop.example.com/catalog/list"),
    (b"Connection", b"keep-alive"),
)
_JSON_OF_THE_PEER = """
SecRule REQUEST_HEADERS:Content-Type "^application/json" \\
    "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
"""
"""Our engines choose the processor by the media type."""
_BARE = re.compile(r'("@eq 1")\n(?=SecRule)')
_WORDS = ["shoes", "blue", "price", "page", "hello", "world", "size", "forty", "winter", "coat"]
_PROSE = (
    "The parcel came on Tuesday, two days late, and the box was open on one side. "
    "I wrote to the shop and they sent a new one at once; the colour is nicer than in the "
    "picture (a dark red, not brown). My sister wants one as well, so we will order again. "
)
Case = tuple[Request, bytes]
Inspect = Callable[[Request, bytes], object]


def _request(number: int, target: str, body: bytes = b"", kind: bytes = b"") -> Case:
    cookie = b"sid=%032x; theme=dark; cart=%08x" % (number * 7919, number * 31)
    headers = [(b"Host", b"shop.example.com"), *_BROWSER, (b"Cookie", cookie)]
    if body:
        headers += [(b"Content-Type", kind), (b"Content-Length", b"%d" % len(body))]
    request = Request(
        method=b"POST" if body else b"GET",
        target=target.encode(),
        version="HTTP/1.1",
        headers=tuple(headers),
        client=Peer(address="192.0.2.7", port=40_000),
        server=Peer(address="192.0.2.1", port=80),
        unique=f"r-{number}",
        at=1_767_225_600.0,
    )
    return request, body


def _word(number: int) -> str:
    return f"{_WORDS[number % len(_WORDS)]} {_WORDS[number // 7 % len(_WORDS)]}{number}"


def _static(number: int) -> Case:
    return _request(number, f"/static/app-{number}.js")


def _get(number: int) -> Case:
    query = f"q={quote_plus(_word(number))}&page={number}&sort=price{number % 9}"
    return _request(number, f"/catalog/{number % 50}?{query}")


def _form(number: int) -> Case:
    pairs = [
        ("name", f"Jane {_word(number)}"),
        ("mail", f"jane{number}@example.com"),
        ("street", f"{number} Main Street"),
        ("city", _word(number + 5)),
        ("zip", f"{number:05}"),
        ("note", f"please ring twice {number}"),
    ]
    body = "&".join(f"{name}={quote_plus(value)}" for name, value in pairs).encode()
    return _request(number, "/order", body, b"application/x-www-form-urlencoded")


def _json(number: int) -> Case:
    items = [
        {"id": number * 5 + at, "name": _word(number + at), "count": at, "price": 9.5 + at}
        for at in range(5)
    ]
    body = json.dumps({"cart": f"c-{number}", "items": items}).encode()
    return _request(number, "/api/cart", body, b"application/json")


def _prose(number: int) -> Case:
    text = f"Review {number}: " + _PROSE * 4
    body = f"text={quote_plus(text[:1_000])}".encode()
    return _request(number, "/review", body, b"application/x-www-form-urlencoded")


KINDS: dict[str, Callable[[int], Case]] = {
    "static GET": _static,
    "GET, 3 args": _get,
    "form POST, 6 args": _form,
    "JSON POST, 5 items": _json,
    "1 kB prose in one arg": _prose,
}


def _ours(engine: Engine) -> Inspect:
    def inspect(request: Request, body: bytes) -> object:
        one = engine.inspect(request)
        one.request_head()
        one.request_body(body)
        return one.end()

    return inspect


class Peers:
    """libmodsecurity with the Core Rule Set of the same folder."""

    def __init__(self) -> None:
        rules = libmodsecurity.RulesSet()
        folder = crs4_folder() / "rules"
        settings = SETTINGS.format(level=1) + _JSON_OF_THE_PEER
        paths = [
            folder / "@crs-setup.conf.example",
            *sorted((folder / "@owasp_crs").glob("*.conf")),
        ]
        if min(rules.load(settings), *(_load(rules, path) for path in paths)) < 0:
            raise LookupError(f"libmodsecurity: {rules.get_parser_error()}")
        self._rules, self._modsecurity = rules, libmodsecurity.ModSecurity()
        self._modsecurity.set_log_callback(lambda *_told: None)

    def inspect(self, request: Request, body: bytes) -> object:
        one = libmodsecurity.Transaction(self._modsecurity, self._rules, None)
        one.process_connection(
            request.client.address, request.client.port, request.server.address, 80
        )
        one.process_uri(request.target.decode(), request.method.decode(), "1.1")
        for name, value in request.headers:
            one.add_request_header(name.decode(), value.decode())
        one.process_request_headers()
        if body:
            one.append_request_body(body)
        one.process_request_body()
        one.process_logging()
        return one


def _load(rules: libmodsecurity.RulesSet, path: Path) -> int:
    """Load a file; the peer does not read a link without actions that a rule follows."""
    text = path.read_text()
    read = _BARE.sub(r'\1 "t:none"\n', text)
    return int(rules.load_from_uri(str(path)) if read == text else rules.load(read))


def _times(engines: dict[str, Inspect], rounds: int, requests: int) -> dict[str, dict[str, float]]:
    """Return the best CPU microseconds of a request, by kind and engine."""
    numbers = count(1_000)
    best: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for kind, make in KINDS.items():
            cases = [make(next(numbers)) for _ in range(requests)]
            for name, inspect in engines.items():
                start = time.process_time()
                for request, body in cases:
                    inspect(request, body)
                spent = (time.process_time() - start) / requests * 1e6
                of_kind = best.setdefault(kind, {})
                of_kind[name] = min(spent, of_kind.get(name, spent))
    return best


def _hostile() -> Iterator[tuple[str, Case]]:
    form, kind = b"application/x-www-form-urlencoded", b"application/json"
    many = "&".join(f"a{at}={at}" for at in range(500)).encode()
    yield "500 arguments", _request(1, "/", many, form)
    keys = json.dumps({f"k{at}": at for at in range(5_000)}).encode()
    yield "JSON, 5,000 keys", _request(2, "/", keys, kind)
    yield "JSON, 200 deep", _request(3, "/", b"[" * 200 + b"]" * 200, kind)
    numbers = json.dumps(list(range(5_900))).encode()
    yield "JSON, 5,900 numbers", _request(10, "/", numbers, kind)
    names = b"[" * 60 + b"1," * 1_000 + b"1" + b"]" * 60
    yield "JSON, names of 500 kB", _request(11, "/", names, kind)
    yield "128 kB of prose", _request(4, "/", b"t=" + (_PROSE * 600)[:131_000].encode(), form)
    yield "128 kB of quotes", _request(5, "/", b"t=" + b"'" * 131_000, form)
    yield "60 kB of %2527", _request(6, "/", b"t=" + b"%2527" * 12_000, form)
    yield "60 kB of ../", _request(7, "/", b"t=" + b"../" * 20_000, form)
    yield "60 kB of <a b=", _request(8, "/", b"t=" + b"<a b=" * 12_000, form)
    yield "64 kB of (select", _request(9, "/", b"t=" + b"(select " * 8_000, form)


def measure(rounds: int = ROUNDS, requests: int = REQUESTS) -> list[Row]:
    """Return the table; empty where the Core Rule Set is not on this machine."""
    try:
        rules = crs4(1)
    except pytest.skip.Exception as missing:
        print(f"not measured: {missing}")
        return []
    fast = FastEngine(rules)
    engines: dict[str, Inspect] = {"peer": Peers().inspect, "python": _ours(fast)}
    if native_ready():
        engines["core"] = _ours(FastEngine(rules, make_gates=in_core))
    print(f"load average {os.getloadavg()[0]:.1f}, {requests} requests a kind, {rounds} rounds")
    best = _times(engines, rounds, requests)
    rows: list[Row] = []
    for name in engines.keys() - {"peer"}:
        core = name == "core"
        floor = CORE_FLOOR if core else FLOOR
        ratios = []
        for kind, of_kind in best.items():
            peer = {"libmodsecurity": of_kind["peer"]}
            least = LEAST_FLOOR if name == "python" else floor / 2
            ratios.append(of_kind["peer"] / of_kind[name])
            rows.append(
                Row.times_first(f"{name}: {kind}", of_kind[name], peer, unit="us", floor=least)
            )
        mean = prod(ratios) ** (1 / len(ratios))
        goal = f", goal {CORE_GOAL:g}x" if core else ""
        verdict = "goal" if core and mean >= CORE_GOAL else "floor" if mean >= floor else "MISSED"
        title = f"{name}: geometric mean"
        rows.append(Row(title, "", "", mean, f"floor {floor:g}x{goal}", verdict))
    return [*rows, *_hostile_rows(engines)]


def _hostile_rows(engines: dict[str, Inspect]) -> list[Row]:
    rows = []
    for title, (request, body) in _hostile():
        spent = {}
        for name, inspect in engines.items():
            start = time.process_time()
            inspect(request, body)
            spent[name] = time.process_time() - start
        held = "floor" if spent["python"] < MOST_HOSTILE_SECONDS else "MISSED"
        others = ", ".join(f"{name} {one * 1e3:.3g} ms" for name, one in spent.items())
        times = spent["peer"] / spent["python"]
        bound = f"below {MOST_HOSTILE_SECONDS:g} s"
        rows.append(Row(title, f"{spent['python'] * 1e3:.3g} ms", others, times, bound, held))
    return rows


def main() -> int:
    """Print the table; 0 when all floors hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    told = parser.parse_args()
    rows = measure(told.rounds, told.requests)
    print(*rows, sep="\n")
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
