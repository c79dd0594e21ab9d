"""An inspection whose failures are verdicts: a request that the engine fails on does not pass."""

from collections.abc import Sequence

from juyong.base.log import log
from juyong.engines.inspect.bodies.multipart import FormReader
from juyong.engines.inspect.http import Request, Response
from juyong.engines.inspect.rules import Phase
from juyong.engines.inspect.verdict import Engine, Inspection, Report, Verdict
from juyong.waf.bodies import answer_is_read
from juyong.waf.http1.reading import AnyResponse

ENGINE_FAILED = 500


class Judge:
    """One request under the rules.

    Args:
        engine: The compiled rules.
        request: The head of the request.
        fail_open: The operator's choice to let pass what the engine fails on.

    reason: Why the engine failed, by the name of the exception; empty while it works.
    """

    __slots__ = ("_engine", "_fail_open", "_failure", "_inspection", "_request", "reason")

    def __init__(self, engine: Engine, request: Request, *, fail_open: bool) -> None:
        self._engine, self._request, self._fail_open = engine, request, fail_open
        self._inspection: Inspection | None = None
        self._failure: Verdict | None = None
        self.reason = ""

    def request_head(self) -> Verdict | None:
        """Begin, and judge the head of the request."""
        try:
            self._inspection = self._engine.inspect(self._request)
            return self._inspection.request_head()
        except Exception as failure:  # noqa: BLE001  # the engine's or a rule's; see `_failed`
            return self._failed(failure, Phase.REQUEST_HEAD)

    @property
    def reads_request_body(self) -> bool:
        """Whether the rules want the body."""
        return self._inspection is not None and self._inspection.reads_request_body

    @property
    def reads_response_body(self) -> bool:
        """Whether the rules want the body of the response."""
        return self._inspection is not None and self._inspection.reads_response_body

    def request_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        """Judge the body of the request; may run on a thread."""
        if self._inspection is None:
            return self._failure
        try:
            return self._inspection.request_body(body, cut=cut)
        except Exception as failure:  # noqa: BLE001
            return self._failed(failure, Phase.REQUEST_BODY)

    def form_reader(self) -> FormReader | None:
        """Return a reader of a form with files; None where the whole body is needed."""
        if self._inspection is None:
            return None
        try:
            return self._inspection.form_reader()
        except Exception as failure:  # noqa: BLE001
            self._failed(failure, Phase.REQUEST_BODY)
            return None

    def read_form(self, reader: FormReader, parts: Sequence[bytes]) -> Verdict | None:
        """Have a reader take parts of a form; may run on a thread."""
        if self._inspection is None:
            return self._failure
        try:
            for part in parts:
                reader.add(part)
        except Exception as failure:  # noqa: BLE001
            return self._failed(failure, Phase.REQUEST_BODY)
        return None

    def request_form(self, reader: FormReader) -> Verdict | None:
        """Judge a form that was read; may run on a thread."""
        if self._inspection is None:
            return self._failure
        try:
            return self._inspection.request_form(reader.end())
        except Exception as failure:  # noqa: BLE001
            return self._failed(failure, Phase.REQUEST_BODY)

    def response_head(self, response: Response) -> Verdict | None:
        """Judge the head of the response."""
        if self._inspection is None:
            return None
        try:
            return self._inspection.response_head(response)
        except Exception as failure:  # noqa: BLE001
            return self._failed(failure, Phase.RESPONSE_HEAD)

    def response_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        """Judge the body of the response; may run on a thread."""
        if self._inspection is None:
            return None
        try:
            return self._inspection.response_body(body, cut=cut)
        except Exception as failure:  # noqa: BLE001
            return self._failed(failure, Phase.RESPONSE_BODY)

    def whole_response(self, head: AnyResponse, body: bytes) -> Verdict | None:
        """Judge a response that came in one piece, with its body where the rules want the body."""
        told = Response(status=head.status, version=head.version, headers=head.headers)
        verdict = self.response_head(told)
        if verdict is None and body and self.reads_response_body and answer_is_read(head):
            verdict = self.response_body(body)
        return verdict

    def end(self) -> Report | None:
        """End, and return what was found; None where there is nothing to tell."""
        if self._inspection is None:
            return None
        try:
            return self._inspection.told()
        except Exception as failure:  # noqa: BLE001
            self._failed(failure, Phase.LOGGING)
            return None

    def _failed(self, failure: Exception, phase: Phase) -> Verdict | None:
        """Say once that the engine failed, without the values of the request.

        SECURITY: the texts of exceptions may quote a request, so only their type is told.
        """
        self._inspection = None
        self.reason = type(failure).__name__
        log().error(
            "engine failed", cause=self.reason, phase=int(phase), event_id=self._request.unique
        )
        if self._fail_open:
            return None
        self._failure = Verdict(
            rule=0, phase=phase, status=ENGINE_FAILED, reason="the engine failed"
        )
        return self._failure
