"""Calls a second: signed, authorised, audited and durable, beside moto's unsigned ones.

    python tests/bench/bench_calls.py

One load client drives both, each server runs alone, they take turns, and the best of the rounds
counts. moto checks no signature and no policy, keeps no record and writes nothing to disk. Beside
the rates stands the processor time a call cost the server, which a busy machine disturbs less.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.load import run_load
from tests.bench.report import Row
from tests.bench.servers import Started, juyong, moto
from tests.bench.signed import credentials_of, moto_request, v1_request, v3_request
from tests.crash.calls import Credentials

ROUNDS = 3
CALLS, CREATES, MOTO_CALLS = 4000, 2000, 400
CONNECTIONS = 64
FLOOR, GOAL = 8.0, 20.0
_WARM = 50
_READ_USER = "bench"

Writer = Callable[[Credentials, str, dict[str, str]], bytes]


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls a second, and what one call cost the server."""

    per_second: float
    cpu_microseconds: float

    def better(self, other: "Rate | None") -> "Rate":
        """Take the best of two rounds, each figure by itself."""
        if other is None:
            return self
        return Rate(
            max(self.per_second, other.per_second),
            min(self.cpu_microseconds, other.cpu_microseconds),
        )


def measure() -> list[Row]:
    """Drive both servers in turn and compare them."""
    best: dict[str, Rate] = {}
    for _ in range(ROUNDS):
        # A home of its own: published quotas let an account hold 5000 users.
        with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
            home = Path(folder) / "home"
            with juyong(home) as server:
                key = credentials_of(home)
                for sign in (v1_request, v3_request):
                    _note(best, _juyong_round(server, key, sign))
        with moto() as server:
            _note(best, _moto_round(server))
    rows = []
    for action in ("GetUser", "CreateUser"):
        other = best[f"moto {action}"]
        for version in ("v1", "v3"):
            ours, title = best[f"{version} {action}"], f"{action}, signature {version.upper()}"
            rows.append(Row.rate(title, ours.per_second, other.per_second, floor=FLOOR, goal=GOAL))
            costs = (ours.cpu_microseconds, other.cpu_microseconds)
            rows.append(Row.figure("  server CPU a call", *costs, unit="us"))
    return rows


def _note(best: dict[str, Rate], measured: dict[str, Rate]) -> None:
    for name, rate in measured.items():
        best[name] = rate.better(best.get(name))


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
