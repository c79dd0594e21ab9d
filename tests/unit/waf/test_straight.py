"""A request that goes straight through leaves what the exchange leaves in its place."""

from collections import Counter
from pathlib import Path

import pytest
from tests.inspect_native import needs_core
from tests.unit.waf.straight_cases import fate_of

from juyong.waf.straight import Straight

CASES = 400


@needs_core
def test_both_ways_leave_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[str] = Counter()
    answer, unfold, line = Straight.answer, Straight.unfold, Straight._line

    def answered(self: Straight, data: bytes) -> bool:
        went = answer(self, data)
        seen["straight"] += went
        return went

    def unfolded(self: Straight) -> object:
        seen["unfolded"] += 1
        return unfold(self)

    def lined(self: Straight, *told: object) -> bytes:
        seen["line"] += 1
        return line(self, *told)  # type: ignore[arg-type]

    monkeypatch.setattr(Straight, "answer", answered)
    monkeypatch.setattr(Straight, "unfold", unfolded)
    monkeypatch.setattr(Straight, "_line", lined)
    for seed in range(CASES):
        assert fate_of(seed, tmp_path, may=True) == fate_of(seed, tmp_path, may=False), seed
    assert seen["straight"] > CASES // 2
    assert seen["unfolded"] > CASES // 4
    assert seen["line"] > 0
