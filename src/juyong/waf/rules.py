"""The rules of a site: where their files are, and the engine compiled from the files."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

import iptocc
import msgspec

from juyong.base.clock import system_milliseconds
from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.fast.gates import FilteredGates
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.native import NativeGates, native_ready
from juyong.engines.inspect.seclang import BadRules as Unreadable
from juyong.engines.inspect.seclang import Loaded, load
from juyong.waf.rule_folder import RuleFolder, TooManyFiles
from juyong.waf.rule_source import RuleSource

_BEFORE, _AFTER = "juyong/before.conf", "juyong/after.conf"
_READS = b"SecRequestBodyAccess On\nSecResponseBodyAccess On\nSecRuleEngine On\n"
_DETECTS = b"SecRuleEngine DetectionOnly\n"


class BadRules(ValueError):
    """Rules cannot be used; the text names the file and the line."""


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """Rules ready to judge by."""

    engine: FastEngine
    loaded: Loaded


def files_of(source: RuleSource, *, detect_only: bool = False) -> Mapping[str, bytes]:
    """Return the files of a set, with the settings of the site before and after.

    Raises:
        BadRules: a folder cannot be read.
    """
    folders = {name: Path(path) for name, path in source.folders.items()}
    try:
        one = folders.get("") if len(folders) == 1 else None
        found = RuleFolder(folders if one is None else one)
        files = {name: found[name] for name in found}
    except (OSError, KeyError, TooManyFiles) as failure:
        raise BadRules(f"rules `{source.name}`: {failure}") from None
    return {_BEFORE: _READS, **files, _AFTER: _DETECTS if detect_only else b"# as the rules say\n"}


def compiled(
    source: RuleSource, *, detect_only: bool = False, limits: Limits | None = None
) -> Compiled:
    """Load and compile a set.

    Raises:
        BadRules: a file cannot be read, or holds what no engine carries out.

    Cost: about a second of a processor for a large set.
    """
    entries = (_BEFORE, *source.entries, _AFTER)
    try:
        loaded = load(files_of(source, detect_only=detect_only), entries)
        engine = FastEngine(
            loaded.rules,
            limits=limits,
            country_of=country_of,
            clock=_seconds,
            make_gates=NativeGates if native_ready() else FilteredGates,
        )
    except Unreadable as bad:
        raise BadRules(f"rules `{source.name}`: {bad}") from None
    return Compiled(engine=engine, loaded=loaded)


def _seconds() -> float:
    return system_milliseconds() / 1_000


def country_of(address: str) -> str | None:
    """Return the country of an address by the registries' data, as two letters."""
    try:
        found: str | None = iptocc.country_code(str(ip_address(address)))
    except ValueError:
        return None
    return found
