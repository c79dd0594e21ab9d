"""An answer that is kept until its body is judged."""

from functools import partial
from typing import Protocol

from juyong.engines.inspect.verdict import Verdict
from juyong.waf.backends.link import Link
from juyong.waf.bodies import INLINE_BYTES
from juyong.waf.http1.reading import AnyResponse
from juyong.waf.judging import Judge
from juyong.waf.plane import Plane


class Keeper(Protocol):
    """The exchange that an answer belongs to."""

    link: Link | None
    over: bool

    def hold(self, size: int) -> None:
        """Count bytes that wait for a verdict."""

    def answer_judged(self, verdict: Verdict | None) -> None:
        """Go on: the answer is judged."""


class KeptAnswer:
    """The head of an answer, and what came of its body.

    Args:
        plane: Shared state.
        keeper: Is told.
        judge: The inspection of the request.
        head: The head of the answer.
        length: The bytes of the body, or CHUNKED or UNTIL_CLOSE.

    judging: Whether the verdict is awaited; the inspection is then not to be touched.
    """

    __slots__ = ("_judge", "_keeper", "_plane", "_size", "head", "judging", "length", "parts")

    def __init__(
        self, plane: Plane, keeper: Keeper, judge: Judge, head: AnyResponse, length: int
    ) -> None:
        self._plane, self._keeper, self._judge = plane, keeper, judge
        self.head, self.length = head, length
        self.parts: list[bytes] = []
        self._size = 0
        self.judging = False

    def add(self, data: bytes) -> None:
        """Keep a part of the body; a body that is longer than rules read is judged so far."""
        self.parts.append(data)
        self._size += len(data)
        self._keeper.hold(len(data))
        if self._size > self._plane.site.limits.response_body and not self._keeper.over:
            self.judge(cut=True)

    def judge(self, *, cut: bool) -> None:
        """Judge what came, unless a verdict is awaited; cut: There is more to come."""
        if self.judging:
            return
        self.judging = True
        body = b"".join(self.parts)[: self._plane.site.limits.response_body]
        if self._keeper.link is not None:
            self._keeper.link.read(on=False)
        work = partial(self._judge.response_body, body, cut=cut)
        if len(body) <= INLINE_BYTES:
            self._judged(work())
        else:
            self._plane.on_thread(work, self._judged)

    def _judged(self, verdict: Verdict | None) -> None:
        self.judging = False
        self._keeper.answer_judged(verdict)
