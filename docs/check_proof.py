"""Check that an event is in a log: check_proof.py PROOF ORIGIN KEY [BODY]

PROOF: a c2sp.org/tlog-proof@v1 with the leaf as extra data. BODY: the event's canonical body.
ORIGIN, KEY: the log's name and its verifier key, `name+hash+base64`, from somebody you trust.
"""
import sys
from base64 import b64decode
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def need(holds, text):
    if not holds:
        sys.exit(f"NOT PROVEN: {text}")


def check(proof, origin, key, body=None):
    head, _, note = open(proof, "rb").read().decode().partition("\n\n")
    first, extra, index, *path = head.split("\n")
    need(first == "c2sp.org/tlog-proof@v1" and extra.startswith("extra "), "no proof with a leaf")
    leaf, at = b64decode(extra[6:], validate=True), int(index.removeprefix("index "))
    text, _, signatures = note.rpartition("\n\n")  # The checkpoint: origin, size, root.
    named, size, root = text.split("\n")[:3]
    name, _, public = key.split("+", 2)
    need(named == origin and b64decode(public)[0] == 1, "another log, or no Ed25519 key")
    key_id = sha256(f"{name}\n".encode() + b64decode(public)).digest()[:4]
    values = [b64decode(s.split()[2]) for s in signatures.split("\n") if s.startswith(f"— {name} ")]
    value = next((each[4:] for each in values if each[:4] == key_id), b"")
    Ed25519PublicKey.from_public_bytes(b64decode(public)[1:]).verify(value, f"{text}\n".encode())
    place, last, node = at, int(size) - 1, sha256(b"\0" + leaf).digest()
    for other in map(b64decode, path):  # RFC 9162, 2.1.3.2: from the leaf up to the root.
        need(0 <= place <= last and last, "the leaf has no such way to the root")
        right = place & 1 or place == last
        node = sha256(b"\1" + (other + node if right else node + other)).digest()
        while right and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    need(place == last == 0 and node == b64decode(root), "the leaf is not at that place of the log")
    need(leaf[0] == 1 and len(leaf) == 42 + leaf[1], "the leaf is no event's")
    time, digest = datetime.fromtimestamp(int.from_bytes(leaf[-40:-32]) / 1000, UTC), leaf[-32:]
    need(body is None or sha256(open(body, "rb").read()).digest() == digest, "another body")
    print(f"{leaf[2:-40].decode()} of {time} is leaf {at} of {size} of {named}, {digest.hex()}")


try:
    check(*sys.argv[1:])
except Exception as error:
    need(False, f"{type(error).__name__} {error}")
