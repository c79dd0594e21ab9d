"""Signing through the module's face, and by python-pkcs11 alone, over the same object.

    python tests/bench/bench_hsm.py

Both sign a digest with the same key in the same session pool, and take turns; the best round
counts. What is added is the pool, the handle cache, the check of algorithm and digest, and the DER
form of an EC signature.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import pkcs11
from tests.bench.report import Row

from juyong.hsm.discover import discover
from juyong.hsm.open import open_token
from juyong.hsm.token.hsm import TokenHsm
from juyong.hsm.token.objects import find

ROUNDS = 12
GOAL, FLOOR = 0.8, 0.6
DIGEST = bytes(range(32))
# DER of DigestInfo for SHA-256, which raw callers put before the digest themselves.
_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_SIGNED: dict[tuple[str, str], tuple[bytes, pkcs11.Mechanism]] = {
    ("EC_P256", "ECDSA_SHA_256"): (DIGEST, pkcs11.Mechanism.ECDSA),
    ("RSA_2048", "RSA_PKCS1_SHA_256"): (_INFO + DIGEST, pkcs11.Mechanism.RSA_PKCS),
}
_SIGNATURES = 200


def measure() -> list[Row]:
    """Time both ways for each algorithm; nothing where SoftHSM is not installed."""
    with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
        settings = discover(Path(folder))
        if settings is None:
            print("SoftHSM2 is not installed")
            return []
        hsm = open_token(settings)
        assert isinstance(hsm, TokenHsm)
        try:
            return [_compare(hsm, *names) for names in _SIGNED]
        finally:
            hsm.close()


def _compare(hsm: TokenHsm, spec: str, algorithm: str) -> Row:
    hsm.generate(spec, spec)
    key = hsm.key(spec, spec)
    data, mechanism = _SIGNED[spec, algorithm]

    def raw(held: object) -> float:
        found = find(hsm._pool, held, spec, spec)
        return _timed(lambda: found.sign(data, mechanism=mechanism))

    key.sign(algorithm, DIGEST)
    ours = theirs = float("inf")
    for _ in range(ROUNDS):
        ours = min(ours, _timed(lambda: key.sign(algorithm, DIGEST)))
        theirs = min(theirs, hsm._pool.run(raw))
    times = theirs / ours
    return Row(
        f"{algorithm}, {spec}",
        f"{1 / ours:,.0f}/s",
        f"raw pkcs11 {1 / theirs:,.0f}/s",
        times,
        f"goal {GOAL:g}x, floor {FLOOR:g}x",
        "goal" if times >= GOAL else "floor" if times >= FLOOR else "MISSED",
    )


def _timed(sign: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(_SIGNATURES):
        sign()
    return (time.perf_counter() - start) / _SIGNATURES


if __name__ == "__main__":
    rows = measure()
    print(*rows, sep="\n")
    sys.exit(0 if all(row.held for row in rows) else 1)
