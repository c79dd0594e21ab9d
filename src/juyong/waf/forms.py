"""Forms with files and other long bodies, whose bytes wait on the disk until the verdict.

No byte reaches a backend before the verdict. A form is read while the form arrives, and no worker
holds one in memory: the reader of the engine keeps fields and the first bytes of files, the spool
keeps the rest. Any other body is read once it is whole, one long body at a time.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

import msgspec

from juyong.base.log import log
from juyong.engines.inspect.bodies.multipart import FormReader
from juyong.engines.inspect.verdict import Verdict
from juyong.waf import pages
from juyong.waf.judging import Judge
from juyong.waf.plane import Plane
from juyong.waf.spool import Spool

_PIECE: Final = 262_144
"""Bytes that are read, kept and sent at once."""
_INLINE: Final = 16_384
_SHORT: Final = 131_072
"""Bytes that are judged within a twentieth of a second."""


class Owner(Protocol):
    """The body that waits, of an exchange."""

    @property
    def holder(self) -> str:
        """The client that the bytes count for."""

    def form_waits(self, *, on: bool) -> None:
        """Let the client wait, or take more of the form."""

    def form_judged(self, verdict: Verdict | None) -> None:
        """Go on: the form is judged."""

    def refuse(self, page: pages.Page) -> None:
        """Answer in place of a backend."""


class _Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a thread; judged: Whether the verdict is there. page: A refusal of our own."""

    judged: bool = False
    verdict: Verdict | None = None
    page: pages.Page | None = None


class ArrivingForm:
    """One form on its way, or another body that may be long.

    Args:
        plane: Shared state.
        judge: The inspection that the body is read for.
        reader: The reader that the inspection returned; None for a body that is read whole.
        owner: Is told.
        limit: Bytes that the body may have.

    size: Bytes that came. cut: The body is longer than its limit, and is judged in part.
    busy: Whether a thread reads; the inspection is then not to be touched.
    """

    def __init__(
        self, plane: Plane, judge: Judge, reader: FormReader | None, owner: Owner, *, limit: int
    ) -> None:
        self.size = self._read_whole = 0
        self.cut = self.busy = False
        self.spool = Spool(plane.site.spool, in_memory=_PIECE)
        self._plane, self._judge, self._reader, self._owner = plane, judge, reader, owner
        self._limit, self._holder = limit, owner.holder
        self._waiting: list[bytes] = []
        self._waits = 0
        self._ended = self._judged = self._closed = self._paused = False
        self._in_memory = self._on_disk = 0

    def add(self, data: bytes) -> None:
        """Take bytes of the form."""
        self.size += len(data)
        self._waiting.append(data)
        self._waits += len(data)
        if not self._counted():
            return
        if self.size > self._limit and not self.cut:
            if self._plane.site.oversize == "refuse":
                self._owner.refuse(pages.TOO_LARGE)
                return
            self.cut = True
        if self.cut or self._waits >= _PIECE:
            self._pause()
            if not self.busy:
                self._hand_over()

    def end(self) -> None:
        """Note that the form is whole."""
        self._ended = True
        if not self.busy:
            self._hand_over()

    def rest(self) -> list[bytes]:
        """Return what came behind the part that was judged."""
        parts, self._waiting, self._waits = self._waiting, [], 0
        return parts

    def close(self) -> None:
        """Forget the form."""
        self._closed = True
        self._plane.in_memory.add(self._holder, -self._in_memory)
        self._plane.on_disk.add(self._holder, -self._on_disk)
        self._in_memory = self._on_disk = 0
        self.spool.close()

    def _counted(self) -> bool:
        """Count what is held; SECURITY: the forms of a worker have one bound, here and on disk."""
        plane, on_disk = self._plane, self.spool.on_disk
        in_memory = self.size - on_disk + self._read_whole
        more = in_memory - self._in_memory, on_disk - self._on_disk
        self._in_memory, self._on_disk = in_memory, on_disk
        fits = plane.in_memory.add(self._holder, more[0]), plane.on_disk.add(self._holder, more[1])
        if all(fits):
            return True
        self._owner.refuse(pages.BUSY)
        return False

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._owner.form_waits(on=True)

    def _hand_over(self) -> None:
        """Have a thread read what waits; a short form is read here."""
        last = self._ended or self.cut
        parts, self._waiting, self._waits = self._waiting, [], 0
        self.busy = True
        if last and self.size <= _INLINE:
            self._taken(self._take(parts, last=True), last=True)
            return
        long = last and self._reader is None and self.size > _SHORT
        if long:
            # What the rules see of the body stays until the exchange ends.
            self._read_whole = min(self.size, self._limit)
            if not self._counted():
                return
        work = partial(self._take, parts, last=last)
        self._plane.on_thread(work, partial(self._taken, last=last), long=long)

    def _take(self, parts: Sequence[bytes], *, last: bool) -> _Step:
        """Keep and read; runs on a thread."""
        try:
            for part in parts:
                self.spool.add(part)
            if self._judged:
                return _Step(judged=last)
            if self._reader is None:
                return self._take_whole(last=last)
        except OSError as failure:
            log().error("form not kept", cause=failure.strerror)
            return _Step(page=pages.BUSY)
        return self._take_form(self._reader, parts, last=last)

    def _take_whole(self, *, last: bool) -> _Step:
        """Judge a body once all of it is there, or as much of it as is judged."""
        if not last:
            return _Step()
        self._judged = True
        body = self.spool.read(0, self._limit)
        return _Step(judged=True, verdict=self._judge.request_body(body, cut=self.cut))

    def _take_form(self, reader: FormReader, parts: Sequence[bytes], *, last: bool) -> _Step:
        """Read on in a form, and judge the form at its end."""
        parsed = reader.parsed
        parsed.cut = parsed.cut or self.cut
        failed = self._judge.read_form(reader, parts)
        if failed is not None:
            return _Step(judged=True, verdict=failed)
        if not last and parsed.refusal is None:
            return _Step()
        # A form that is refused is read no further: its rest may be made to cost.
        parsed.cut = parsed.cut or not last
        self._judged = True
        verdict = self._judge.request_form(reader)
        return _Step(judged=last or verdict is not None, verdict=verdict)

    def _taken(self, step: _Step, *, last: bool) -> None:
        """Go on as the thread found."""
        self.busy = False
        if self._closed or not self._counted():
            return
        if step.page is not None:
            self._owner.refuse(step.page)
        elif step.judged:
            self._owner.form_judged(step.verdict)
        elif not last and (self._ended or self.cut or self._waits >= _PIECE):
            self._hand_over()
        elif self._paused:
            self._paused = False
            self._owner.form_waits(on=False)


class Pump:
    """Writes what a spool keeps, as fast as a backend takes bytes.

    Args:
        plane: Shared state.
        spool: Kept until the end.
        write: Takes a piece.
        done: Told at the end; whole: False where the disk failed.
    """

    def __init__(
        self,
        plane: Plane,
        spool: Spool,
        *,
        write: Callable[[bytes], None],
        done: Callable[[bool], None],
    ) -> None:
        self._plane, self._spool, self._write, self._done = plane, spool, write, done
        self._at = 0
        self._takes, self._reading, self._ended = True, False, False

    def go_on(self) -> None:
        """Read the next piece, and write it."""
        if self._takes and not self._reading and not self._ended:
            self._reading = True
            self._plane.on_thread(self._read, self._came)

    def takes(self, *, more: bool) -> None:
        """Note whether the backend takes bytes as fast as they are written."""
        self._takes = more
        self.go_on()

    def stop(self) -> None:
        """Write no more."""
        self._ended = True

    def _read(self) -> bytes | None:
        try:
            return self._spool.read(self._at, _PIECE)
        except OSError as failure:
            log().error("form not read back", cause=failure.strerror)
            return None

    def _came(self, data: bytes | None) -> None:
        self._reading = False
        if self._ended:
            return
        if not data:
            self._ended = True
            self._done(data is not None)
            return
        self._at += len(data)
        self._write(data)
        self.go_on()
