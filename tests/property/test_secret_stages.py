"""The stage machine against its model, and the laws that hold whatever is called."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model.secret_stages import Refused, Secret

from juyong.api.errors import ApiError
from juyong.services.kms.secrets.stages import CURRENT, PREVIOUS, Board, Limits, move, put

VERSIONS = st.sampled_from([f"v{n}" for n in range(7)])
STAGES = st.sampled_from([CURRENT, PREVIOUS, "A", "B", "C"])
PUTS = st.tuples(
    st.just("put"),
    VERSIONS,
    st.lists(STAGES.filter(lambda s: s != PREVIOUS), max_size=3, unique=True),
)
MOVES = st.tuples(st.just("move"), STAGES, st.none() | VERSIONS, st.none() | VERSIONS)
CALLS = st.lists(PUTS | MOVES, max_size=30)
LIMITS = st.builds(Limits, versions=st.integers(1, 6), stages=st.integers(1, 5))


def apply(board: Board, call: tuple[Any, ...], limits: Limits) -> tuple[Board, str]:
    try:
        match call:
            case ("put", version, stages):
                return put(board, version, tuple(stages), limits), ""
            case ("move", stage, to, off):
                return move(board, stage, to=to, off=off, limits=limits), ""
    except ApiError as error:
        return board, error.code
    raise AssertionError(call)


def apply_to_model(secret: Secret, call: tuple[Any, ...]) -> tuple[Secret, str]:
    changed = secret.copy()
    try:
        match call:
            case ("put", version, stages):
                changed.put(version, list(stages))
            case ("move", stage, to, off):
                changed.move(stage, to, off)
    except Refused as refused:
        return secret, refused.why
    return changed, ""


def shown(secret: Secret) -> dict[str, list[str]]:
    return {v.name: sorted(v.labels) for v in secret.versions}


@given(CALLS, LIMITS)
@settings(max_examples=500, deadline=None)
def test_every_call_does_what_the_model_does(calls: list[Any], limits: Limits) -> None:
    board = Board(("v0",), {CURRENT: "v0"})
    secret = Secret(limits.versions, limits.stages)
    secret.put("v0", [CURRENT])
    for call in calls:
        board, answer = apply(board, call, limits)
        secret, expected = apply_to_model(secret, call)
        assert answer == expected, call
        assert {v: board.stages_of(v) for v in board.versions} == shown(secret)


@given(CALLS, LIMITS)
@settings(max_examples=300, deadline=None)
def test_there_is_always_a_current_version_and_stages_sit_on_versions(
    calls: list[Any], limits: Limits
) -> None:
    board = Board(("v0",), {CURRENT: "v0"})
    for call in calls:
        board, _ = apply(board, call, limits)
        assert board.stages[CURRENT] in board.versions
        assert set(board.stages.values()) <= set(board.versions)
        assert len(board.versions) <= limits.versions
        assert len(board.stages) <= max(limits.stages, 1)
        assert len(set(board.versions)) == len(board.versions)


@given(CALLS, VERSIONS)
@settings(max_examples=200, deadline=None)
def test_a_new_current_version_leaves_the_old_one_as_previous(
    calls: list[Any], version: str
) -> None:
    limits = Limits()
    board = Board(("v0",), {CURRENT: "v0"})
    for call in calls:
        board, _ = apply(board, call, limits)
    after = put(board, version, (CURRENT,), limits)
    assert after.stages[CURRENT] == version
    if board.stages[CURRENT] != version:
        assert after.stages[PREVIOUS] == board.stages[CURRENT]
    assert put(after, version, (CURRENT,), limits) == after
