"""Verdicts, hits, and the contract that the model engine and the fast engine both keep."""

from typing import Protocol

import msgspec

from juyong.engines.inspect.bodies.multipart import FormReader
from juyong.engines.inspect.bodies.parsed import Parsed
from juyong.engines.inspect.http import Request, Response
from juyong.engines.inspect.rules import Phase


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that matched, for people and logs.

    variable: As `ARGS:q`, of the last link; value: The value tested, after its transformations, cut
        to 256 bytes. times: How many values matched; each of them scored.
    msg, logdata: Macros filled in.
    """

    rule: int
    phase: Phase
    msg: str
    severity: int | None
    tags: tuple[str, ...]
    variable: str
    value: bytes
    transforms: tuple[str, ...] = ()
    logdata: str = ""
    times: int = 1
    logged: bool = True


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a request or a response that may not pass.

    rule: Its id; 0 where the engine itself refuses, as a body that cannot be parsed.
    status: The answer's, 400 to 599, or 3xx with a location.
    location: The target of a redirect. drop: The connection is closed without an answer.
    reason: In words, for logs and `waf tail`; never for the client.
    """

    rule: int
    phase: Phase
    status: int
    location: bytes = b""
    drop: bool = False
    reason: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that an inspection found.

    verdict: What stopped the request, or would have under DetectionOnly.
    enforced: Whether the verdict is to be carried out.
    scores: The anomaly scores by name, as they stand in TX at the end.
    partial: What was not inspected, and why; empty where all was.
    quiet: Whether there is nothing to tell people: no verdict, no match of a rule that is logged,
        no score but 0, and all was inspected.
    """

    hits: tuple[Hit, ...]
    verdict: Verdict | None = None
    enforced: bool = True
    scores: tuple[tuple[str, int], ...] = ()
    partial: str = ""
    quiet: bool = False


class Inspection(Protocol):
    """One request and its response under the rules; the functions are called in this order.

    Each verdict is final: the caller answers it and calls `end`. None lets the traffic pass on.
    Under DetectionOnly all return None. A call may take long for large bodies: callers with an
    event loop run `request_body` and `response_body` of more than 16 KiB on a thread.
    """

    def request_head(self) -> Verdict | None:
        """Judge phase 1."""

    @property
    def reads_request_body(self) -> bool:
        """Whether the rules want the body; asked after `request_head`. False lets it stream."""

    def request_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        """Judge phase 2; called for every request, with b"" where there is no body or none is read.

        body: As sent, content codings in place. cut: The body was longer, and only this was kept.
        """

    def form_reader(self) -> FormReader | None:
        """Return a reader of a form with files; asked after `request_head`.

        None where the whole body is needed. The reader takes the body as the body arrives, holds
        fields and the first bytes of files, and may refuse early: see `FormReader.parsed`; no
        further byte makes such a form pass. A caller that reads no further sets `parsed.cut`.
        """

    def request_form(self, form: Parsed) -> Verdict | None:
        """Judge phase 2 on what `FormReader.end` returned; called instead of `request_body`."""

    def response_head(self, response: Response) -> Verdict | None:
        """Judge phase 3."""

    @property
    def reads_response_body(self) -> bool:
        """Whether the rules want the response's body; asked after `response_head`."""

    def response_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        """Judge phase 4."""

    def end(self) -> Report:
        """Judge the logging phase, and return all that was found."""

    def told(self) -> Report | None:
        """Likewise; None for a report that is quiet, which need then not be made."""


class Engine(Protocol):
    """A compiled rule set; may be shared by threads, an inspection may not."""

    def inspect(self, request: Request) -> Inspection:
        """Begin with a request."""
