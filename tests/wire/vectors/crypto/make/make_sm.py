"""Make the vectors that Go's library cannot: secp256k1, SM2, SM4-GCM and HMAC-SM3.

    python make_sm.py DIRECTORY

secp256k1 and SM2 come from the `openssl` command, SM4 and SM3 from GmSSL.
"""

import json
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import gmssl_pyx

Group = dict[str, Any]
_K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def openssl(*arguments: str, data: bytes = b"") -> bytes:
    """Run the command; what it wrote."""
    done = subprocess.run(("openssl", *arguments), input=data, capture_output=True, check=True)
    return done.stdout


def flipped(data: bytes, at: int) -> bytes:
    """Change one bit."""
    made = bytearray(data)
    made[at] ^= 1
    return bytes(made)


def case(comment: str, result: str, **values: bytes) -> Group:
    """Make one test."""
    return {"comment": comment, "result": result, "flags": []} | {
        name: value.hex() for name, value in values.items()
    }


def write(folder: Path, name: str, algorithm: str, *groups: Group) -> None:
    """Number the tests and write the file."""
    tests = [each for group in groups for each in group["tests"]]
    for number, each in enumerate(tests, 1):
        each["tcId"] = number
    content = {"algorithm": algorithm, "numberOfTests": len(tests), "testGroups": groups}
    path = folder / f"{name}_test.json"
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def signed(msg: bytes, sig: bytes) -> list[Group]:
    """Make the tests that any signature takes."""
    return [
        case(f"{len(msg)} bytes", "valid", msg=msg, sig=sig),
        case("message longer", "invalid", msg=msg + b"\0", sig=sig),
        case("first bit of signature flipped", "invalid", msg=msg, sig=flipped(sig, 0)),
        case("last bit of signature flipped", "invalid", msg=msg, sig=flipped(sig, -1)),
        case("signature shortened", "invalid", msg=msg, sig=sig[:-1]),
        case("signature lengthened", "invalid", msg=msg, sig=sig + b"\0"),
        case("signature empty", "invalid", msg=msg, sig=b""),
        case("signature of zeros", "invalid", msg=msg, sig=bytes(len(sig))),
    ]


def integer(value: int) -> bytes:
    """Encode a DER INTEGER of up to 64 bytes."""
    data = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes((2, len(data))) + data


def sequence(*parts: bytes) -> bytes:
    """Encode a DER SEQUENCE of up to 127 bytes."""
    body = b"".join(parts)
    return bytes((0x30, len(body))) + body


def numbers_of(sig: bytes) -> tuple[int, int]:
    """Read r and s."""
    size = sig[3]
    return int.from_bytes(sig[4 : 4 + size], "big"), int.from_bytes(sig[6 + size :], "big")


def out_of_range(msg: bytes, sig: bytes, order: int) -> list[Group]:
    """Make signatures whose numbers are outside 1..order-1, or exchanged."""
    r, s = numbers_of(sig)
    wrong = {
        "r is 0": (0, s),
        "s is 0": (r, 0),
        "r and s are 0": (0, 0),
        "r is the order": (order, s),
        "s is the order": (r, order),
        "order added to r": (r + order, s),
        "order added to s": (r, s + order),
        "r and s exchanged": (s, r),
    }
    return [
        case(comment, "invalid", msg=msg, sig=sequence(integer(a), integer(b)))
        for comment, (a, b) in wrong.items()
    ]


def secp256k1(scratch: Path) -> Group:
    """Sign with the openssl command."""
    key = scratch / "k1.pem"
    openssl("ecparam", "-name", "secp256k1", "-genkey", "-noout", "-out", str(key))
    tests = []
    for size in (0, 1, 100):
        msg = secrets.token_bytes(size)
        tests += signed(msg, openssl("dgst", "-sha256", "-sign", str(key), data=msg))
    msg = secrets.token_bytes(20)
    tests += out_of_range(msg, openssl("dgst", "-sha256", "-sign", str(key), data=msg), _K1_ORDER)
    other = openssl("dgst", "-sha512", "-sign", str(key), data=msg)
    tests.append(case("other hash", "invalid", msg=msg, sig=other))
    public = openssl("pkey", "-in", str(key), "-pubout", "-outform", "DER").hex()
    return {"type": "EcdsaVerify", "sha": "SHA-256", "publicKeyDer": public, "tests": tests}


def sm2(scratch: Path) -> tuple[Group, Group]:
    """Sign and encrypt with the openssl command."""
    key, public, plain = scratch / "sm2.pem", scratch / "sm2.pub", scratch / "message"
    openssl("genpkey", "-algorithm", "SM2", "-out", str(key))
    openssl("pkey", "-in", str(key), "-pubout", "-out", str(public))

    def sign(msg: bytes, who: str = "1234567812345678") -> bytes:
        plain.write_bytes(msg)
        how = ("-rawin", "-digest", "sm3", "-pkeyopt", f"distid:{who}")
        return openssl("pkeyutl", "-sign", "-in", str(plain), "-inkey", str(key), *how)

    tests = []
    for size in (1, 16, 100):
        msg = secrets.token_bytes(size)
        tests += signed(msg, sign(msg))
    msg = secrets.token_bytes(20)
    order = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
    tests += out_of_range(msg, sign(msg), order)
    tests.append(case("another signer's id", "invalid", msg=msg, sig=sign(msg, "alice")))
    verify = {
        "type": "Sm2Verify",
        "sha": "SM3",
        "publicKeyDer": openssl("pkey", "-in", str(key), "-pubout", "-outform", "DER").hex(),
        "tests": tests,
    }
    tests = []
    for size in (1, 16, 32, 255):
        msg = secrets.token_bytes(size)
        plain.write_bytes(msg)
        how = ("-pubin", "-inkey", str(public), "-in", str(plain))
        ct = openssl("pkeyutl", "-encrypt", *how)
        tests.append(case(f"{size} bytes", "valid", msg=msg, ct=ct))
        for comment, bad in (
            ("masked message changed", flipped(ct, -1)),
            ("point changed", flipped(ct, 12)),
            ("first byte changed", flipped(ct, 0)),
            ("shortened", ct[:-1]),
            ("lengthened", ct + b"\0"),
            ("empty", b""),
        ):
            tests.append(case(comment, "invalid", msg=msg, ct=bad))
    decrypt = {
        "type": "Sm2Decrypt",
        "privateKeyPkcs8": openssl(
            "pkcs8", "-topk8", "-nocrypt", "-in", str(key), "-outform", "DER"
        ).hex(),
        "tests": tests,
    }
    return verify, decrypt


def sm4_gcm() -> Group:
    """Seal with GmSSL."""
    tests = []
    for size in (1, 16, 33, 257):
        key, iv = secrets.token_bytes(16), secrets.token_bytes(12)
        aad, msg = secrets.token_bytes(size % 20), secrets.token_bytes(size)
        ct, tag = gmssl_pyx.sm4_gcm_encrypt(key, iv, aad, msg)
        good = {"key": key, "iv": iv, "aad": aad, "msg": msg, "ct": ct, "tag": tag}
        tests.append(case(f"{size} bytes", "valid", **good))
        for comment, change in (
            ("first bit of tag flipped", {"tag": flipped(tag, 0)}),
            ("last bit of tag flipped", {"tag": flipped(tag, -1)}),
            ("ciphertext changed", {"ct": flipped(ct, 0)}),
            ("iv changed", {"iv": flipped(iv, 3)}),
            ("key changed", {"key": flipped(key, 5)}),
            ("aad longer", {"aad": aad + b"\0"}),
        ):
            tests.append(case(comment, "invalid", **(good | change)))
    return {"type": "AeadTest", "keySize": 128, "ivSize": 96, "tagSize": 128, "tests": tests}


def hmac_sm3() -> Group:
    """Authenticate with GmSSL."""
    tests = []
    for size in (1, 64, 200):
        key, msg = secrets.token_bytes(32), secrets.token_bytes(size)
        tag = gmssl_pyx.sm3_hmac(key, msg)
        tests.append(case(f"{size} bytes", "valid", key=key, msg=msg, tag=tag))
        tests.append(case("tag changed", "invalid", key=key, msg=msg, tag=flipped(tag, -1)))
        tests.append(case("key changed", "invalid", key=flipped(key, 0), msg=msg, tag=tag))
        tests.append(case("message longer", "invalid", key=key, msg=msg + b"\0", tag=tag))
    return {"type": "MacTest", "keySize": 256, "tagSize": 256, "tests": tests}


def main() -> None:
    """Write the files."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        write(folder, "ecdsa_secp256k1", "ECDSA", secp256k1(Path(scratch)))
        write(folder, "sm2", "SM2", *sm2(Path(scratch)))
    write(folder, "sm4_gcm", "SM4-GCM", sm4_gcm())
    write(folder, "hmac_sm3", "HMACSM3", hmac_sm3())


if __name__ == "__main__":
    main()
