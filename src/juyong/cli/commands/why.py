"""Why a call was allowed or denied, by the policies as they were."""

import json
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from juyong.api.command import BadInput, CommandContext, command
from juyong.api.doc import Doc
from juyong.app.why.told import Answered, Explained, Today

_ID_LENGTH = 36
_ID_CHARS = frozenset("0123456789ABCDEF-")
CANNOT_TELL = 2


class Explanation(Explained, frozen=True, kw_only=True):
    """An explanation with its words."""

    @property
    def status(self) -> int:
        """0 for the same, 1 for another decision, 2 where it cannot be told."""
        return CANNOT_TELL if self.same is None else int(not self.same)

    def lines(self) -> Iterable[str]:
        """Return the event, its questions and the verdict, without control characters."""
        return map(_printable, self._lines())

    def _lines(self) -> Iterator[str]:
        came = self.error_code or "done"
        yield (
            f"{self.at}  {self.service} {self.operation}  by {self.who} of {self.account_id}"
            f"  from {self.address}: {came}"
        )
        for each in self.questions:
            yield from _question(each)
        if self.same is None:
            yield f"not reconstructable: {'; '.join(self.reasons)}"
        elif not self.same:
            yield "DIFFERS: the policies as they were do not decide what was recorded"
        elif self.questions:
            yield "same: the policies as they were decide what was recorded"
        else:
            yield "no policy was asked"


@command(
    "why",
    answers=("decided the same again", "decided otherwise", "not reconstructable"),
    examples=("juyong why 0A4B5F23-6B1C-5D0E-9A57-8C2D71E0F3B4",),
)
def why(
    ctx: CommandContext,
    id: Annotated[str, Doc("Id of the event, which is the request id of the call.")],
) -> Explanation:
    """Explain a recorded call: its questions, decided again by the policies as they were.

    Tells also what the policies of today would decide. Changes nothing; a server may run or not.
    """
    event_id = id.upper()
    if len(event_id) != _ID_LENGTH or not _ID_CHARS.issuperset(event_id):
        raise BadInput("an id is 36 characters: digits, the letters A to F, and hyphens")

    from juyong.app.why.explaining import why as explained  # noqa: PLC0415

    return msgspec.convert(explained(ctx.home, event_id), Explanation, from_attributes=True)


def _question(of: Answered) -> Iterator[str]:
    """Yield the question, its answer, and what it rests on."""
    about = f" about {of.principal}" if of.principal else ""
    yield f"{of.recorded}: {of.action} on {of.resource}{about}"
    yield from (f"  {each}" for each in of.settled)
    for key, values in sorted(of.conditions.items()):
        yield f"  condition {key} = {', '.join(values)}"
    for each in of.policies:
        named = f"{each.type} `{each.name}`{each.version and f' {each.version}'}"
        yield f"  policy {named}, from {each.kept}: {_compact(each.text)}"
    if of.reason is not None:
        yield f"  not reconstructable: {of.reason}"
    elif not of.same:
        yield f"  DIFFERS: decided again it is {of.replayed}"
    if of.today is not None:
        yield f"  today: {_today(of.today, of.replayed)}"


def _compact(document: str) -> str:
    """Return a policy on one line; `--json` has the text as it was written."""
    return json.dumps(json.loads(document), ensure_ascii=False)


def _today(today: Today, then: str | None) -> str:
    changes = ", ".join(today.changes)
    if today.decision is None:
        return f"cannot be decided: {changes}"
    if today.decision != then:
        return f"{today.decision}, since {changes or 'policies count otherwise'}"
    return f"the same, though {changes}" if changes else "the same, by the same policies"


def _printable(line: str) -> str:
    """SECURITY: callers choose names and conditions; a terminal must not obey them."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
