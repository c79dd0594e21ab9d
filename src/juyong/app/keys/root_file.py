"""The root key as a file: `v1` and 64 hexadecimal digits, mode 0600.

Homes of the first version hold the digits alone. There the root key was the master key, which
`opening` takes into account.
"""

from pathlib import Path

from juyong.app.home import Home
from juyong.app.keys.errors import KeyTrouble

KEY_BYTES = 32
_MARK = "v1 "


def next_file(home: Home) -> Path:
    """Name the root key that a `rekey` under way is about to put in place."""
    return home.path / "root.key.next"


def render_root(root: bytes) -> bytes:
    """Return the content of a root key's file."""
    return f"{_MARK}{root.hex()}\n".encode()


def read_root(path: Path) -> bytes:
    """Read a root key.

    Raises:
        FileNotFoundError: there is none.
        KeyTrouble: it is damaged, or others may read it.
    """
    if path.stat().st_mode & 0o077:
        raise KeyTrouble(f"`{path}` holds the root key and must have mode 0600")
    try:
        key = bytes.fromhex(path.read_text().removeprefix(_MARK).strip())
    except ValueError as bad:
        raise KeyTrouble(f"`{path}` is damaged") from bad
    if len(key) != KEY_BYTES:
        raise KeyTrouble(f"`{path}` is damaged")
    return key


def is_first_version(path: Path) -> bool:
    """Tell whether a root key was written when it was the master key too."""
    return not path.read_text().startswith(_MARK)
