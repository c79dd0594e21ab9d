"""The versions of a secret and the version of each stage: pure rules over a board.

Source: KMS API reference, PutSecretValue and UpdateSecretVersionStage (documented); that a new
current version makes the old one previous only when it is another, and that evicting looks at
stages after they moved (assumed).
Model: tests/model/secret_stages.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from juyong.api.errors import ApiError
from juyong.services.kms.errors import LimitExceeded, NoResource

CURRENT, PREVIOUS = "ACSCurrent", "ACSPrevious"
SYSTEM = (CURRENT, PREVIOUS)


class MismatchedStage(ApiError):
    """The move does not fit the place of the stage."""

    code, status = "Rejected.InvalidRequest", 400
    text = "The request was rejected because its parameters do not match."


@dataclass(frozen=True, slots=True)
class Board:
    """Versions, oldest first, and the version of each stage.

    INVARIANT: every stage sits on a version that is there.
    """

    versions: tuple[str, ...]
    stages: Mapping[str, str]

    def stages_of(self, version_id: str) -> list[str]:
        """Return the stages of a version, sorted."""
        return sorted(stage for stage, at in self.stages.items() if at == version_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a secret may hold."""

    versions: int = 10
    stages: int = 8


def put(board: Board, version_id: str, stages: tuple[str, ...], limits: Limits) -> Board:
    """Add a version under stages, or move stages to an existing one; evict versions over the quota.

    Raises LimitExceeded (too many stages, or every other version has one).
    """
    versions = board.versions
    if version_id not in versions:
        versions = (*versions, version_id)
    board = replace(board, versions=versions)
    for stage in stages:
        board = _placed(board, stage, version_id)
    return _evicted(_limited(board, limits), version_id, limits)


def move(board: Board, stage: str, *, to: str | None, off: str | None, limits: Limits) -> Board:
    """Move a stage to a version, or take a custom one off.

    Raises MismatchedStage (neither is given; off is not where the stage sits, or absent though it
    sits elsewhere; a system stage would be nowhere); NoResource (there is no version `to` or
    `off`); LimitExceeded (too many stages).
    """
    at = board.stages.get(stage)
    if to is None and (off is None or stage in SYSTEM):
        raise MismatchedStage
    for named in (to, off):
        if named is not None and named not in board.versions:
            raise NoResource
    if at not in (off, to) or (off is not None and at != off):
        raise MismatchedStage
    if to is None:
        return replace(board, stages={s: v for s, v in board.stages.items() if s != stage})
    return _limited(_placed(board, stage, to), limits)


def _placed(board: Board, stage: str, version_id: str) -> Board:
    stages = {**board.stages, stage: version_id}
    former = board.stages.get(CURRENT)
    if stage == CURRENT and former is not None and former != version_id:
        stages[PREVIOUS] = former
    return replace(board, stages=stages)


def _limited(board: Board, limits: Limits) -> Board:
    if len(board.stages) > limits.stages:
        raise LimitExceeded
    return board


def _evicted(board: Board, kept: str, limits: Limits) -> Board:
    staged = {*board.stages.values(), kept}
    versions = list(board.versions)
    while len(versions) > limits.versions:
        oldest = next((v for v in versions if v not in staged), None)
        if oldest is None:
            raise LimitExceeded
        versions.remove(oldest)
    return replace(board, versions=tuple(versions))
