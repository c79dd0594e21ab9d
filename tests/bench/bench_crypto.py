"""What the engine adds to the library that does the cryptography.

    python tests/bench/bench_crypto.py

Each line is one step of a call beside the same cryptography without us: the key loaded from its
material, a nonce drawn, sealed or opened. Both take turns; the best round counts. Our own time is
the difference.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_der_private_key
from tests.bench.report import Row

from juyong.base.ids import random_bytes
from juyong.engines.crypto.context import EncryptionContext
from juyong.engines.crypto.envelope import Algorithm, Kind, peek, seal, unseal
from juyong.engines.crypto.sealing import MaterialPlace, MaterialSealer
from juyong.engines.crypto.software import generate, load_private, load_symmetric

ROUNDS = 15
GOAL_MICROSECONDS = 150.0
"""Of our own time for a whole call; what is measured here is a part of it."""
LEAST_SIGNING = 0.8
"""Of the library's signatures a second, with the key loaded for each."""
VERSION_ID = "86a9efd9-3d16-4894-bd4f-7f34d0b62f3a"
CONTEXT = '{"tenant":"blue","purpose":"benchmark"}'

Step = Callable[[], object]


def measure() -> list[Row]:
    """Time every step."""
    return [*_symmetric(32), *_symmetric(4096), _material(), *_signing()]


def _symmetric(size: int) -> list[Row]:
    key, plaintext = random_bytes(32), random_bytes(size)
    context = EncryptionContext.parse(CONTEXT)
    blob = _sealed(key, plaintext, context)
    bare_nonce = random_bytes(12)
    bare = AESGCM(key).encrypt(bare_nonce, plaintext, context.canonical)

    def bare_seal() -> bytes:
        nonce = random_bytes(12)
        return nonce + AESGCM(key).encrypt(nonce, plaintext, context.canonical)

    def ours_open() -> bytes:
        return unseal(
            load_symmetric("Aliyun_AES_256", key),
            peek(blob),
            algorithm=Algorithm.AES_256_GCM,
            context=EncryptionContext.parse(CONTEXT),
        )

    return [
        _own(
            f"seal {size} bytes, with context",
            lambda: _sealed(key, plaintext, EncryptionContext.parse(CONTEXT)),
            bare_seal,
            count=2000,
        ),
        _own(
            f"open {size} bytes, with context",
            ours_open,
            lambda: AESGCM(key).decrypt(bare_nonce, bare, context.canonical),
            count=2000,
        ),
    ]


def _sealed(key: bytes, plaintext: bytes, context: EncryptionContext) -> bytes:
    return seal(
        load_symmetric("Aliyun_AES_256", key),
        version_id=VERSION_ID,
        algorithm=Algorithm.AES_256_GCM,
        kind=Kind.RAW,
        nonce=random_bytes(12),
        plaintext=plaintext,
        context=context,
    )


def _material() -> Row:
    account_key, material, nonce = random_bytes(32), random_bytes(32), random_bytes(12)
    place = MaterialPlace(
        account_id="1000000000000001",
        key_id="5c438b18-05be-40ad-b6c2-3be6752c1ee7",
        version_id=VERSION_ID,
        spec="Aliyun_AES_256",
        usage="ENCRYPT/DECRYPT",
        origin="Aliyun_KMS",
        protection="SOFTWARE",
    )
    row = MaterialSealer(account_key).seal(place, nonce=nonce, material=material)
    bare = AESGCM(account_key).encrypt(nonce, material, b"")
    return _own(
        "open sealed material, key derived",
        lambda: MaterialSealer(account_key).open(place, row),
        lambda: AESGCM(account_key).decrypt(nonce, bare, b""),
        count=1000,
    )


def _signing() -> list[Row]:
    digest, sha256 = random_bytes(32), Prehashed(hashes.SHA256())
    rsa_material, ec_material = generate("RSA_2048"), generate("EC_P256")
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)

    def bare_rsa() -> bytes:
        key = load_der_private_key(rsa_material, None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, rsa.RSAPrivateKey)
        return key.sign(digest, pss, sha256)

    def bare_ec() -> bytes:
        key = load_der_private_key(ec_material, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key.sign(digest, ec.ECDSA(sha256))

    return [
        _rate(
            "load and sign, RSA_2048 PSS",
            lambda: load_private("RSA_2048", rsa_material).sign("RSA_PSS_SHA_256", digest),
            bare_rsa,
            count=60,
        ),
        _rate(
            "load and sign, EC_P256",
            lambda: load_private("EC_P256", ec_material).sign("ECDSA_SHA_256", digest),
            bare_ec,
            count=400,
        ),
    ]


def _own(title: str, ours: Step, bare: Step, *, count: int) -> Row:
    mine, theirs = _microseconds(ours, bare, count)
    own = mine - theirs
    return Row(
        title,
        f"{mine:.3g} us",
        f"cryptography {theirs:.3g} us",
        theirs / mine,
        f"own {own:.3g} us, goal {GOAL_MICROSECONDS:g}",
        "goal" if own < GOAL_MICROSECONDS else "MISSED",
    )


def _rate(title: str, ours: Step, bare: Step, *, count: int) -> Row:
    mine, theirs = _microseconds(ours, bare, count)
    return Row(
        title,
        f"{mine:.3g} us",
        f"cryptography {theirs:.3g} us",
        theirs / mine,
        f"goal {LEAST_SIGNING:g}x",
        "goal" if theirs >= LEAST_SIGNING * mine else "MISSED",
    )


def _microseconds(ours: Step, bare: Step, count: int) -> tuple[float, float]:
    """Let both take turns; the best round of each, per step."""
    mine = theirs = float("inf")
    for _ in range(ROUNDS):
        mine = min(mine, _round(ours, count))
        theirs = min(theirs, _round(bare, count))
    return mine * 1e6, theirs * 1e6


def _round(step: Step, count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count


def main() -> int:
    """Print the rows; 1 when a bound is missed."""
    rows = measure()
    print(*rows, sep="\n")
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
