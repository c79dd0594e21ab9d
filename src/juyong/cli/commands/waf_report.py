"""The WAF: a proxy before a site that blocks attacks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from juyong.api.command import Answer, BadInput, CommandContext, OperatorError, Option, command
from juyong.api.doc import Doc


class Reported(Answer, frozen=True, kw_only=True):
    """A page that was written; outcomes: Requests by outcome."""

    output: str
    requests: int
    outcomes: dict[str, int]
    size_bytes: int

    def lines(self) -> Iterator[str]:
        """Yield the figures and the file."""
        told = ", ".join(f"{count} {name}" for name, count in self.outcomes.items())
        yield f"{self.requests} requests: {told}" if told else "no requests"
        yield f"written: {self.output}"


@command("waf report", examples=("juyong waf report --since 2026-05-01T12:00:00Z",))
def report(
    ctx: CommandContext,
    *,
    output: Annotated[
        str, Option(takes="FILE"), Doc("File to write the page to.")
    ] = "waf-report.html",
    since: Annotated[
        str, Option(takes="TIME"), Doc("Only requests from then on, as 2026-05-01T12:00:00Z.")
    ] = "",
    port: Annotated[int, Doc("Port of the site; 0: the one that was started last.")] = 0,
    file: Annotated[str, Doc("The log, where it is not of a running site.")] = "",
) -> Reported:
    """Write a page about the access log: attacks by class, rule, source, path and time.

    The page is one file without scripts, which loads nothing; values of requests are escaped.
    """
    from juyong.base.private_file import write_private  # noqa: PLC0415
    from juyong.cli.waf.following import log_of  # noqa: PLC0415
    from juyong.cli.waf.moments import moment_of  # noqa: PLC0415
    from juyong.cli.waf.report.figures import figures_of, rows_in, text  # noqa: PLC0415
    from juyong.cli.waf.report.page import page_of  # noqa: PLC0415

    begins = moment_of(since) if since else None
    if since and begins is None:
        raise BadInput("a time is written as 2026-05-01T12:00:00Z")
    log = log_of(ctx.home, port, file)
    rows = ctx.progress.track("reading", rows_in(log))
    if begins is not None:
        rows = (
            row for row in rows if (at := moment_of(text(row, "time"))) is not None and at >= begins
        )
    figures = figures_of(rows)
    page = page_of(figures, log.name).encode()
    try:
        write_private(Path(output), page)
    except OSError as failure:
        raise OperatorError(f"`{output}`: {failure.strerror}") from None
    return Reported(
        output=output,
        requests=figures.outcomes.total(),
        outcomes=dict(sorted(figures.outcomes.items())),
        size_bytes=len(page),
    )
