"""The seal file: the master key, wrapped, and how it is opened. It holds no secret in clear.

    {"format":"juyong-seal","version":1,"key_id":"0f…","wrapped":"…","how":{"method":"file"}}

`key_id` names the root key that wraps the master key. Method, parameters and key id are
authenticated with the wrapped key: after a change to any of them, the wrapped key does not open.
"""

import base64
import binascii
from typing import Annotated, Literal

import msgspec

from juyong.app.keys.errors import SealFileDamaged
from juyong.app.keys.wrapper import Wrapper

MOST_BYTES = 4096
WRAPPED_BYTES = 12 + 32 + 16
SALT_BYTES = 16

Base64 = Annotated[str, msgspec.Meta(max_length=256, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
Label = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class FileMethod(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="method",
    tag="file",
):
    """The root key is a file of mode 0600 next to the seal file."""


class PassphraseMethod(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="method",
    tag="passphrase",
):
    """The root key is made from a passphrase by Argon2id.

    The upper bounds keep a foreign file from costing more memory or time than a machine has; the
    lower bounds are the least that OWASP recommends.
    """

    salt: Base64
    memory_kib: Annotated[int, msgspec.Meta(ge=19_456, le=1_048_576)]
    passes: Annotated[int, msgspec.Meta(ge=2, le=32)]
    lanes: Annotated[int, msgspec.Meta(ge=1, le=16)]


class TokenMethod(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="method",
    tag="pkcs11",
):
    """The root key is an AES key inside a PKCS#11 token, which never leaves it."""

    label: Label


Method = FileMethod | PassphraseMethod | TokenMethod
MethodName = Literal["file", "passphrase", "pkcs11"]


class SealFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a seal file."""

    format: Literal["juyong-seal"]
    version: Literal[1]
    key_id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$")]
    wrapped: Base64
    how: Method

    @property
    def method(self) -> MethodName:
        """The ways to a root key."""
        match self.how:
            case FileMethod():
                return "file"
            case PassphraseMethod():
                return "passphrase"
            case TokenMethod():
                return "pkcs11"


def seal_of(master: bytes, wrapper: Wrapper, how: Method, key_id: str) -> SealFile:
    """Wrap the master key."""
    wrapped = wrapper.wrap(master, bound_to(how, key_id))
    return SealFile(
        format="juyong-seal", version=1, key_id=key_id, wrapped=base64_of(wrapped), how=how
    )


def master_of(seal: SealFile, wrapper: Wrapper) -> bytes:
    """Unwrap the master key.

    Raises:
        WrongRootKey: the wrapper holds another root key, or the file was changed.
    """
    return wrapper.unwrap(unbase64(seal.wrapped), bound_to(seal.how, seal.key_id))


def encode_seal(seal: SealFile) -> bytes:
    """Render a seal file."""
    return msgspec.json.encode(seal) + b"\n"


def decode_seal(content: bytes) -> SealFile:
    """Read a seal file.

    Raises:
        SealFileDamaged: anything but what encode_seal writes.
    """
    if len(content) > MOST_BYTES:
        raise SealFileDamaged("the seal file is too long")
    try:
        seal = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise SealFileDamaged("the seal file cannot be read") from bad
    if len(unbase64(seal.wrapped)) != WRAPPED_BYTES:
        raise SealFileDamaged("the seal file holds no wrapped key")
    if isinstance(seal.how, PassphraseMethod) and len(unbase64(seal.how.salt)) != SALT_BYTES:
        raise SealFileDamaged("the seal file holds no salt")
    return seal


def bound_to(how: Method, key_id: str) -> bytes:
    """Return the bytes that are authenticated with the wrapped key."""
    return b"juyong-seal/1\x00" + key_id.encode() + b"\x00" + msgspec.json.encode(how)


def base64_of(data: bytes) -> str:
    """Encode bytes for the file."""
    return base64.b64encode(data).decode()


def unbase64(text: str) -> bytes:
    """Decode bytes of the file.

    Raises:
        SealFileDamaged: no base64, or spelled otherwise than base64_of does.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as bad:
        raise SealFileDamaged("the seal file cannot be read") from bad
    if base64_of(data) != text:
        raise SealFileDamaged("the seal file cannot be read")
    return data


_decoder = msgspec.json.Decoder(SealFile)
