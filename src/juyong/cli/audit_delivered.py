"""The verification of what trails delivered to a bucket, as a command shows it."""

from collections.abc import Iterator

import msgspec

from juyong.api.command import Answer, CommandContext

CANNOT_TELL = 2


class DeliveryProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One object that does not hold: `changed`, `removed`, `added`, `damaged` or `unreadable`."""

    how: str
    name: str
    text: str


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which leaf all is accounted for in the digests of a trail; `delivered_at` is UTC."""

    log: str
    trail: str
    before_leaf: int
    delivered_at: str


class DeliveryVerified(Answer, frozen=True, kw_only=True):
    """The outcome of a verification of what trails delivered.

    `sound` is null where there is no digest. `leaves` counts the leaves that the digests account
    for, and `events` those that are in files. `gaps` counts the times that a trail was off.
    """

    sound: bool | None
    digests: int
    files: int
    leaves: int
    events: int
    gaps: int
    reached: tuple[Reached, ...]
    problems: tuple[DeliveryProblem, ...]
    believed: tuple[str, ...]

    @property
    def status(self) -> int:
        """0 for sound, 1 for not, 2 for neither."""
        return CANNOT_TELL if self.sound is None else int(not self.sound)

    def lines(self) -> Iterator[str]:
        """Yield the verdict first."""
        if self.problems:
            yield f"NOT SOUND: {len(self.problems)} objects do not hold"
            for each in self.problems:
                yield f"{each.how}: {each.name}: {each.text}"
        elif self.sound:
            yield f"sound: {self.events} events in {self.files} files, {self.digests} digests"
        else:
            yield "cannot tell: there is no digest"
        for end in self.reached:
            yield (
                f"{end.trail}: accounted for up to leaf {end.before_leaf} of {end.log}, "
                f"delivered at {end.delivered_at}"
            )
        if self.gaps:
            yield f"the trail was off {self.gaps} times between"
        for text in self.believed:
            yield f"believed: {text}"


def verify_delivered(
    ctx: CommandContext, bucket: str, key: str | None, endpoint: str | None
) -> DeliveryVerified:
    from juyong.app.delivered import verify_bucket  # noqa: PLC0415

    found, believed = verify_bucket(ctx.home, bucket, key=key, endpoint=endpoint)
    sound: bool | None = not found.problems
    return DeliveryVerified(
        sound=sound if found.digests or found.problems else None,
        digests=found.digests,
        files=found.files,
        leaves=found.leaves,
        events=found.events,
        gaps=found.gaps,
        reached=tuple(
            Reached(log=log, trail=trail, before_leaf=end, delivered_at=at)
            for (log, trail), (end, at) in sorted(found.up_to.items())
        ),
        problems=tuple(
            DeliveryProblem(how=each.how, name=each.name, text=each.text) for each in found.problems
        ),
        believed=believed,
    )
