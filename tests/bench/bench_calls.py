"""Calls a second: signed, authorised, audited and durable, beside moto's unsigned ones.

    python tests/bench/bench_calls.py

One load client drives both, each server runs alone, they take turns, and the best of the rounds
counts. moto checks no signature, no policy, keeps no record and writes nothing to disk.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.load import run_load
from tests.bench.report import Row
from tests.bench.servers import juyong, moto
from tests.bench.signed import credentials_of, moto_request, v1_request, v3_request
from tests.crash.calls import Credentials

ROUNDS = 3
CALLS, CREATES, MOTO_CALLS = 4000, 2000, 400
CONNECTIONS = 16
FLOOR, GOAL = 8.0, 20.0
_WARM = 50
_READ_USER = "bench"

Writer = Callable[[Credentials, str, dict[str, str]], bytes]


def measure() -> list[Row]:
    """Drive both servers in turn and compare them."""
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        # A home of its own: published quotas let an account hold 5000 users.
        with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
            home = Path(folder) / "home"
            with juyong(home) as server:
                key = credentials_of(home)
                for sign in (v1_request, v3_request):
                    _note(best, _juyong_round(server.port, key, sign))
        with moto() as server:
            _note(best, _moto_round(server.port))
    return [
        Row.ratio(
            f"{action} calls/s ({version.upper()})",
            best[f"{version} {action}"],
            best[f"moto {action}"],
            floor=FLOOR,
            goal=GOAL,
        )
        for action in ("GetUser", "CreateUser")
        for version in ("v1", "v3")
    ]


def _note(best: dict[str, float], measured: dict[str, float]) -> None:
    for name, value in measured.items():
        best[name] = max(best.get(name, 0.0), value)


def _juyong_round(port: int, key: Credentials, sign: Writer) -> dict[str, float]:
    name = sign.__name__.removesuffix("_request")

    def creates(count: int, kind: str) -> list[bytes]:
        return [
            sign(key, "CreateUser", {"UserName": f"{name}-{kind}{each}"})
            for each in range(count)
        ]

    def reads(count: int) -> list[bytes]:
        return [sign(key, "GetUser", {"UserName": "administrator"}) for _ in range(count)]

    _load(port, [*reads(_WARM), *creates(_WARM, "w")])
    return {
        f"{name} GetUser": _load(port, reads(CALLS)),
        f"{name} CreateUser": _load(port, creates(CREATES, "u")),
    }


def _moto_round(port: int) -> dict[str, float]:
    _load(port, [moto_request("CreateUser", _READ_USER)])
    _load(port, [moto_request("GetUser", _READ_USER)] * _WARM)
    creates = [moto_request("CreateUser", f"m-{each}") for each in range(MOTO_CALLS)]
    return {
        "moto GetUser": _load(port, [moto_request("GetUser", _READ_USER)] * MOTO_CALLS),
        "moto CreateUser": _load(port, creates),
    }


def _load(port: int, requests: list[bytes]) -> float:
    done = run_load(port, requests, connections=CONNECTIONS)
    assert done.requests == len(requests), f"{done.requests} of {len(requests)} answered"
    assert done.failures == 0, f"{done.failures} of {done.requests} calls failed"
    return done.per_second


if __name__ == "__main__":
    for row in measure():
        print(row)
