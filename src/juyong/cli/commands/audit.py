"""The audit record: verify it, prove an event, hand it out, be a witness of other logs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from juyong.api.command import Answer, CommandContext, Option, command
from juyong.api.doc import Doc

PublicKey = Annotated[
    str | None,
    Option("--key"),
    Doc("Verifier key of the log, or a file with it; without it the home's is believed."),
]
Event = Annotated[str, Doc("Id of the event: the request id of the call.")]


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
