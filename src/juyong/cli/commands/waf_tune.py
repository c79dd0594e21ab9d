"""The WAF: a proxy before a site that blocks attacks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from juyong.api.command import Answer, CommandContext, OperatorError, Option, command
from juyong.api.doc import Doc
from juyong.cli.commands.waf import RuleSet


class ExclusionShown(msgspec.Struct, frozen=True, kw_only=True):
    """An exclusion; see `juyong waf tune`.

    target: Empty where the whole rule is left out. path: With `begins`, how paths begin.
    requests: Ids of marked requests that pass with the exclusion and are blocked without.
    proved: Whether that was judged; else the log says so.
    attacks, attacks_blocked: Listed attacks on other fields and paths.
    inside, inside_blocked: Those in the field itself.
    """

    rule: int
    msg: str
    target: str
    path: str
    begins: bool
    requests: tuple[str, ...]
    proved: bool
    attacks: int
    attacks_blocked: int
    inside: int
    inside_blocked: int


class LeftShown(msgspec.Struct, frozen=True, kw_only=True):
    """A marked request that stays blocked."""

    id: str
    request: str
    why: str


class Tuned(Answer, frozen=True, kw_only=True):
    """Exclusions for marked requests; blocked: Those of the marked that the rules block.

    output: The file that was written; empty for none.
    """

    marked: int
    blocked: int
    exclusions: tuple[ExclusionShown, ...]
    left: tuple[LeftShown, ...]
    output: str
    text: str

    @property
    def status(self) -> int:
        """0 where every marked request passes, 1 where some stay blocked."""
        return int(bool(self.left))

    def lines(self) -> Iterator[str]:
        """Yield the figures, a table of exclusions, and what is left."""
        from juyong.cli.waf.following import printable  # noqa: PLC0415

        yield f"{self.marked} marked requests, {self.blocked} of them blocked by the rules"
        if self.exclusions:
            yield f"{'rule':>8}  {'target':28}  {'path':24}  requests  elsewhere  inside  proof"
        for each in self.exclusions:
            path = each.path + ("…" if each.begins else "")
            elsewhere = f"{each.attacks_blocked}/{each.attacks}"
            inside = f"{each.inside_blocked}/{each.inside}"
            yield printable(
                f"{each.rule:8}  {each.target or 'the whole rule':28}  {path:24}  "
                f"{len(each.requests):8}  {elsewhere:>9}  {inside:>6}  "
                f"{'judged' if each.proved else 'log'}"
            )
        if self.exclusions:
            yield "elsewhere, inside: listed attacks still blocked, of those blocked before"
        for left in self.left:
            yield printable(f"left: {left.request}  event {left.id}: {left.why}")
        if self.output:
            yield f"written: {self.output}"
            yield f"use them: juyong waf protect URL --exclusions {self.output}"
        elif self.text:
            yield ""
            yield from self.text.splitlines()


@command(
    "waf tune",
    answers=("every marked request passes", "some stay blocked", "could not judge"),
    examples=("juyong waf tune access.jsonl --path /search --output exclusions.conf",),
)
def tune(
    ctx: CommandContext,
    file: Annotated[Path, Doc("An access log of the WAF, or a HAR file.")],
    *,
    request: Annotated[
        list[str] | None,
        Option(takes="ID"),
        Doc("Id of a legitimate request: its event, or its number in the HAR; repeatable."),
    ] = None,
    path: Annotated[
        list[str] | None,
        Option(takes="PREFIX"),
        Doc("Requests whose path begins so are legitimate; repeatable."),
    ] = None,
    all_before: Annotated[
        str,
        Option(takes="TIME"),
        Doc("All requests before that time are legitimate, as 2026-05-01T12:00:00Z."),
    ] = "",
    output: Annotated[
        str,
        Option(takes="FILE"),
        Doc("File to write exclusions to; those that the file has already stay."),
    ] = "",
    rules: RuleSet = "",
    whole_rules: Annotated[
        bool, Doc("Leave a whole rule out for a path where none of its targets can be.")
    ] = False,
    unproved: Annotated[
        bool, Doc("Trust the log on requests whose bodies or cookies it does not have.")
    ] = False,
) -> Tuned:
    """Find the narrowest exclusions that let legitimate requests pass, and prove each.

    An exclusion is a rule, a field and a path. Each is judged: marked requests pass with the
    exclusion and are blocked without, and listed attacks on other fields and paths stay blocked.
    """
    from juyong.base.private_file import write_private  # noqa: PLC0415
    from juyong.cli.waf.replaying import recorded_in  # noqa: PLC0415
    from juyong.cli.waf.sets import chosen  # noqa: PLC0415
    from juyong.cli.waf.tune.marking import Marks, marked  # noqa: PLC0415
    from juyong.cli.waf.tune.tuning import joined, tuned  # noqa: PLC0415

    marks = Marks(ids=tuple(request or ()), paths=tuple(path or ()), before=all_before)
    place = Path(output)
    source = chosen(ctx.home, rules, output if output and place.exists() else "")
    cases = marked(recorded_in(file), marks)
    found = tuned(source, cases, ctx.progress, whole_rules=whole_rules, unproved=unproved)
    if output and found.text:
        try:
            write_private(place, joined(source, found.text).encode())
        except OSError as failure:
            raise OperatorError(f"`{output}`: {failure.strerror}") from None
    return Tuned(
        marked=found.marked,
        blocked=found.blocked,
        exclusions=tuple(
            ExclusionShown(
                rule=each.exclusion.rule,
                msg=each.message,
                target=each.exclusion.target,
                path=each.exclusion.where.path.decode("utf-8", "backslashreplace"),
                begins=each.exclusion.where.begins,
                requests=each.requests,
                proved=each.proved,
                attacks=each.counted.elsewhere,
                attacks_blocked=each.counted.elsewhere_blocked,
                inside=each.counted.inside,
                inside_blocked=each.counted.inside_blocked,
            )
            for each in found.proposed
        ),
        left=tuple(LeftShown(id=each.id, request=each.name, why=each.why) for each in found.left),
        output=output if found.text else "",
        text=found.text,
    )
