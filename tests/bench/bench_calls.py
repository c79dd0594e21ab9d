"""Calls a second: signed, authorised, audited and durable, beside moto's unsigned ones.

    python tests/bench/bench_calls.py

One load client drives both, each server runs alone, they take turns, and the median of the rounds
counts. moto checks no signature and no policy, keeps no record and writes nothing to disk. Beside
the rates stands the processor time a call cost the server, which a busy machine disturbs less.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.load import run_load
from tests.bench.rates import ROUNDS, Rate, Rates, versions
from tests.bench.report import Row
from tests.bench.servers import Started, juyong, moto
from tests.bench.signed import credentials_of, moto_request, v1_request, v3_request
from tests.crash.calls import Credentials

CALLS, CREATES, MOTO_CALLS = 4000, 2000, 400
CONNECTIONS = 64
BOUNDS = {"GetUser": (14.0, 18.0), "CreateUser": (11.0, 15.0)}
"""Floor and goal, in times moto's rate."""
_WARM = 50
_READ_USER = "bench"

Writer = Callable[[Credentials, str, dict[str, str]], bytes]


def measure() -> list[Row]:
    """Drive both servers in turn and compare them."""
    rates = Rates()
    for _ in range(ROUNDS):
        # A home of its own: published quotas let an account hold 5000 users.
        with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
            home = Path(folder) / "home"
            with juyong(home) as server:
                key = credentials_of(home)
                for sign in (v1_request, v3_request):
                    rates.note(_juyong_round(server, key, sign))
        with moto() as server:
            rates.note(_moto_round(server))
    rows = [versions()]
    for action, (floor, goal) in BOUNDS.items():
        for signature in ("v1", "v3"):
            title, ours = f"{action}, signature {signature.upper()}", f"{signature} {action}"
            rows += rates.rows(title, ours, f"moto {action}", floor=floor, goal=goal)
    return rows


def _juyong_round(server: Started, key: Credentials, sign: Writer) -> dict[str, Rate]:
    name = sign.__name__.removesuffix("_request")

    def creates(count: int, kind: str) -> list[bytes]:
        return [
            sign(key, "CreateUser", {"UserName": f"{name}-{kind}{each}"}) for each in range(count)
        ]

    def reads(count: int) -> list[bytes]:
        return [sign(key, "GetUser", {"UserName": "administrator"}) for _ in range(count)]

    _load(server, [*reads(_WARM), *creates(_WARM, "w")])
    return {
        f"{name} GetUser": _load(server, reads(CALLS)),
        f"{name} CreateUser": _load(server, creates(CREATES, "u")),
    }


def _moto_round(server: Started) -> dict[str, Rate]:
    _load(server, [moto_request("CreateUser", _READ_USER)])
    _load(server, [moto_request("GetUser", _READ_USER)] * _WARM)
    creates = [moto_request("CreateUser", f"m-{each}") for each in range(MOTO_CALLS)]
    return {
        "moto GetUser": _load(server, [moto_request("GetUser", _READ_USER)] * MOTO_CALLS),
        "moto CreateUser": _load(server, creates),
    }


def _load(server: Started, requests: list[bytes]) -> Rate:
    before = server.cpu_seconds()
    done = run_load(server.port, requests, connections=CONNECTIONS)
    spent = server.cpu_seconds() - before
    assert done.requests == len(requests), f"{done.requests} of {len(requests)} answered"
    assert done.failures == 0, f"{done.failures} of {done.requests} calls failed"
    return Rate(done.per_second, spent / len(requests) * 1e6)


def main() -> int:
    """Measure; 0 when the floors hold."""
    rows = measure()
    print(*rows, sep="\n")
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
