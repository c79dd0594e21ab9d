"""The way to a store: tried three times, and left alone for a while where nothing answers."""

import pytest

from juyong.blobs.bucket.line import Line
from juyong.blobs.bucket.port import Busy, NoAnswer, Refusal


class Scene:
    """A store that fails as a script says, a clock, and the pauses that were made."""

    def __init__(self, *script: Exception) -> None:
        self.script, self.now, self.calls = list(script), 0.0, 0
        self.pauses: list[float] = []
        self.line = Line(clock=lambda: self.now, pause=self.pauses.append)

    def work(self, given: str) -> str:
        self.calls += 1
        if self.script:
            raise self.script.pop(0)
        return given


@pytest.mark.parametrize("failure", [Busy, NoAnswer])
def test_a_call_that_fails_is_made_again_after_a_longer_pause_each_time(
    failure: type[Exception],
) -> None:
    scene = Scene(failure("once"), failure("twice"))
    assert scene.line.ask(scene.work, "found") == "found"
    assert scene.line.answered
    first, second = scene.pauses
    assert 0.15 <= first <= 0.2
    assert 0.3 <= second <= 0.4


@pytest.mark.parametrize("failure", [Refusal, FileNotFoundError])
def test_what_would_be_refused_again_is_not_tried_again(failure: type[Exception]) -> None:
    scene = Scene(failure("no"))
    with pytest.raises(failure):
        scene.line.ask(scene.work, "")
    assert (scene.calls, scene.pauses, scene.line.answered) == (1, [], True)
    assert scene.line.ask(scene.work, "next") == "next"


def test_a_store_that_is_away_is_asked_once_in_a_while() -> None:
    scene = Scene(*[NoAnswer("away")] * 6)
    with pytest.raises(NoAnswer, match=r"^away$"):
        scene.line.ask(scene.work, "")
    assert not scene.line.answered
    scene.now = 2.9
    with pytest.raises(NoAnswer, match="a moment ago"):
        scene.line.ask(scene.work, "")
    assert scene.calls == 3
    scene.now = 3.0
    with pytest.raises(NoAnswer, match=r"^away$"):
        scene.line.ask(scene.work, "")
    scene.now = 6.0
    assert scene.line.ask(scene.work, "back") == "back"
    assert scene.line.answered


def test_a_store_that_is_busy_is_not_left_alone() -> None:
    scene = Scene(*[Busy("later")] * 3)
    with pytest.raises(Busy):
        scene.line.ask(scene.work, "")
    assert scene.line.ask(scene.work, "now") == "now"
