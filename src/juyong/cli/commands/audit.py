"""The audit record: verify it, prove an event, hand it out, be a witness of other logs."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from juyong.api.command import Answer, BadInput, CommandContext, Option, command
from juyong.api.doc import Doc

if TYPE_CHECKING:
    from juyong.audit.ledger.report import Period, Trouble
    from juyong.engines.ledger import Expiry

PublicKey = Annotated[
    str | None,
    Option("--key"),
    Doc("Verifier key of the log, or a file with it; without it the home's is believed."),
]
Event = Annotated[str, Doc("Id of the event: the request id of the call.")]
CANNOT_TELL = 2


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


class EventProven(Answer, frozen=True, kw_only=True):
    """The files that prove an event, and what to check them with.

    `event` is null where the event expired: whoever kept the record can compare it with the proof.
    """

    proof: str
    event: str | None
    index: int
    leaves: int
    key: str

    def lines(self) -> Iterator[str]:
        """Yield a line for each file."""
        yield f"{self.proof}: event {self.index} of {self.leaves} is in the log"
        if self.event is None:
            yield "the event expired: what was recorded is known by its SHA-256, in the proof"
        else:
            yield f"{self.event}: what was recorded; its SHA-256 is in the proof"
        yield f"to be checked with the key {self.key}"


class LogExported(Answer, frozen=True, kw_only=True):
    """The folder that holds the log in the layout of C2SP tlog-tiles."""

    folder: str
    files: int

    def lines(self) -> list[str]:
        """Return one line."""
        return [f"{self.folder}: {self.files} files"]


class VerifierKey(Answer, frozen=True, kw_only=True):
    """The verifier key of a log or a witness, `name+hash+base64`, which is no secret."""

    key: str

    def lines(self) -> list[str]:
        """Return the key."""
        return [self.key]


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
        return _delivered(ctx, bucket, key, endpoint)
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


@command(
    "audit prove",
    examples=("juyong audit prove 0A4B5F23-6B1C-5D0E-9A57-8C2D71E0F3B4 --out monday.tlog-proof",),
)
def prove(
    ctx: CommandContext,
    event_id: Event,
    *,
    account: Annotated[str | None, Doc("Account of the event, where several have it.")] = None,
    out: Annotated[
        Path | None,
        Option(takes="FILE"),
        Doc("File of the proof; one more, ending in `.event`, gets the record."),
    ] = None,
    key: PublicKey = None,
) -> EventProven:
    """Write the proof that an event is in the log, for somebody who has the log's key.

    A second file holds what was recorded, unless the event expired. Both are readable by their
    owner only.
    """
    from juyong.app.audit import prove_event  # noqa: PLC0415
    from juyong.base.private_file import write_private  # noqa: PLC0415

    proof = prove_event(ctx.home, event_id, account, key)
    file = out or Path(f"{event_id}.tlog-proof")
    event = file.with_name(f"{file.name}.event")
    write_private(file.absolute(), proof.bundle)
    if proof.material is not None:
        write_private(event.absolute(), proof.material)
    return EventProven(
        proof=str(file),
        event=None if proof.material is None else str(event),
        index=proof.index,
        leaves=proof.size,
        key=proof.key.text,
    )


@command("audit export", examples=("juyong audit export --out log",))
def export(
    ctx: CommandContext,
    *,
    out: Annotated[Path, Option(takes="DIR"), Doc("Folder to make.")],
    key: PublicKey = None,
) -> LogExported:
    """Write the log as others read it: tiles, entry bundles, the checkpoint.

    It holds ids, times and digests of events, and nothing else of them.
    """
    from juyong.app.audit import export_log  # noqa: PLC0415

    return LogExported(folder=str(out), files=export_log(ctx.home, out, key))


@command("audit key")
def key_of_log(ctx: CommandContext) -> VerifierKey:
    """Print the key that verifies the log's checkpoints, to be kept where others can trust it."""
    from juyong.app.audit import key_of_home  # noqa: PLC0415

    return VerifierKey(key=key_of_home(ctx.home))


@command(
    "audit witness", examples=("juyong audit witness --home ~/witness --log-key platform.vkey",)
)
def witness(
    ctx: CommandContext,
    *,
    log_key: Annotated[
        list[str], Doc("Verifier key of a log to cosign, or a file with one a line; repeatable.")
    ],
    listen: Annotated[
        str, Option(takes="HOST:PORT"), Doc("Address to listen on; port 0: any.")
    ] = "127.0.0.1:8490",
) -> None:
    """Cosign the checkpoints of other platforms' logs, in the foreground until interrupted.

    Refuses a checkpoint that does not go on from the one before. Needs a home of its own, where the
    operators of those platforms cannot write. The answer is printed once the witness listens.
    """
    from juyong.app.witness.serving import serve_witness  # noqa: PLC0415

    serve_witness(ctx.home, listen, log_key, ctx.show)


@command("audit witness-key")
def key_of_a_witness(
    ctx: CommandContext,
    *,
    name: Annotated[
        str | None, Doc("Name of a new key, such as `witness.example/w1`; without it one is drawn.")
    ] = None,
) -> VerifierKey:
    """Print the key that verifies a witness's cosignatures; a home without a key gets one."""
    from juyong.app.home import open_home  # noqa: PLC0415
    from juyong.app.witness.keeping import key_of_witness  # noqa: PLC0415

    return VerifierKey(key=key_of_witness(open_home(ctx.home), name).public.text)


def _delivered(
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
