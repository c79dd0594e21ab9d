"""Known answers, asked when a process starts: a broken library must not seal or sign anything.

Each answer is drawn through the same classes that serve calls, and each signature must also be
refused for another digest; not SM2's, whose library writes to standard error when it refuses. All
of it takes about two milliseconds.

Source: McGrew and Viega, GCM, test case 16; RFC 8998, A.1 (SM4-GCM); RFC 4231, case 1, and its
HMAC-SM3 by two libraries; RFC 6979, A.2.5 (P-256); GB/T 32918.5, A.2 (SM2); the RSA and secp256k1
signatures are of the `openssl` command.
"""

import hashlib
from base64 import b64decode
from collections.abc import Callable

from juyong.engines.crypto.keys import (
    BadSignature,
    CryptoError,
    LibraryMissing,
    SelfTestFailed,
    Undecipherable,
)
from juyong.engines.crypto.macs import HmacKey, verify_mac
from juyong.engines.crypto.public import load_public
from juyong.engines.crypto.symmetric import AesGcm, Sm4Gcm

_MESSAGE = hashlib.sha256(b"juyong self-test").digest()
_RSA = b64decode(
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAn3zQW03MWqYOctR0OpE6hnCGNIngH72Eirr8"
    "v5LCfGdKkkvZ0Z6gxj6AH7W69mVK+nvG5psdGLlIdWb+1FBoKnpaHrTdUXIkckbqPOkmu3oYv6cZ7tEr"
    "K/iMfcAocDeqgBhFdVQ8Rl2tRoIGBGbq3AQlOtxz5RcLNyuKYRLIv6c4masS8DFVCrKgKALV9PJKdYz7"
    "7diFIdMxNqQ0/IGBRZlwcTaNEcPNIJZgCjpO2XBD9zA+7Cv5ElFE5m2+d+YODPYcN6khC3zUMv6YIgvw"
    "acyfiVKlAW1qkzejiNj/WsGGT/OII7Q7eVXxY7Pfbc2JEH/smAw/7BxWw9tSinXQcQIDAQAB"
)
_RSA_PSS = b64decode(
    "FHNscf6BKzvLkuYk85WwO0jJSs3ldEKCdFCh4eKmTTUXBReuFTs34YUcJI4YI/0qapGrAdZ9VjpGwbVD"
    "nx23XlJflSTjpbucAPijbZ2IyHrfb7+CAgSy/WHAeFv8QqVphbUcYDeAVBk6hgJxf4pxM8VQV8BsuwVb"
    "ceY3k8AnOuLoMTuFBkNsI0AuqQrqsKIkY5z/EVkowvI+vbzhwMfvM11kAaM1L6fWBx8hfcuO48gGc/wV"
    "Fho+AA0FcqMT1msodxqXS9lz91qyuKd0das8gO5vv0pydO6/TOe1Egr/qttLqpnSA56HWrftwvMiF+JF"
    "dxeM1DKR1AdRx8sH7Yk4+g=="
)
_RSA_PKCS1 = b64decode(
    "QaCIuLxyG7pB51vQdrqHDhiYDfJyL4UMhHWoH8H79CdxhfkDpOAEETwOItnbPfWrt1n1b6F3ti3gq/vA"
    "Wr8IAF1IxFFGaVEfjjDY5ViIZsBHOvvyrmitR8pQOleT+kpFnZNbiKuolRTTI84mbqs8GNWrLa+BN6tp"
    "7j8C5jSABGE4GHbosdHCsOvO1a7TrnNACzCaJSSNqvojjgzA+p+q3UULRlpjd4fYvkrWhueHMfk7q+JK"
    "wBWfjuLpOgrJuBL+XJ4w7RROQG9ww9gL0EIQ+6ZShQQGxC8OwKaskt4AjycKdgz6flKnNFjA19IXox/2"
    "7JIqS2rKdRMsqFAEcLH4/A=="
)
_P256K = b64decode(
    "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEwVCHhFZEsXIMajr0IaClxsCMemhpEdx/dfvv9rKTtpKD/ACx"
    "8jI5LyKwJl7chg1p5C4VDUFYsc7hySy+21WFJw=="
)
_P256K_SIGNATURE = b64decode(
    "MEUCIELHpSdP88ks2I+LUZoFt5Y3wUcPdcAxMoASVSMkeubFAiEA1KpWmrrkMfEq6tu6k6jml1xE+eCQ"
    "rx5BUIhzuLK+VsM="
)
_P256 = bytes.fromhex(
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
_P256_SIGNATURE = bytes.fromhex(
    "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
)
_SM2 = bytes.fromhex(
    "3059301306072a8648ce3d020106082a811ccf5501822d03420004"
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_SM2_DIGEST = bytes.fromhex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640")
_SM2_SIGNATURE = bytes.fromhex(
    "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
_GCM_PLAINTEXT = bytes.fromhex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
_GCM_AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
_GCM_SEALED = bytes.fromhex(
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b"
)
_SM4_PLAINTEXT = bytes.fromhex("".join(each * 16 for each in "abcdefea"))
_SM4_SEALED = bytes.fromhex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)
_MACS = {
    "HMAC_SHA_224": "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
    "HMAC_SHA_256": "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    "HMAC_SHA_384": (
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
        "faea9ea9076ede7f4af152e8b2fa9cb6"
    ),
    "HMAC_SHA_512": (
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
        "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
    ),
    "HMAC_SM3": "51b00d1fb49832bfb01c3ce27848e59f871d9ba938dc563b338ca964755cce70",
}


def self_test() -> tuple[str, ...]:
    """Ask all known answers; returns the names of the answers that were right.

    SM2 is left out where its extra is not installed: every use of it is refused then.

    Raises:
        SelfTestFailed: an answer is wrong; names which.
    """
    passed = []
    for name, test in _TESTS.items():
        try:
            test()
        except LibraryMissing:
            continue
        except (CryptoError, ValueError) as wrong:
            raise SelfTestFailed(f"the self-test of {name} failed") from wrong
        passed.append(name)
    return tuple(passed)


class _Wrong(CryptoError):
    """An answer was not the known one."""


def _aes_gcm() -> None:
    key = AesGcm(bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2))
    _seals(key, "cafebabefacedbaddecaf888", _GCM_PLAINTEXT, _GCM_SEALED)


def _sm4_gcm() -> None:
    key = Sm4Gcm(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    _seals(key, "00001234567800000000abcd", _SM4_PLAINTEXT, _SM4_SEALED)


def _seals(key: AesGcm | Sm4Gcm, nonce_hex: str, plaintext: bytes, sealed: bytes) -> None:
    nonce = bytes.fromhex(nonce_hex)
    if key.seal(nonce, plaintext, _GCM_AAD) != sealed:
        raise _Wrong("another ciphertext")
    if key.open(nonce, sealed, _GCM_AAD) != plaintext:
        raise _Wrong("another plaintext")
    try:
        key.open(nonce, sealed, b"")
    except Undecipherable:
        return
    raise _Wrong("opened under other additional data")


def _hmac() -> None:
    for algorithm, code in _MACS.items():
        verify_mac(HmacKey(algorithm, b"\x0b" * 20), algorithm, b"Hi There", bytes.fromhex(code))


def _verifies(
    spec: str, public_key: bytes, algorithm: str, digest: bytes, signature: bytes
) -> Callable[[], None]:
    def test() -> None:
        key = load_public(spec, public_key)
        key.verify(algorithm, digest, signature)
        if algorithm == "SM2DSA":
            return
        try:
            key.verify(algorithm, bytes(len(digest)), signature)
        except BadSignature:
            return
        raise _Wrong("verified another digest")

    return test


_TESTS: dict[str, Callable[[], None]] = {
    "AES-GCM": _aes_gcm,
    "SM4-GCM": _sm4_gcm,
    "HMAC": _hmac,
    "RSA-PSS": _verifies("RSA_2048", _RSA, "RSA_PSS_SHA_256", _MESSAGE, _RSA_PSS),
    "RSA-PKCS1": _verifies("RSA_2048", _RSA, "RSA_PKCS1_SHA_256", _MESSAGE, _RSA_PKCS1),
    "ECDSA P-256": _verifies(
        "EC_P256", _P256, "ECDSA_SHA_256", hashlib.sha256(b"sample").digest(), _P256_SIGNATURE
    ),
    "ECDSA secp256k1": _verifies("EC_P256K", _P256K, "ECDSA_SHA_256", _MESSAGE, _P256K_SIGNATURE),
    "SM2": _verifies("EC_SM2", _SM2, "SM2DSA", _SM2_DIGEST, _SM2_SIGNATURE),
}
