"""Folders of rules as files by name: nothing outside a folder is read, links out of it included."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

MOST_FILES = 10_000
MOST_BYTES = 4_194_304
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class TooManyFiles(ValueError):
    """A folder holds more files than a rule set may have; the text names the folder."""


class RuleFolder(Mapping[str, bytes]):
    """The regular files of one or more folders, as `seclang.load` takes them.

    Names are paths below a folder, with `/`; where several folders are given, the name of each
    stands before. Contents are read when they are asked for.
    """

    def __init__(self, folders: Path | Mapping[str, Path]) -> None:
        """List the files.

        Args:
            folders: One folder, or several by the names that rules use for them.

        Raises:
            OSError: a folder cannot be listed.
            TooManyFiles: more than 10,000 files.
        """
        named = {"": folders} if isinstance(folders, Path) else folders
        self._paths: dict[str, tuple[Path, Path]] = {}
        for prefix, folder in named.items():
            root = folder.resolve(strict=True)
            for path in _files(root):
                name = path.relative_to(root).as_posix()
                self._paths[f"{prefix}/{name}" if prefix else name] = (root, path)
                if len(self._paths) > MOST_FILES:
                    raise TooManyFiles(f"more than {MOST_FILES} files are below `{folder}`")

    def __getitem__(self, name: str) -> bytes:
        """Return a file's contents; one byte more than the bound where the file is larger.

        Raises:
            KeyError: no such file, no longer a regular file, or now a link out of the folder.
        """
        root, path = self._paths[name]
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(root):
            raise KeyError(name)
        try:
            opened = os.open(real, _FLAGS)
        except OSError:
            raise KeyError(name) from None
        try:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                raise KeyError(name)
            with os.fdopen(opened, "rb", closefd=False) as file:
                return file.read(MOST_BYTES + 1)
        finally:
            os.close(opened)

    def __contains__(self, name: object) -> bool:
        """Tell whether a file was there when the folder was listed; nothing is read."""
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        """Yield the names, sorted."""
        return iter(sorted(self._paths))

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._paths)


def _files(root: Path) -> Iterator[Path]:
    """Yield the regular files below a folder; links only where they stay in the folder."""
    for parent, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if Path(os.path.realpath(path)).is_relative_to(root) and path.is_file():
                yield path
