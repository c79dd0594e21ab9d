"""The rules of a site: where their files are, and the engine compiled from the files."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import iptocc
import msgspec

from juyong.base.clock import system_milliseconds
from juyong.base.log import log
from juyong.base.private_file import write_private
from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.fast.gates import FilteredGates
from juyong.engines.inspect.gates import Gate, Gates
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.native import NativeGates, native_ready, outline_of
from juyong.engines.inspect.plan.kept import Plan, key_of, unpack
from juyong.engines.inspect.rules import RuleSet
from juyong.engines.inspect.seclang import BadRules as Unreadable
from juyong.engines.inspect.seclang import load
from juyong.waf.rule_folder import RuleFolder, TooManyFiles
from juyong.waf.rule_source import RuleSource
from juyong.waf.shared_store import SharedStore, Table

_BEFORE, _AFTER = "juyong/before.conf", "juyong/after.conf"
_EXCLUSIONS = "juyong/exclusions.conf"
_MOST_EXCLUSIONS = 1_048_576
_READS = b"SecRequestBodyAccess On\nSecResponseBodyAccess On\nSecRuleEngine On\n"
_PLANS = 8
_DETECTS = b"SecRuleEngine DetectionOnly\n"
_LIMITS = b"SecRequestBodyLimitAction ProcessPartial\nSecResponseBodyLimitAction ProcessPartial\n"
"""The site, not a set of rules, says whether a long body is refused; see `Site.oversize`."""


class BadRules(ValueError):
    """Rules cannot be used; the text names the file and the line."""


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """Rules ready to judge by.

    prepare: Makes what waits for its first value, as patterns of a kept plan do; for a thread.
    """

    engine: FastEngine
    rules: RuleSet
    prepare: Callable[[], None]


def files_of(source: RuleSource, *, detect_only: bool = False) -> Mapping[str, bytes]:
    """Return the files of a set, with the settings of the site before and after.

    Raises:
        BadRules: a folder or the exclusions cannot be read.
    """
    folders = {name: Path(path) for name, path in source.folders.items()}
    try:
        one = folders.get("") if len(folders) == 1 else None
        found = RuleFolder(folders if one is None else one)
        files = {name: found[name] for name in found}
    except (OSError, KeyError, TooManyFiles) as failure:
        raise BadRules(f"rules `{source.name}`: {failure}") from None
    if source.exclusions:
        files[_EXCLUSIONS] = _exclusions(Path(source.exclusions))
    return {_BEFORE: _READS, **files, _AFTER: _LIMITS + _DETECTS if detect_only else _LIMITS}


def entries_of(source: RuleSource) -> tuple[str, ...]:
    """Return the files to begin with: those of the site around those of the set."""
    excluded = (_EXCLUSIONS,) if source.exclusions else ()
    return (_BEFORE, *excluded, *source.entries, _AFTER)


def _exclusions(path: Path) -> bytes:
    """Read the exclusions of a site, of 1 MiB at most.

    Raises:
        BadRules: there is no such file, or the file is too large.
    """
    try:
        if not path.is_file() or path.stat().st_size > _MOST_EXCLUSIONS:
            raise BadRules(f"exclusions `{path}`: no file, or one of more than 1 MiB")
        return path.read_bytes()
    except OSError as failure:
        raise BadRules(f"exclusions `{path}`: {failure.strerror}") from None


def compiled(
    source: RuleSource,
    *,
    detect_only: bool = False,
    limits: Limits | None = None,
    plans: Path | None = None,
    stored: Table | None = None,
) -> Compiled:
    """Load and compile a set.

    Args:
        source: The set.
        detect_only: Have the rules tell what they would block, and block nothing.
        limits: Of the site.
        plans: Folder of plans that are kept from one start to the next; None keeps none.
        stored: Where collections that outlive a request are kept; None keeps them in this engine.

    Raises:
        BadRules: a file cannot be read, or holds what no engine carries out.

    Cost: seconds of a processor for a large set, a fraction of one where its plan is kept.
    """
    entries = entries_of(source)
    files = files_of(source, detect_only=detect_only)
    path = None if plans is None else plans / key_of(files, entries)
    plan = None if path is None else _kept(path)
    try:
        known = plan or Plan(load(files, entries).rules, {})

        waiting: list[NativeGates] = []
        draw = partial(outline_of, write=known.written)

        def made(gates: Sequence[Gate]) -> Gates:
            if not native_ready():
                return FilteredGates(gates, known.clauses_of(gates), waits=plan is not None)
            native = NativeGates(
                gates,
                waits=plan is not None,
                write=known.written,
                draw=lambda given: known.outline(given, draw),
            )
            waiting.append(native)
            return native

        engine = FastEngine(
            known.rules,
            limits=limits,
            store=None if stored is None else SharedStore(stored, known.rules.collection_seconds),
            country_of=country_of,
            clock=_seconds,
            make_gates=made,
        )
    except Unreadable as bad:
        raise BadRules(f"rules `{source.name}`: {bad}") from None
    if path is not None and (plan is None or known.grown):
        _keep(path, known)

    def prepare() -> None:
        for each in waiting:
            each.prepare()

    return Compiled(engine=engine, rules=known.rules, prepare=prepare)


def _kept(path: Path) -> Plan | None:
    try:
        return unpack(path.read_bytes())
    except OSError:
        return None


def _keep(path: Path, plan: Plan) -> None:
    """Keep a plan, and drop old ones; a site is served without where that fails."""
    try:
        write_private(path, plan.pack())
        for old in sorted(path.parent.iterdir(), key=lambda each: -each.stat().st_mtime)[_PLANS:]:
            old.unlink(missing_ok=True)
    except OSError as failure:
        log().warning("plan of rules not kept", cause=failure.strerror)


def _seconds() -> float:
    return system_milliseconds() / 1_000


def country_of(address: str) -> str | None:
    """Return the country of an address by the registries' data, as two letters."""
    try:
        found: str | None = iptocc.country_code(str(ip_address(address)))
    except ValueError:
        return None
    return found
