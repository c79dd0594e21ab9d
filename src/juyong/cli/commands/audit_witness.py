"""The audit record: verify it, prove an event, hand it out, be a witness of other logs."""

from typing import Annotated

from juyong.api.command import CommandContext, Option, command
from juyong.api.doc import Doc
from juyong.cli.commands.audit import VerifierKey


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
