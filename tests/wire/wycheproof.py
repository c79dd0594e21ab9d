"""Test vectors in Wycheproof's form, judged by our engine.

Our engine takes digests, so the messages are hashed here. What it does not take by design is
refused with a reason and counted, never passed over: nonces that are not 12 bytes, tags that are
not whole, labels, an MGF hash that differs, sizes and curves that no key spec has. PSS verifies
with any salt length, so vectors that are wrong only in that ("s_len changed to …") are refused too.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes

from juyong.engines.crypto.keys import BadInput, BadSignature, Undecipherable
from juyong.engines.crypto.macs import verify_mac
from juyong.engines.crypto.public import PublicKey, load_public
from juyong.engines.crypto.software import load_mac, load_private, load_symmetric
from juyong.engines.crypto.specs import SPECS

Fields = dict[str, Any]
Case = Callable[[Fields], bool]
"""Says whether our engine accepts a test, and gets the right answer from it."""
Reader = Callable[[Fields, Fields], Case]


class Refused(Exception):
    """Our engine does not take this, by design."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of some files."""

    ran: Counter[str]
    """Tests judged, for each family."""
    refused: Counter[str]
    """Tests not taken, for each reason."""
    differing: list[str]
    """Tests whose result is not the expected one."""
    foreign: list[str]
    """Files about something else."""


def judge(folder: Path) -> Tally:
    """Run every file of a folder and below."""
    tally = Tally(Counter(), Counter(), [], [])
    for path in sorted(folder.rglob("*.json")):
        content = json.loads(path.read_bytes())
        groups = content.get("testGroups", []) if isinstance(content, dict) else []
        known = [group for group in groups if _reader(content, group)]
        if not known:
            tally.foreign.append(path.name)
        for group in known:
            _judge_group(path.name, content, group, tally)
    return tally


def _judge_group(name: str, content: Fields, group: Fields, tally: Tally) -> None:
    found = _reader(content, group)
    assert found
    family, reader = found
    try:
        accepts = reader(content, group)
    except Refused as reason:
        tally.refused[str(reason)] += len(group["tests"])
        return
    for test in group["tests"]:
        try:
            accepted = accepts(test)
        except Refused as reason:
            tally.refused[str(reason)] += 1
            continue
        tally.ran[family] += 1
        if test["result"] != "acceptable" and accepted != (test["result"] == "valid"):
            tally.differing.append(f"{name} {test['tcId']}: {test['comment']}")


def _only(condition: bool, reason: str) -> None:
    if not condition:
        raise Refused(reason)


def _aead(content: Fields, group: Fields) -> Case:
    _only(group["ivSize"] == 96, "nonces have 12 bytes")
    _only(group["tagSize"] == 128, "tags have 16 bytes")
    name = "Aliyun_SM4" if content["algorithm"] == "SM4-GCM" else f"Aliyun_AES_{group['keySize']}"
    _only(name in SPECS, "no spec of this size")

    def accepts(test: Fields) -> bool:
        key = load_symmetric(name, _bytes(test, "key"))
        sealed = _bytes(test, "ct") + _bytes(test, "tag")
        nonce, aad, msg = _bytes(test, "iv"), _bytes(test, "aad"), _bytes(test, "msg")
        try:
            opened = key.open(nonce, sealed, aad)
        except Undecipherable:
            return False
        assert key.seal(nonce, opened, aad) == sealed
        return opened == msg

    return accepts


def _oaep(_content: Fields, group: Fields) -> Case:
    name, sha = f"RSA_{group['keySize']}", group["sha"]
    _only(name in SPECS, "no spec of this size")
    _only(sha in ("SHA-256", "SHA-1"), "no such hash")
    _only(group["mgfSha"] == sha, "MGF takes the same hash")
    try:
        key = load_private(name, bytes.fromhex(group["privateKeyPkcs8"]))
    except BadInput:
        raise Refused("a private key of another form") from None
    algorithm = f"RSAES_OAEP_{sha.replace('-', '_')}"

    def accepts(test: Fields) -> bool:
        _only(not test.get("label"), "there are no labels")
        try:
            return key.decrypt(algorithm, _bytes(test, "ct")) == _bytes(test, "msg")
        except Undecipherable:
            return False

    return accepts


def _pss(_content: Fields, group: Fields) -> Case:
    _only(group["mgfSha"] == group["sha"], "MGF takes the same hash")
    accepts = _verifies(_rsa_key(group), "RSA_PSS_SHA_256", _sha256)

    def judged(test: Fields) -> bool:
        _only(not test["comment"].startswith("s_len changed"), "any salt length verifies")
        return accepts(test)

    return judged


def _pkcs1(_content: Fields, group: Fields) -> Case:
    return _verifies(_rsa_key(group), "RSA_PKCS1_SHA_256", _sha256)


def _rsa_key(group: Fields) -> PublicKey:
    name = f"RSA_{group['keySize']}"
    _only(name in SPECS, "no spec of this size")
    _only(group["sha"] == "SHA-256", "no such hash")
    return _public(group, name)


def _ecdsa(_content: Fields, group: Fields) -> Case:
    _only(group["sha"] == "SHA-256", "no such hash")
    name = _ecdsa_spec(group)
    _only(bool(name), "a public key that is not offered")
    return _verifies(_public(group, name), "ECDSA_SHA_256", _sha256)


def _ecdsa_spec(group: Fields) -> str:
    for name in ("EC_P256", "EC_P256K"):
        with suppress(Refused):
            _public(group, name)
            return name
    return ""


def _public(group: Fields, name: str) -> PublicKey:
    der = group.get("publicKeyDer") or group.get("keyDer")
    try:
        return load_public(name, bytes.fromhex(der or ""))
    except BadInput:
        raise Refused("a public key that is not offered") from None


def _verifies(key: PublicKey, algorithm: str, hashed: Callable[[bytes], bytes]) -> Case:
    def accepts(test: Fields) -> bool:
        try:
            key.verify(algorithm, hashed(_bytes(test, "msg")), _bytes(test, "sig"))
        except BadSignature:
            return False
        return True

    return accepts


_MACS = {
    "HMACSHA224": "HMAC_SHA_224",
    "HMACSHA256": "HMAC_SHA_256",
    "HMACSHA384": "HMAC_SHA_384",
    "HMACSHA512": "HMAC_SHA_512",
    "HMACSM3": "HMAC_SM3",
}


def _hmac(content: Fields, group: Fields) -> Case:
    name = _MACS[content["algorithm"]]
    size = SPECS[name].material_bytes * 8
    _only(group["keySize"] == size, "keys have the size of the hash")
    _only(group["tagSize"] == size, "codes are whole")

    def accepts(test: Fields) -> bool:
        key = load_mac(name, _bytes(test, "key"))
        try:
            verify_mac(key, name, _bytes(test, "msg"), _bytes(test, "tag"))
        except BadSignature:
            return False
        return True

    return accepts


def _sm2_verify(_content: Fields, group: Fields) -> Case:
    public = bytes.fromhex(group["publicKeyDer"])
    return _verifies(load_public("EC_SM2", public), "SM2DSA", lambda msg: sm2_digest(public, msg))


def _sm2_decrypt(_content: Fields, group: Fields) -> Case:
    key = load_private("EC_SM2", bytes.fromhex(group["privateKeyPkcs8"]))

    def accepts(test: Fields) -> bool:
        try:
            return key.decrypt("SM2PKE", _bytes(test, "ct")) == _bytes(test, "msg")
        except Undecipherable:
            return False

    return accepts


def _bytes(test: Fields, name: str) -> bytes:
    return bytes.fromhex(test[name])


def _sha256(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


_SM2_CURVE = bytes.fromhex(
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
"""a, b and the generator, as Z_A takes them (GB/T 32918.2, 5.5)."""


def sm2_digest(public: bytes, message: bytes, who: bytes = b"1234567812345678") -> bytes:
    """Return e = SM3(Z_A ‖ M), what a caller of AsymmetricSign sends."""
    z = _sm3((len(who) * 8).to_bytes(2, "big") + who + _SM2_CURVE + public[-64:])
    return _sm3(z + message)


def _sm3(data: bytes) -> bytes:
    made = hashes.Hash(hashes.SM3())
    made.update(data)
    return made.finalize()


_READERS: dict[str, tuple[str, Reader]] = {
    "AeadTest": ("", _aead),
    "EcdsaVerify": ("ECDSA", _ecdsa),
    "MacTest": ("HMAC", _hmac),
    "RsaesOaepDecrypt": ("RSA-OAEP", _oaep),
    "RsassaPkcs1Verify": ("RSA-PKCS1", _pkcs1),
    "RsassaPssVerify": ("RSA-PSS", _pss),
    "Sm2Decrypt": ("SM2PKE", _sm2_decrypt),
    "Sm2Verify": ("SM2DSA", _sm2_verify),
}


def _reader(content: Fields, group: Fields) -> tuple[str, Reader] | None:
    algorithm, kind = content.get("algorithm", ""), group.get("type", "")
    family, reader = _READERS.get(kind, ("", None))
    if reader is None or (reader is _hmac and algorithm not in _MACS):
        return None
    if reader is _aead:
        return (algorithm, reader) if algorithm in ("AES-GCM", "SM4-GCM") else None
    if reader is _ecdsa:
        family = f"{family} {_ecdsa_spec(group)}"
    return family, reader
