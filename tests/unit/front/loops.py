"""Event loops whose time a test can skip, so that it need not wait for a limit to pass."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any

import uvloop


class SkippingAsyncio(asyncio.SelectorEventLoop):
    """asyncio's loop: it asks itself for the time before it looks at its timers."""

    _skipped = 0.0

    def time(self) -> float:
        return super().time() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let time pass at once; what was to happen meanwhile comes next. On the loop's thread."""
        self._skipped += seconds


class _Timer:
    """A timer of uvloop's that can come due before its time."""

    def __init__(self, when: float, run: Callable[[], object]) -> None:
        self._when, self._run = when, run
        self.real: Any = None
        self.over = False

    def when(self) -> float:
        return self._when

    def cancelled(self) -> bool:
        return self.over

    def cancel(self) -> None:
        self.over = True
        self.real.cancel()

    def fire(self) -> None:
        if not self.over:
            self.cancel()
            self._run()


class SkippingUvloop(uvloop.Loop):
    """uvloop's loop, whose timers libuv keeps: those that were skipped are fired here."""

    def __init__(self) -> None:
        super().__init__()
        self._skipped = 0.0
        self._timers: list[_Timer] = []

    def time(self) -> float:
        return super().time() + self._skipped

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> Any:
        return self.call_later(when - self.time(), callback, *args, context=context)

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> Any:
        run = (lambda: callback(*args)) if context is None else lambda: context.run(callback, *args)
        timer = _Timer(self.time() + delay, run)
        timer.real = super().call_later(max(0.0, delay), timer.fire)
        self._timers = [each for each in self._timers if not each.over]
        self._timers.append(timer)
        return timer

    def skip(self, seconds: float) -> None:
        """As SkippingAsyncio.skip."""
        self._skipped += seconds
        now = self.time()
        for timer in sorted(self._timers, key=_Timer.when):
            if timer.when() <= now:
                self.call_soon(timer.fire)


LOOPS = {"asyncio": SkippingAsyncio, "uvloop": SkippingUvloop}
