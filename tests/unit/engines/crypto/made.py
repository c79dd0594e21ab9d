"""Keys made once for all tests of the engine: RSA takes its time."""

from functools import cache

from juyong.engines.crypto.context import EncryptionContext
from juyong.engines.crypto.envelope import Kind, algorithm_of, seal
from juyong.engines.crypto.software import generate, load_symmetric, public_of

VERSION_ID = "86a9efd9-3d16-4894-bd4f-7f34d0b62f3a"
NONCE = bytes(range(12))
SYMMETRIC = ("Aliyun_AES_256", "Aliyun_AES_192", "Aliyun_AES_128", "Aliyun_SM4")
PAIRS = ("RSA_2048", "RSA_3072", "RSA_4096", "EC_P256", "EC_P256K", "EC_SM2")
RSA = PAIRS[:3]
MACS = ("HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512", "HMAC_SM3")


@cache
def material(spec: str) -> bytes:
    return generate(spec)


@cache
def public(spec: str) -> bytes:
    return public_of(spec, material(spec))


def blob(spec: str = "Aliyun_AES_256", plaintext: bytes = b"hello", **changes: object) -> bytes:
    values: dict[str, object] = {
        "version_id": VERSION_ID,
        "algorithm": algorithm_of(spec),
        "kind": Kind.STRING,
        "nonce": NONCE,
        "plaintext": plaintext,
        "context": EncryptionContext(),
    }
    return seal(load_symmetric(spec, material(spec)), **(values | changes))
