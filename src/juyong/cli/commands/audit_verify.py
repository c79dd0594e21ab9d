"""The audit record: verify it, prove an event, hand it out, be a witness of other logs."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from juyong.api.command import Answer, BadInput, CommandContext, Option, command
from juyong.api.doc import Doc
from juyong.cli.audit_delivered import CANNOT_TELL, DeliveryVerified, verify_delivered
from juyong.cli.commands.audit import PublicKey

if TYPE_CHECKING:
    from juyong.audit.ledger.report import Period, Trouble
    from juyong.engines.ledger import Expiry


class TroubleShown(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that does not hold.

    `index` is the place in the log, from 0, and `event_id` the event; both are null where no single
    event can be named.
    """

    how: str
    index: int | None
    event_id: str | None
    text: str


class ExpiryShown(msgspec.Struct, frozen=True, kw_only=True):
    """The newest statement of the log about events that expired; `stated_at` is UTC."""

    kept_days: int
    before_leaf: int
    stated_at: str


class RecordVerified(Answer, frozen=True, kw_only=True):
    """The outcome of a verification.

    `sound` is null where it cannot be told. `leaves` is the size of the log and `events` how many
    events were compared with their leaves. `known_by_hash` counts events that expired, of which the
    leaves are left; `expiry` is what the log says of them. `unsigned` counts the events that are no
    leaves yet, of which the oldest is of `unsigned_since`, UTC. `follows` says which log was
    before. `believed` lists what was taken from the home; give `--checkpoint` and `--key` from
    elsewhere instead. `covered` is how many leaves a checkpoint from elsewhere covers, null without
    one of this log; `cosigned_by` names the witness that cosigned it, at `cosigned_at`, UTC.
    """

    sound: bool | None
    log: str
    leaves: int
    events: int
    known_by_hash: int
    expiry: ExpiryShown | None
    trouble: TroubleShown | None
    unsigned: int
    unsigned_since: str | None
    follows: str | None
    believed: tuple[str, ...]
    covered: int | None
    cosigned_by: str | None
    cosigned_at: str | None

    @property
    def status(self) -> int:
        """0 for sound, 1 for not, 2 for neither."""
        return CANNOT_TELL if self.sound is None else int(not self.sound)

    def lines(self) -> Iterator[str]:
        """Yield the verdict first."""
        if self.trouble is not None:
            yield f"NOT SOUND: {self.trouble.how}: {self.trouble.text}"
            if self.trouble.event_id is not None:
                yield f"the first event that fails: {self.trouble.event_id}"
        elif self.sound:
            yield f"sound: {self.leaves} leaves of {self.log}, {self.events} events compared"
        elif self.leaves:
            yield "cannot tell: the log of the checkpoint ended, and this one followed it"
        else:
            yield "cannot tell: there is no log yet"
        if self.expiry is not None:
            yield (
                f"known by their hash alone: {self.known_by_hash} events before leaf "
                f"{self.expiry.before_leaf}, kept for {self.expiry.kept_days} days, "
                f"expired by {self.expiry.stated_at}"
            )
        if self.sound and self.covered is not None:
            yield from self._reach(self.covered)
        if self.follows:
            yield f"the log begins so: {self.follows}"
        if self.unsigned:
            yield f"not signed yet: {self.unsigned} events, since {self.unsigned_since}"
        for each in self.believed:
            yield f"believed: {each}"

    def _reach(self, covered: int) -> Iterator[str]:
        """Say which leaves the home alone vouches for."""
        if self.cosigned_by:
            yield f"cosigned: {covered} leaves, by {self.cosigned_by} at {self.cosigned_at}"
        if behind := self.leaves - covered:
            yield f"known from the home alone: the {behind} leaves behind the first {covered}"


@command(
    "audit verify",
    answers=("sound", "not sound", "cannot tell"),
    examples=(
        "juyong audit verify",
        "juyong audit verify --checkpoint monday.checkpoint --key platform.vkey",
        "juyong audit verify --bucket oss://audit-trail-archive/actiontrail --key platform.vkey",
    ),
)
def verify(
    ctx: CommandContext,
    *,
    checkpoint: Annotated[
        Path | None,
        Option(takes="FILE"),
        Doc("File with a checkpoint kept elsewhere; without it the home's newest is believed."),
    ] = None,
    key: PublicKey = None,
    witness_key: Annotated[
        str | None,
        Doc(
            "Verifier key of a witness, or a file with it: the checkpoint, of the file or else of "
            "the home, must be one that the witness cosigned."
        ),
    ] = None,
    since: Annotated[
        str | None,
        Option("--from", takes="TIME"),
        Doc("Compare whole records only from here on, UTC: 2026-01-31 or 2026-01-31T10:00:00Z."),
    ] = None,
    until: Annotated[
        str | None,
        Option("--to", takes="TIME"),
        Doc("Compare whole records only up to here, the day included."),
    ] = None,
    bucket: Annotated[
        str | None,
        Option(takes="PLACE"),
        Doc("Verify what trails delivered instead: a folder, or `oss://BUCKET/PREFIX`."),
    ] = None,
    endpoint: Annotated[
        str | None,
        Option(takes="URL"),
        Doc("URL of the bucket's service; without it the server of the home."),
    ] = None,
) -> RecordVerified | DeliveryVerified:
    """Prove that no event was changed, removed, added or moved since it was recorded.

    Needs no secret key and changes nothing; a server may run or not. Of events outside of `--from`
    and `--to`, id, time and place are compared, and not the rest. Of a bucket nothing but the log's
    key is needed, and the AccessKey of the environment where it is not a folder.
    """
    if bucket is not None:
        if checkpoint or witness_key or since or until:
            raise BadInput("`--bucket` goes with `--key` and `--endpoint` alone")
        return verify_delivered(ctx, bucket, key, endpoint)
    if endpoint is not None:
        raise BadInput("`--endpoint` goes with `--bucket`")
    from juyong.app.audit import verify_home  # noqa: PLC0415
    from juyong.base.clock import iso  # noqa: PLC0415

    done = verify_home(
        ctx.home,
        checkpoint=checkpoint,
        key=key,
        witness=witness_key,
        period=_period(since, until),
    )
    report, first, elsewhere = done.report, done.report.follows, done.elsewhere
    sound: bool | None = report.trouble is None
    if sound and (not report.size or (report.replaced and elsewhere is not None)):
        sound = None
    is_covered = elsewhere is not None and elsewhere.checkpoint.origin == report.origin
    at = None if elsewhere is None else elsewhere.at
    return RecordVerified(
        sound=sound,
        log=report.origin,
        leaves=report.size,
        events=report.compared,
        known_by_hash=report.expired,
        expiry=_expiry(report.statement),
        trouble=_shown(report.trouble),
        unsigned=report.unsigned,
        unsigned_since=None if report.unsigned_since is None else iso(report.unsigned_since),
        follows=None if first is None else f"{first.old_origin}: {first.reason}",
        believed=done.believed,
        covered=elsewhere.checkpoint.size if elsewhere is not None and is_covered else None,
        cosigned_by=None if elsewhere is None else elsewhere.witness,
        cosigned_at=None if at is None else iso(at),
    )


def _shown(trouble: "Trouble | None") -> TroubleShown | None:
    if trouble is None:
        return None
    return TroubleShown(
        how=trouble.how, index=trouble.index, event_id=trouble.event_id, text=trouble.text
    )


def _expiry(said: "Expiry | None") -> ExpiryShown | None:
    from juyong.base.clock import Instant, iso  # noqa: PLC0415

    if said is None:
        return None
    return ExpiryShown(
        kept_days=said.kept_days,
        before_leaf=said.up_to,
        stated_at=iso(Instant(said.time_ms // 1000)),
    )


def _period(since: str | None, until: str | None) -> "Period | None":
    """Read the period.

    Raises:
        BadInput: a time cannot be read.
    """
    from juyong.audit.ledger.report import Period  # noqa: PLC0415

    if since is None and until is None:
        return None
    return Period(
        0 if since is None else _second(since, "00:00:00"),
        1 << 62 if until is None else _second(until, "23:59:59"),
    )


def _second(text: str, of_day: str) -> int:
    from juyong.base.clock import parse_iso  # noqa: PLC0415

    try:
        return parse_iso(text if "T" in text else f"{text}T{of_day}Z")
    except ValueError:
        raise BadInput(f"`{text}`: a time is 2026-01-31 or 2026-01-31T10:00:00Z, UTC") from None
