"""The home directory: settings, keys, database, local CA. Everything in it is mode 0600."""

import os
from pathlib import Path

import msgspec

from juyong.api.command import OperatorError


class BadHome(OperatorError):
    """The home directory cannot be used."""


class Home(msgspec.Struct, frozen=True):
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
        """The root key, where it is a file; see juyong.app.keys."""
        return self.path / "root.key"

    @property
    def seal(self) -> Path:
        """The master key, wrapped under the root key."""
        return self.path / "seal.json"

    @property
    def control(self) -> Path:
        """Sockets of the running servers, for `juyong seal` and `unseal`."""
        return self.path / "control"

    @property
    def authority(self) -> Path:
        """The local certificate authority."""
        return self.path / "authority"

    @property
    def credentials(self) -> Path:
        """The administrator's AccessKey of the first account."""
        return self.path / "credentials.json"

    @property
    def servers(self) -> Path:
        """Where the running servers listen, a file each; see juyong.app.presence."""
        return self.path / "servers"

    @property
    def blobs(self) -> Path:
        """The bodies that calls brought; see juyong.blobs."""
        return self.path / "blobs"

    @property
    def logs(self) -> Path:
        """The raw logs that writers sent; see juyong.logs."""
        return self.path / "logs"

    @property
    def planes(self) -> Path:
        """A folder for each plane; see juyong.app.planes."""
        return self.path / "planes"

    @property
    def snapshots(self) -> Path:
        """Named snapshots."""
        return self.path / "snapshots"


def default_home() -> Path:
    """Return `$JUYONG_HOME`, else `~/.juyong`."""
    named = os.environ.get("JUYONG_HOME")
    return Path(named) if named else Path.home() / ".juyong"


def serve_command(path: Path) -> str:
    """Return the command that starts a server of a home."""
    return "juyong serve" if path == default_home() else f"juyong serve --home {path}"


def open_home(path: Path) -> Home:
    """Create the directory at first start.

    Raises:
        BadHome: others could read or write it.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.stat()
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise BadHome(
            f"`{path}` must belong to you and not be writable by others: chmod go-w {path}"
        )
    return Home(path)
