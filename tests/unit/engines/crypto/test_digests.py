"""Digests of whole messages: SHA-256, and SM3 with who signs."""

import hashlib

from juyong.engines.crypto.digests import digest_of

POINT = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)


def test_sm2_hashes_who_signs_as_the_standards_example_does() -> None:
    """GB/T 32918.5, A.2: the pair, the message and e are those of the example."""
    expected = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
    assert digest_of("SM2DSA", b"head" + POINT, b"message digest").hex() == expected


def test_all_other_algorithms_hash_by_sha_256() -> None:
    for algorithm in ("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256", "ECDSA_SHA_256"):
        assert digest_of(algorithm, b"", b"text") == hashlib.sha256(b"text").digest()
