"""Requests read by the native core for the gates that it holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from juyong.engines.inspect.gates import Row, Traffic
from juyong.engines.inspect.http import Request
from juyong.engines.inspect.rules import Phase

if TYPE_CHECKING:
    import juyong_waf_core


class NativeReader:
    """Reads requests in the core; may be shared by threads."""

    def __init__(
        self,
        reader: "juyong_waf_core.Reader",
        judges: Mapping[int, Callable[[bytes], bool]],
    ) -> None:
        """Keep both.

        Args:
            reader: Of the core.
            judges: By gate, what decides where the core matches too much.
        """
        self._reader = reader
        self._judges = judges

    def read(self, request: Request, processor: str) -> Traffic:
        """Return the variables of a request's head."""
        return self._reader.read(
            request.method,
            request.target,
            request.version,
            request.headers,
            request.client.address,
            request.unique,
            processor,
        )

    def inspect(
        self, traffic: Traffic, phase: Phase
    ) -> tuple[int, bytes, Sequence[tuple[int, list[Row]]]]:
        """Judge a phase; see `gates.Reader`."""
        work, answers, found = cast("juyong_waf_core.Traffic", traffic).inspect(phase)
        return work, answers, self._judged(found) if self._judges else found

    def _judged(self, found: Sequence[tuple[int, list[Row]]]) -> list[tuple[int, list[Row]]]:
        """Return the matches that hold where an operator in Python decides."""
        kept: list[tuple[int, list[Row]]] = []
        for gate, rows in found:
            judge = self._judges.get(gate)
            held = rows if judge is None else [row for row in rows if judge(row[3])]
            if held:
                kept.append((gate, held))
        return kept
