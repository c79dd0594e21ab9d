"""Requests that an operator marks as legitimate: by id, by path, or by time."""

from collections.abc import Iterable

import msgspec

from juyong.api.command import BadInput
from juyong.cli.waf.explaining import request_of
from juyong.cli.waf.moments import moment_of
from juyong.cli.waf.replaying import Recorded, RuleThen
from juyong.engines.inspect.http import Request
from juyong.engines.inspect.variables import request_variables


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """Marks of the legitimate; a request needs one of these.

    before: Everything up to a time, as RFC 3339 writes one; empty for nothing.
    """

    ids: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    before: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A marked request, ready to be judged.

    path: Decoded. then: Rules that matched when the request was logged; None where no log tells.
    """

    name: str
    id: str
    path: bytes
    request: Request
    body: bytes
    then: tuple[RuleThen, ...] | None


def marked(recorded: Iterable[Recorded], marks: Marks) -> list[Case]:
    """Return the marked requests; those that the proxy answers with 400 are left out.

    Raises:
        BadInput: nothing is marked, or an id or the time is none.
    """
    if not (marks.ids or marks.paths or marks.before):
        raise BadInput("mark what is legitimate: --request ID, --path PREFIX or --all-before TIME")
    before = None
    if marks.before and (before := moment_of(marks.before)) is None:
        raise BadInput("a time is written as 2026-05-01T12:00:00Z")
    wanted, prefixes = set(marks.ids), tuple(each.encode() for each in marks.paths)
    cases = []
    for each in recorded:
        told = each.id in marks.ids
        wanted.discard(each.id)
        if each.message is None:
            continue
        request = request_of(each.message.head)
        path = _path(request)
        at = moment_of(each.time)
        if told or path.startswith(prefixes or (b"\0",)) or (before and at and at < before):
            cases.append(
                Case(
                    name=each.name,
                    id=each.id,
                    path=path,
                    request=request,
                    body=each.message.body,
                    then=each.rules,
                )
            )
    if wanted:
        raise BadInput(f"no request has the id `{min(wanted)[:64]}`")
    return cases


def _path(request: Request) -> bytes:
    found = request_variables(request, wanted=frozenset({"REQUEST_FILENAME"}))
    return found["REQUEST_FILENAME"][0].value
