"""Key material on disk: one sealed file a key, mode 0600, bound to its name."""

import hashlib
from contextlib import suppress
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from juyong.base.ids import random_bytes
from juyong.base.private_file import sync_folder, write_private
from juyong.hsm.errors import HsmUnavailable, KeyMissing, LabelTaken
from juyong.hsm.files import private_directory

_VERSION = b"\x01"
_NONCE_BYTES = 12
_SUFFIX = ".key"
_CHECK = "check"


class Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key, and the attempt that made it."""

    spec: str
    label: str
    attempt: bytes
    material: bytes

    def __repr__(self) -> str:
        """Show no material."""
        return f"<Stored {self.label}>"


class Materials:
    """The sealed files of one directory."""

    def __init__(self, directory: Path, key: bytes) -> None:
        """Open the directory.

        Raises:
            HsmUnavailable: it was sealed under another key.
        """
        self._directory = private_directory(directory)
        self._aead = AESGCM(key)
        check = directory / _CHECK
        if not check.exists():
            # Another process may be first, under the same key or not; the check is below.
            with suppress(FileExistsError):
                write_private(check, self._seal(_CHECK, b""), replace=False)
        self._open(_CHECK, check.read_bytes())

    def add(self, stored: Stored) -> None:
        """Keep a key, durably.

        Raises:
            LabelTaken: there is one already, unless the same attempt made it.
        """
        path = self._path(stored.label)
        sealed = self._seal(path.name, msgspec.msgpack.encode(stored))
        try:
            write_private(path, sealed, replace=False)
        except FileExistsError:
            if self.read(stored.label).attempt != stored.attempt:
                raise LabelTaken(f"there is a key `{stored.label}` already") from None

    def has(self, label: str) -> bool:
        """Whether there is a key, which another process may have destroyed."""
        return self._path(label).exists()

    def read(self, label: str) -> Stored:
        """Return a key.

        Raises:
            KeyMissing: there is none.
            HsmUnavailable: its file is damaged.
        """
        path = self._path(label)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            raise KeyMissing(f"the module holds no key `{label}`") from None
        return self._stored(path.name, sealed)

    def remove(self, label: str) -> None:
        """Destroy a key, durably."""
        self._path(label).unlink(missing_ok=True)
        sync_folder(self._directory)

    def labels(self) -> list[str]:
        """Return all labels in order."""
        paths = self._directory.glob(f"*{_SUFFIX}")
        return sorted(self._stored(path.name, path.read_bytes()).label for path in paths)

    def _path(self, label: str) -> Path:
        return self._directory / (hashlib.sha256(label.encode()).hexdigest() + _SUFFIX)

    def _stored(self, name: str, sealed: bytes) -> Stored:
        try:
            return msgspec.msgpack.decode(self._open(name, sealed), type=Stored)
        except msgspec.DecodeError:
            raise HsmUnavailable(f"`{name}` is damaged") from None

    def _seal(self, name: str, plaintext: bytes) -> bytes:
        nonce = random_bytes(_NONCE_BYTES)
        aad = _VERSION + name.encode()
        return _VERSION + nonce + self._aead.encrypt(nonce, plaintext, aad)

    def _open(self, name: str, sealed: bytes) -> bytes:
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, body, sealed[:1] + name.encode())
        except (InvalidTag, ValueError):
            raise HsmUnavailable(f"`{name}` is damaged, or sealed under another key") from None
