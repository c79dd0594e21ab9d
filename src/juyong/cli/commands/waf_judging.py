"""The WAF: a proxy before a site that blocks attacks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from juyong.api.command import Answer, CommandContext, Option, command
from juyong.api.doc import Doc
from juyong.cli.commands.waf import RuleSet

Exclusions = Annotated[str, Option(takes="FILE"), Doc("File of exclusions, read before the rules.")]


class HitShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that matched."""

    rule: int
    msg: str
    variable: str
    value: str
    transformations: tuple[str, ...]
    severity: int | None
    times: int
    tags: tuple[str, ...]


class Tested(Answer, frozen=True, kw_only=True):
    """The verdict on a request, and each rule that matched with its reason."""

    verdict: Literal["pass", "block"]
    rule: int
    answer: int
    reason: str
    scores: dict[str, int]
    hits: tuple[HitShown, ...]

    @property
    def status(self) -> int:
        """0 for a request that passes, 1 for one that is blocked."""
        return int(self.verdict == "block")

    def lines(self) -> Iterator[str]:
        """Yield the verdict, then the rules."""
        from juyong.cli.waf.following import printable  # noqa: PLC0415

        if self.verdict == "block":
            yield printable(f"block with {self.answer}: rule {self.rule}, {self.reason}")
        else:
            yield "pass"
        for each in self.hits:
            steps = ", ".join(each.transformations) or "none"
            yield printable(f"  {each.rule}  {each.msg}")
            yield printable(f"    in {each.variable}: {each.value}")
            yield f"    transformations {steps}; severity {each.severity}; times {each.times}"
        for name, value in self.scores.items():
            yield f"  score {name} = {value}"


@command(
    "waf test",
    answers=("the request passes", "the request is blocked", "could not judge"),
    examples=("juyong waf test request.http",),
)
def judge_file(
    ctx: CommandContext,
    request: Annotated[Path, Doc("File with a request, as HTTP writes one.")],
    *,
    rules: RuleSet = "",
    exclusions: Exclusions = "",
) -> Tested:
    """Judge a request in a file, and say which rules match where and why."""
    from juyong.cli.waf.explaining import judged, message_of  # noqa: PLC0415
    from juyong.cli.waf.sets import chosen, compiled_from  # noqa: PLC0415
    from juyong.waf.logged import text_of  # noqa: PLC0415
    from juyong.waf.record import source_of  # noqa: PLC0415

    source = chosen(ctx.home, rules, exclusions)
    message = message_of(request)
    engine = compiled_from(source).engine
    verdict, report = judged(engine, message)
    return Tested(
        verdict="pass" if verdict is None else "block",
        rule=0 if verdict is None else verdict.rule,
        answer=0 if verdict is None else verdict.status,
        reason="" if verdict is None else verdict.reason,
        scores=dict(report.scores),
        hits=tuple(
            HitShown(
                rule=each.rule,
                msg=each.msg,
                variable=source_of(each.variable),
                value=text_of(each.value),
                transformations=each.transforms,
                severity=each.severity,
                times=each.times,
                tags=each.tags,
            )
            for each in report.hits
            if each.logged
        ),
    )


class ReplayedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is blocked now, or was; rules: Those that match now."""

    request: str
    was_blocked: bool | None
    is_blocked: bool
    rules: tuple[int, ...]


class Replayed(Answer, frozen=True, kw_only=True):
    """The verdicts of today on recorded requests.

    changed: Of a log, requests with another verdict than then; of a HAR file, those blocked now.
    malformed: Requests that the proxy would refuse with 400.
    """

    requests: int
    blocked: int
    malformed: int
    changed: tuple[ReplayedRequest, ...]

    @property
    def status(self) -> int:
        """0 where nothing changed, 1 where something did."""
        return int(bool(self.changed))

    def lines(self) -> Iterator[str]:
        """Yield the figures, then what changed."""
        from juyong.cli.waf.following import printable  # noqa: PLC0415

        yield f"{self.requests} requests, {self.blocked} blocked now, {self.malformed} malformed"
        for each in self.changed:
            now = "blocked" if each.is_blocked else "passes"
            yield printable(f"{now} now: {each.request}  rules {', '.join(map(str, each.rules))}")


@command(
    "waf replay",
    answers=("the verdicts are the same", "some differ", "could not judge"),
    examples=("juyong waf replay yesterday.har",),
)
def replay(
    ctx: CommandContext,
    file: Annotated[Path, Doc("A HAR file, or an access log of the WAF.")],
    *,
    rules: RuleSet = "",
    exclusions: Exclusions = "",
) -> Replayed:
    """Judge recorded requests by the rules of today; nothing is sent.

    A log has no bodies and few headers, so a request that was blocked for one of these passes now.
    """
    from juyong.cli.waf.explaining import judged  # noqa: PLC0415
    from juyong.cli.waf.replaying import recorded_in  # noqa: PLC0415
    from juyong.cli.waf.sets import chosen, compiled_from  # noqa: PLC0415

    source = chosen(ctx.home, rules, exclusions)
    recorded = list(recorded_in(file))
    engine = compiled_from(source).engine
    changed = []
    blocked = malformed = 0
    for each in ctx.progress.track("judging", recorded, len(recorded)):
        if each.message is None:
            malformed += 1
            continue
        verdict, report = judged(engine, each.message)
        blocked += verdict is not None
        if (verdict is not None) != bool(each.blocked):
            changed.append(
                ReplayedRequest(
                    request=each.name,
                    was_blocked=each.blocked,
                    is_blocked=verdict is not None,
                    rules=tuple(hit.rule for hit in report.hits if hit.logged),
                )
            )
    return Replayed(
        requests=len(recorded), blocked=blocked, malformed=malformed, changed=tuple(changed)
    )
