"""Whatever calls come in whatever order and pages, insights are those of the slow model."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model.insight import Call, InsightModel

from juyong.engines import insight
from juyong.engines.insight import Kind, Seen, Series, Watch

HOUR = insight.HOUR_SECONDS
START = 480_000 * HOUR + 1_800
SINCE = {Kind.RATE: START, Kind.ERRORS: START + 40 * HOUR, Kind.ADDRESS: START, Kind.KEY: START}


def calls_of(seed: int) -> list[Call]:
    """Return two weeks of a small account: steady, silent, in bursts, and late now and then."""
    chance = random.Random(seed)  # noqa: S311  # repeats
    made: list[Call] = []
    for hour in range(chance.choice([60, 200, 380])):
        busy = chance.choice([0] * 9 + [1, 1, 2, 3, chance.choice([0, 45, 120])])
        errors = chance.choice([[""], ["", "", "NoPermission"], ["NoPermission"]])
        address = chance.choice(["a", "b", f"new-{hour // 5}"])
        for _ in range(busy):
            late = chance.choice([0] * 12 + [-1, -2, -3, -5])
            made.append(
                Call(
                    event_id=f"e{len(made)}",
                    at=START + (hour + late) * HOUR + chance.randrange(HOUR),
                    service="Ram",
                    name=chance.choice(["Get", "List"]),
                    error=chance.choice(errors),
                    address=address,
                    key=chance.choice(["", "LTAI1", "LTAI1", f"LTAI-{address}", "STS.x"]),
                )
            )
    return made


class Stored:
    """What the store keeps between pages."""

    def __init__(self) -> None:
        self.series: dict[tuple[Kind, str], Series] = {}

    def watch(self) -> Watch:
        special = (insight.OTHERS, insight.NEWCOMERS)
        sizes = {
            kind: sum(k is kind and name not in special for k, name in self.series) for kind in Kind
        }
        return Watch(SINCE, lambda kind, name: self.series.get((kind, name)), sizes)


def found_in_pages(calls: list[Call], page: int) -> list[tuple[str, str, str, int]]:
    stored, found = Stored(), []
    for begin in range(0, len(calls), page):
        watch = stored.watch()
        for call in calls[begin : begin + page]:
            found += [
                (each.kind.value, each.object, each.event.event_id, each.count)
                for each in watch.take(Seen(**vars(call)))
            ]
        stored.series |= watch.changed
    return found


@settings(max_examples=50)
@given(
    seed=st.integers(0, 10**6), page=st.sampled_from([1, 7, 200]), most=st.sampled_from([3, 500])
)
def test_insights_are_those_of_the_model(seed: int, page: int, most: int) -> None:
    calls = calls_of(seed)
    model = InsightModel({kind.value: at for kind, at in SINCE.items()}, most)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(insight.watch, "MOST_OBJECTS", most)
        found = found_in_pages(calls, page)
    assert found == [each for call in calls for each in model.take(call)]


def test_the_random_calls_make_insights_of_every_kind() -> None:
    found = {each[0] for seed in range(16) for each in found_in_pages(calls_of(seed), 50)}
    assert found == {kind.value for kind in Kind}


@given(seed=st.integers(0, 10**6))
def test_more_calls_in_an_hour_never_make_the_hour_usual(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeats
    counts = tuple((hour, chance.randrange(1, 90)) for hour in range(chance.randrange(168)))
    before = Series(counts=counts, first_hour=0).baseline(168, 0)
    judged = [insight.series.is_unusual(count, before) for count in range(0, 2000, 7)]
    assert judged == sorted(judged)
