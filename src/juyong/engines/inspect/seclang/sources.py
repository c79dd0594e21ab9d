"""The files of a rule set: names resolved inside its folder, sizes bounded, words of lists read."""

import hashlib
import posixpath
from collections.abc import Mapping
from fnmatch import fnmatchcase

from juyong.engines.inspect.seclang.bounds import Bounds
from juyong.engines.inspect.seclang.errors import BadPart

Files = Mapping[str, bytes]
"""Contents by name; a name is a path below the folder, with `/` between its parts.

Whoever makes one from a folder leaves out what lies outside it, links out of the folder included.
"""

_GLOB = frozenset("*?[")


class Sources:
    """Reads files of one rule set, and keeps count and a digest of all that was read."""

    def __init__(self, files: Files, bounds: Bounds) -> None:
        """Begin with nothing read."""
        self._files = files
        self._bounds = bounds
        self._digest = hashlib.sha256()
        self._read = 0
        self._total = 0
        self._words: dict[str, tuple[bytes, ...]] = {}
        self._count = 0

    @property
    def digest(self) -> str:
        """SHA-256 of names and contents, in the order of reading."""
        return self._digest.hexdigest()

    def names(self, pattern: str, by: str, *, optional: bool = False) -> list[str]:
        """Return the files that a name or a glob means, sorted.

        Args:
            pattern: As written; `*` does not cross a `/`.
            by: The file that names it; relative names start in the folder of this file.
            optional: Whether no file at all will do.

        Raises:
            BadPart: the name leads out of the folder, or means no file.
        """
        path = self._inside(pattern, by)
        if _GLOB & set(path):
            found = sorted(name for name in self._files if _matches(name, path))
        else:
            found = [path] if path in self._files else []
        if not found and not optional:
            raise BadPart(f"no file in the folder of the rules is named so: `{pattern}`")
        return found

    def read(self, name: str) -> bytes:
        """Return the contents of a file.

        Raises:
            BadPart: no such file, or more than the bounds allow.
        """
        try:
            data = self._files[name]
        except KeyError:
            raise BadPart(f"no such file in the folder of the rules: `{name}`") from None
        self._read += 1
        self._total += len(data)
        if len(data) > self._bounds.file or self._total > self._bounds.total:
            raise BadPart(f"the file is too large, or all files together are: `{name}`")
        if self._read > self._bounds.files:
            raise BadPart(f"more than {self._bounds.files} files are read")
        for part in (name.encode(), data):
            self._digest.update(b"%d:" % len(part) + part)
        return data

    def words(self, name: str, by: str) -> tuple[bytes, ...]:
        """Return the words of a list: a word a line, without comments and empty lines.

        Raises:
            BadPart: as `read`, the name leads out of the folder, or too many words.
        """
        path = self._inside(name, by)
        if path not in self._words:
            lines = (line.strip() for line in self.read(path).split(b"\n"))
            found = tuple(line for line in lines if line and not line.startswith(b"#"))
            self._count += len(found)
            if self._count > self._bounds.words:
                raise BadPart(f"word lists hold more than {self._bounds.words} words")
            self._words[path] = found
        return self._words[path]

    @staticmethod
    def _inside(name: str, by: str) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(by), name))
        if name.startswith("/") or path.startswith(("../", "/")) or path == ".." or "\\" in name:
            raise BadPart(f"the name leads out of the folder of the rules: `{name[:80]}`")
        return path


def _matches(name: str, pattern: str) -> bool:
    """Tell whether a glob means a name, part by part."""
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
