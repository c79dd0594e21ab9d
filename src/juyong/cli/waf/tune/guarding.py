"""Attacks that a site must go on refusing when an exclusion is made: elsewhere than its field."""

from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import quote_from_bytes

import msgspec

from juyong.cli.waf.explaining import judged_in
from juyong.cli.waf.tune.exclusions import Exclusion, parts
from juyong.content.waf.attacks import ATTACKS
from juyong.engines.inspect.http import Peer, Request
from juyong.engines.inspect.model.engine import ModelEngine
from juyong.engines.inspect.model.witness import Target

_FIELD, _ELSEWHERE = b"juyong_other", b"/juyong-other"
_IN_QUERY = frozenset({"ARGS", "ARGS_GET", "ARGS_POST", "ARGS_NAMES", "ARGS_JOINED", "VIEWS"})
_HERE = Peer(address="127.0.0.1", port=80)


class Attack(msgspec.Struct, frozen=True):
    """An attack at a place; name: Its class and its place, for people."""

    name: str
    path: bytes
    request: Request


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Listed attacks, and how many of these are blocked with an exclusion in place.

    elsewhere: In another field of the path, and in the field on another path.
    inside: In the field on the path, which is what the exclusion gives up in part.
    """

    elsewhere: int
    elsewhere_blocked: int
    inside: int
    inside_blocked: int


class Guards:
    """The listed attacks, of which those count that the rules refuse without an exclusion."""

    def __init__(self, engine: ModelEngine) -> None:
        """Take the rules as they are before."""
        self._engine = engine
        self._refused = cache(lambda attack: blocked(engine, attack, ()))

    def passed(
        self, step: Iterable[Exclusion], target: Target | None, known: list[Exclusion]
    ) -> str:
        """Return the name of an attack that exclusions let pass elsewhere; empty for none."""
        step = list(step)
        for each in step:
            for attack in elsewhere(each, target):
                if self._refused(attack) and not blocked(self._engine, attack, [*known, *step]):
                    return attack.name
        return ""

    def counted(self, exclusion: Exclusion, target: Target | None, after: ModelEngine) -> Counted:
        """Count by the rules that have the exclusions in them."""
        outside = [one for one in elsewhere(exclusion, target) if self._refused(one)]
        within = [one for one in inside(exclusion, target) if self._refused(one)]
        return Counted(
            elsewhere=len(outside),
            elsewhere_blocked=sum(blocked(after, one, ()) for one in outside),
            inside=len(within),
            inside_blocked=sum(blocked(after, one, ()) for one in within),
        )


def elsewhere(exclusion: Exclusion, target: Target | None) -> Iterator[Attack]:
    """Yield the attacks that an exclusion has nothing to do with."""
    if exclusion.target:
        yield from _attacks(_path(exclusion), Target("ARGS", _FIELD))
    yield from _attacks(_ELSEWHERE, target or Target("ARGS", _FIELD))


def inside(exclusion: Exclusion, target: Target | None) -> Iterator[Attack]:
    """Yield the attacks in the very field of an exclusion."""
    yield from _attacks(_path(exclusion), target or Target("ARGS", _FIELD))


def _path(exclusion: Exclusion) -> bytes:
    return exclusion.where.path + (b"x" if exclusion.where.begins else b"")


def _attacks(path: bytes, target: Target) -> Iterator[Attack]:
    for kind, values in ATTACKS.items():
        for number, value in enumerate(values, 1):
            request = _request(path, target, value.encode())
            if request is not None:
                field = f"{target.collection}:{target.key.decode(errors='backslashreplace')}"
                place = f"in {field} of {path.decode(errors='backslashreplace')}"
                yield Attack(f"{kind} {number} {place}", path, request)


def _request(path: bytes, target: Target, value: bytes) -> Request | None:
    """Build a request with a value in a field; None where no request has that field."""
    headers = {b"host": b"localhost", b"user-agent": b"Mozilla/5.0", b"accept": b"*/*"}
    line = quote_from_bytes(path)
    if target.collection in _IN_QUERY and target.key:
        line += f"?{quote_from_bytes(target.key)}={quote_from_bytes(value, safe='')}"
    elif target.collection == "REQUEST_HEADERS":
        headers[target.key.lower()] = value
    elif target.collection == "REQUEST_COOKIES":
        headers[b"cookie"] = target.key + b"=" + value.replace(b";", b"%3b")
    else:
        return None
    return Request(
        method=b"GET",
        target=line.encode(),
        version="HTTP/1.1",
        headers=tuple(headers.items()),
        client=_HERE,
        server=_HERE,
        unique="attack",
    )


def blocked(engine: ModelEngine, attack: Attack, exclusions: Iterable[Exclusion]) -> bool:
    """Tell whether an attack is blocked with exclusions in place."""
    inspection = engine.inspect(attack.request)
    without, gone = parts(exclusions, attack.path)
    inspection.leave_out(gone, without)
    return judged_in(inspection, b"")[0] is not None
