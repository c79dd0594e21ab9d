"""The home directory: settings, root key, database, local CA. Everything in it is mode 0600."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from juyong.base.ids import random_bytes
from juyong.store.seal import derive_key

KEY_BYTES = 32
PURPOSES = ("columns", "audit", "sts-token", "diagnostics", "signin", "kms", "hsm", "fc-code")


class BadHome(Exception):
    """The home directory cannot be used."""


@dataclass(frozen=True, slots=True)
class Home:
    """Paths inside one home."""

    path: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.path / "juyong.toml"

    @property
    def database(self) -> Path:
        """The embedded database."""
        return self.path / "juyong.db"

    @property
    def key(self) -> Path:
        """The root key, which seals columns and authenticates events."""
        return self.path / "root.key"

    @property
    def authority(self) -> Path:
        """The local certificate authority."""
        return self.path / "authority"

    @property
    def credentials(self) -> Path:
        """The administrator's AccessKey of the first account."""
        return self.path / "credentials.json"

    @property
    def presence(self) -> Path:
        """Where the running server listens."""
        return self.path / "server.json"

    @property
    def snapshots(self) -> Path:
        """Named snapshots."""
        return self.path / "snapshots"


def default_home() -> Path:
    """Return `$JUYONG_HOME`, else `~/.juyong`."""
    named = os.environ.get("JUYONG_HOME")
    return Path(named) if named else Path.home() / ".juyong"


def open_home(path: Path) -> Home:
    """Create the directory at first start.

    Raises:
        BadHome: others could read or write it.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.stat()
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise BadHome(f"`{path}` must belong to you and not be writable by others")
    return Home(path)


def derived_keys(home: Home) -> dict[str, bytes]:
    """Return the key of each purpose, making the root key at first start.

    Raises:
        BadHome: the key file is damaged or readable by others.
    """
    root = _root_key(home.key)
    return {purpose: derive_key(root, purpose) for purpose in PURPOSES}


def write_private(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write a file that only its owner reads, whole or not at all, and durably.

    Raises:
        FileExistsError: it exists and replace is False.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{random_bytes(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _root_key(path: Path) -> bytes:
    if not path.exists():
        # Another process may start at the same moment; the first key written is the key.
        with suppress(FileExistsError):
            write_private(path, random_bytes(KEY_BYTES).hex().encode() + b"\n", replace=False)
    if path.stat().st_mode & 0o077:
        raise BadHome(f"`{path}` holds the root key and must have mode 0600")
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError as bad:
        raise BadHome(f"`{path}` is damaged") from bad
    if len(key) != KEY_BYTES:
        raise BadHome(f"`{path}` is damaged")
    return key
