"""Write NIST's CAVP answers (public domain) in the form of the other vectors.

    python make_nist.py DIRECTORY VECTORS

VECTORS is a copy of the package cryptography-vectors, which holds NIST's files as published. Kept
are RSA signatures with SHA-256 from 2048 bits on, and each 25th AES-GCM decryption with a nonce of
12 bytes and a whole tag.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Fields = dict[str, Any]
_KEPT = 25


def records(text: str, last: str) -> Iterator[tuple[Fields, Fields]]:
    """Yield the parameters in force and the fields of each record, which `last` ends."""
    parameters: Fields = {}
    fields: Fields = {}
    for line in text.splitlines():
        if found := re.fullmatch(r"\[(\w+) = (\d+)\]", line):
            parameters[found[1]] = int(found[2])
            continue
        name, _, value = line.partition(" =")
        fields[name.strip()] = value.strip()
        if name == last:
            yield parameters, fields


def write(folder: Path, name: str, algorithm: str, groups: list[Fields]) -> None:
    """Number the tests and write the file."""
    tests = [each for group in groups for each in group["tests"]]
    for number, each in enumerate(tests, 1):
        each["tcId"] = number
    content = {"algorithm": algorithm, "numberOfTests": len(tests), "testGroups": groups}
    path = folder / f"{name}_test.json"
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def signatures(path: Path, kind: str) -> list[Fields]:
    """Read RSA signatures, a group each, since each may have a key of its own."""
    groups = []
    for parameters, fields in records(path.read_text(), "Result"):
        bits = parameters["mod"]
        if bits < 2048 or fields["SHAAlg"] != "SHA256":
            continue
        key = RSAPublicNumbers(int(fields["e"], 16), int(fields["n"], 16)).public_key()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        test = {
            "comment": fields["Result"],
            "flags": [],
            "msg": fields["Msg"],
            "sig": fields["S"].zfill(bits // 4),
            "result": "valid" if fields["Result"].startswith("P") else "invalid",
        }
        group = {"type": kind, "keySize": bits, "sha": "SHA-256", "publicKeyDer": der.hex()}
        groups.append(group | {"mgf": "MGF1", "mgfSha": "SHA-256", "tests": [test]})
    return groups


def decryptions(path: Path) -> Fields:
    """Read AES-GCM decryptions; a record ends with its plaintext, or FAIL instead of it."""
    tests = []
    size, seen = 0, 0
    text = re.sub(r"^FAIL$", "PT = FAIL", path.read_text(), flags=re.MULTILINE)
    for parameters, fields in records(text, "PT"):
        if (parameters["IVlen"], parameters["Taglen"]) != (96, 128):
            continue
        seen += 1
        if seen % _KEPT:
            continue
        size = parameters["Keylen"]
        failed = fields["PT"] == "FAIL"
        names = {"key": "Key", "iv": "IV", "aad": "AAD", "ct": "CT", "tag": "Tag"}
        test = {name: fields[theirs] for name, theirs in names.items()}
        test |= {"comment": f"count {fields['Count']}", "msg": "" if failed else fields["PT"]}
        tests.append(test | {"flags": [], "result": "invalid" if failed else "valid"})
    return {"type": "AeadTest", "keySize": size, "ivSize": 96, "tagSize": 128, "tests": tests}


def main() -> None:
    """Write the files."""
    folder, vectors = Path(sys.argv[1]), Path(sys.argv[2])
    gcm, rsa = vectors / "ciphers/AES/GCM", vectors / "asymmetric/RSA/FIPS_186-2"
    groups = [decryptions(gcm / f"gcmDecrypt{size}.rsp") for size in (128, 192, 256)]
    write(folder, "aes_gcm_nist", "AES-GCM", groups)
    pss = signatures(rsa / "SigVerPSS_186-3.rsp", "RsassaPssVerify")
    write(folder, "rsa_pss_nist", "RSASSA-PSS", pss)
    pkcs1 = signatures(rsa / "SigVer15_186-3.rsp", "RsassaPkcs1Verify")
    write(folder, "rsa_signature_nist", "RSASSA-PKCS1-v1_5", pkcs1)


if __name__ == "__main__":
    main()
