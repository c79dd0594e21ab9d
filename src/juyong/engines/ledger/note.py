"""Signed notes: a text, an empty line, and a line for each signature.

A key is known by its name and four bytes of a hash. A key of the sort COSIGNING is a witness's:
its signatures hold a time, and are about that time and the text.

Source: C2SP signed-note and tlog-cosignature (documented).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple, Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from juyong.engines.ledger.errors import BadSignature, Malformed, NotSigned

ED25519 = 1
COSIGNING = 4
MOST_SIGNATURES = 64
MOST_NOTE_BYTES = 128 * 1024
LARGEST_TIME = 2**63 - 1
_ID_BYTES = 4
_KEY_BYTES = 32
_TIME_BYTES = 8
_DASH = "\N{EM DASH} "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
"""Characters that no note holds; surrogates have no UTF-8."""

Signer = Callable[[bytes], bytes]
"""Signs a message with an Ed25519 key, wherever that key is; 64 bytes."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A public key that verifies notes.

    sort: ED25519 or COSIGNING. public: The 32 bytes of an Ed25519 public key.
    """

    name: str
    public: bytes
    sort: int = ED25519

    @classmethod
    def of_log(cls, text: str) -> Self:
        """Read the verifier key of a log.

        Raises:
            Malformed: as `parse`; or the key is a witness's.
        """
        key = cls.parse(text)
        if key.sort != ED25519:
            raise Malformed("this is the key of a witness, not of a log")
        return key

    @classmethod
    def of_witness(cls, text: str) -> Self:
        """Read the verifier key of a witness.

        Raises:
            Malformed: as `parse`; or the key is a log's.
        """
        key = cls.parse(text)
        if key.sort != COSIGNING:
            raise Malformed("this is the key of a log, not of a witness")
        return key

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a verifier key of either sort, `name+hash+base64`.

        Raises:
            Malformed: the text is no verifier key of a sort that is known, or its hash is of
                another key.
        """
        name, plus, rest = text.partition("+")
        _, _, material = rest.partition("+")
        data = from_base64(material) if plus else b""
        if len(data) != 1 + _KEY_BYTES or data[0] not in (ED25519, COSIGNING):
            raise Malformed("this is no verifier key of a sort that is known")
        key = cls(name=name, public=data[1:], sort=data[0])
        if key.text != text:
            raise Malformed("a verifier key's hash is of another key")
        return key

    @property
    def id(self) -> bytes:
        """The four bytes by which signatures name this key."""
        _check_name(self.name)
        material = self.name.encode() + b"\n" + bytes((self.sort,)) + self.public
        return sha256(material).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """The verifier key, to hand out."""
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes((self.sort,)) + self.public)}"

    def check(self, text: str, signature: "Signature") -> None:
        """Check a signature of this key.

        Raises:
            BadSignature: the key did not sign that text.
        """
        value, message = signature.value, text.encode()
        if self.sort == COSIGNING:
            at = int.from_bytes(value[:_TIME_BYTES])
            value, message = value[_TIME_BYTES:], _timed(text, at)
            if at > LARGEST_TIME:
                raise BadSignature("a cosignature's time is too late")
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, message)
        except (InvalidSignature, ValueError):
            raise BadSignature(f"`{self.name}` did not sign this") from None


class Signature(NamedTuple):
    """One signature of a note.

    key_id: Four bytes. value: The rest, which depends on the sort of key.
    """

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line of the note, with its end."""
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.value)}\n"

    @property
    def at_seconds(self) -> int:
        """When a witness signed, in seconds since 1970 UTC; only a cosignature has a time."""
        return int.from_bytes(self.value[:_TIME_BYTES])


class Note(NamedTuple):
    """A text, which ends with a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a note.

        SECURITY: nothing is verified yet.

        Raises:
            Malformed: the bytes are no note, or one that is larger than MOST_NOTE_BYTES or has
                more than MOST_SIGNATURES.
        """
        if len(data) > MOST_NOTE_BYTES:
            raise Malformed("a note is too long")
        whole = _decoded(data)
        body, gap, lines = whole.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise Malformed("a note ends with an empty line and signatures")
        signatures = lines[:-1].split("\n")
        if len(signatures) > MOST_SIGNATURES:
            raise Malformed("a note has too many signatures")
        return cls(f"{body}\n", tuple(map(_signature, signatures)))

    def encode(self) -> bytes:
        """Return the note's bytes.

        Raises:
            Malformed: the text does not end with a newline, holds control characters, or nothing
                signed it.
        """
        _check_text(self.text)
        if not self.signatures:
            raise Malformed("a note has a signature")
        return f"{self.text}\n{''.join([each.line for each in self.signatures])}".encode()

    def signed_by(self, keys: Iterable[Key]) -> list[tuple[Key, Signature]]:
        """Return the signatures of known keys, each checked; others are passed over.

        Raises:
            BadSignature: a signature in the name of a known key is not that key's.
        """
        known = {(key.name, key.id): key for key in keys}
        found = []
        for each in self.signatures:
            key = known.get((each.name, each.key_id))
            if key is not None:
                key.check(self.text, each)
                found.append((key, each))
        return found

    def check(self, keys: Sequence[Key]) -> None:
        """Check that a known key signed the note.

        Raises:
            BadSignature: a signature in the name of a known key is not that key's.
            NotSigned: there is no signature of a known key.
        """
        if not self.signed_by(keys):
            raise NotSigned("no known key signed the note")


def sign(text: str, key: Key, signer: Signer) -> Signature:
    """Sign a text.

    Args:
        text: Ends with a newline, and holds no other control character.
        key: The public half; its sort is ED25519.
        signer: The private half.

    Raises:
        Malformed: the text is no note's, or the key is of another sort.
        BadSignature: what signed is not the private half of that key.
    """
    _check_text(text)
    if key.sort != ED25519:
        raise Malformed("a witness's key signs with its time")
    return _made(text, key, signer(text.encode()))


def cosign(text: str, key: Key, signer: Signer, at_seconds: int) -> Signature:
    """Sign a checkpoint's text as a witness.

    Args:
        text: The text of the checkpoint, which the caller has found to be consistent.
        key: The public half; its sort is COSIGNING.
        signer: The private half.
        at_seconds: The time, in seconds since 1970 UTC.

    Raises:
        Malformed: the text is no note's, the key is of another sort, or there is no such time.
        BadSignature: what signed is not the private half of that key.
    """
    _check_text(text)
    if key.sort != COSIGNING or not 0 < at_seconds <= LARGEST_TIME:
        raise Malformed("a witness signs with its key and the time")
    time = at_seconds.to_bytes(_TIME_BYTES)
    return _made(text, key, time + signer(_timed(text, at_seconds)))


def _made(text: str, key: Key, value: bytes) -> Signature:
    """Return a signature that was made; a wrong one would be published for ever."""
    made = Signature(key.name, key.id, value)
    key.check(text, made)
    return made


def _timed(text: str, at_seconds: int) -> bytes:
    return f"cosignature/v1\ntime {at_seconds}\n{text}".encode()


def _signature(line: str) -> Signature:
    name, gap, value = line.removeprefix(_DASH).partition(" ")
    data = from_base64(value) if gap and line.startswith(_DASH) else b""
    if len(data) <= _ID_BYTES:
        raise Malformed("this is no line of a signature")
    _check_name(name)
    return Signature(name, data[:_ID_BYTES], data[_ID_BYTES:])


def _check_name(name: str) -> None:
    spaced = any(letter.isspace() for letter in name)
    if not name or spaced or "+" in name or _CONTROL.search(name):
        raise Malformed("a key's name is not empty and has neither spaces nor pluses")


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise Malformed("a note's text ends with a newline and has no other control character")


def _decoded(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Malformed("a note is UTF-8") from None
    if _CONTROL.search(text):
        raise Malformed("a note has no control characters but newlines")
    return text


def to_base64(data: bytes) -> str:
    """Return bytes in the standard Base64."""
    return b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """Read standard Base64.

    Raises:
        Malformed: it is none, or not in the one form that its bytes have.
    """
    try:
        data = b64decode(text, validate=True)
    except (Error, ValueError):
        raise Malformed("this is no Base64") from None
    if to_base64(data) != text:
        raise Malformed("this is no Base64 in its one form")
    return data
