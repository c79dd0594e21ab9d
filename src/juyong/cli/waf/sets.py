"""Sets of rules by name: our own pack, the Debian package's, and those that were installed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from juyong.api.command import BadInput, OperatorError
from juyong.base.private_file import write_private
from juyong.waf.rule_source import RuleSource
from juyong.waf.running import folder_of

if TYPE_CHECKING:
    from juyong.waf.rules import Compiled

OWN, DEBIAN, NONE = "own", "debian", "none"
_RULES, _SETUP = Path("/usr/share/modsecurity-crs/rules"), Path("/etc/modsecurity/crs")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


class Used(msgspec.Struct, frozen=True):
    """The name of the set that sites of a home judge by, unless they name another."""

    use: str = OWN


def used(home: Path) -> str:
    """Return the name of the set that the home uses."""
    path = folder_of(home) / "rules.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Used).use
    except FileNotFoundError:
        return OWN
    except msgspec.DecodeError:
        raise OperatorError(f"`{path}` is damaged; run: juyong waf rules use own") from None


def use(home: Path, name: str) -> None:
    """Have sites of the home judge by a set; see also `source_of`."""
    write_private(folder_of(home) / "rules.json", msgspec.json.encode(Used(name)) + b"\n")


def check_name(name: str) -> str:
    """Return the name of an installed set.

    Raises:
        BadInput: no such name can be, or the name is taken by a set that is always there.
    """
    if _NAME.fullmatch(name) is None or name in (OWN, DEBIAN, NONE):
        raise BadInput("a name is small letters, digits, dots and hyphens, and none of own, debian")
    return name


def folder_of_set(home: Path, name: str) -> Path:
    """Return the folder of an installed set."""
    return folder_of(home) / "rules" / name


def sources(home: Path) -> Iterator[RuleSource]:
    """Yield the sets that are there."""
    yield own()
    if _RULES.is_dir():
        yield debian()
    installed = folder_of(home) / "rules"
    for folder in sorted(installed.iterdir()) if installed.is_dir() else ():
        if _NAME.fullmatch(folder.name):
            yield of_folder(folder.name, folder)


def source_of(home: Path, name: str) -> RuleSource | None:
    """Return a set by name; None for `none`.

    Raises:
        BadInput: there is no such set.
    """
    if name == NONE:
        return None
    for each in sources(home):
        if each.name == name:
            return each
    raise BadInput(f"there are no rules `{name[:64]}`; see: juyong waf rules list")


def chosen(home: Path, name: str, exclusions: str) -> RuleSource:
    """Return a set to judge requests by: the one that the home uses where no name is given.

    Args:
        home: The home.
        name: Of the set; empty for the one in use.
        exclusions: Path of a file of exclusions; empty for none.

    Raises:
        BadInput: there is no such set, or it is `none`; there are no such exclusions.
    """
    source = source_of(home, name or used(home))
    if source is None:
        raise BadInput("the rules `none` judge nothing")
    return with_exclusions(source, exclusions)


def with_exclusions(source: RuleSource, exclusions: str) -> RuleSource:
    """Return a set with a file of exclusions before its own files; empty for none.

    Raises:
        BadInput: there is no such file.
    """
    if not exclusions:
        return source
    path = Path(exclusions).absolute()
    if not path.is_file():
        raise BadInput(f"there are no exclusions `{exclusions}`")
    return msgspec.structs.replace(source, exclusions=str(path))


def compiled_from(source: RuleSource) -> "Compiled":
    """Load and compile a set.

    Raises:
        OperatorError: a file cannot be read, or holds what no engine carries out.
    """
    from juyong.waf.rules import BadRules, compiled  # noqa: PLC0415  # compiles

    try:
        return compiled(source)
    except BadRules as bad:
        raise OperatorError(str(bad)) from None


def own() -> RuleSource:
    """Return our own pack."""
    from juyong.content import waf  # noqa: PLC0415

    return RuleSource(name=OWN, folders={"": str(Path(waf.__file__).parent)}, entries=waf.ENTRIES)


def debian() -> RuleSource:
    """Return the Core Rule Set of Debian's package modsecurity-crs."""
    setup = {"setup": str(_SETUP)} if (_SETUP / "crs-setup.conf").is_file() else {}
    first = ("setup/crs-setup.conf",) if setup else ()
    return RuleSource(
        name=DEBIAN, folders=setup | {"rules": str(_RULES)}, entries=(*first, "rules/*.conf")
    )


def of_folder(name: str, folder: Path) -> RuleSource:
    """Return the set in a folder: the layout of the Core Rule Set, or all files named *.conf."""
    entries = [
        each for each in ("crs-setup.conf", "crs-setup.conf.example") if (folder / each).is_file()
    ][:1]
    if (folder / "rules").is_dir():
        entries.append("rules/*.conf")
    else:
        entries = ["*.conf"]
    return RuleSource(name=name, folders={"": str(folder)}, entries=tuple(entries))
