"""Rotate a generic secret by a function of its owner's.

The function is called once for each step and does it with the ordinary operations, so that a
function written for the customer's own workflow fits: create (GetRandomPassword and PutSecretValue
of the version named, under a private stage), set (change the backend), test, finish
(UpdateSecretVersionStage to ACSCurrent). Steps may be repeated after a failure; `Attempt` counts.

Source: KMS documentation, rotating generic secrets by Function Compute (documented: the five
calls); the event and its steps (ours, since the real service calls no function).
"""

import msgspec

from juyong.api.context import Context
from juyong.services.kms.secrets.config import CustomConfig
from juyong.services.kms.secrets.find import arn_of
from juyong.services.kms.secrets.rotation.functions import Functions, Run
from juyong.services.kms.secrets.rotation.outcome import RotationFailed
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.stages import CURRENT
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.secrets.versions import board_of

STEPS = ("create", "set", "test", "finish")


class Event(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What a function is given."""

    step: str
    secret_name: str
    secret_arn: str
    version_id: str
    request_id: str
    attempt: int


def plan_step(
    ctx: Context,
    functions: Functions,
    row: SecretRow,
    rotation: RotationRow,
    config: CustomConfig,
) -> Run:
    """Return what does a step, outside of transactions."""
    event = Event(
        step=rotation.step,
        secret_name=row.name,
        secret_arn=arn_of(row),
        version_id=rotation.version_id,
        request_id=rotation.request_id,
        attempt=rotation.attempt + 1,
    )
    return functions.plan(ctx, config.rotation_function, msgspec.json.encode(event))


def next_step(ctx: Context, row: SecretRow, rotation: RotationRow) -> str | None:
    """Return the step after one that was done, None after the last.

    Raises:
        RotationFailed: the function did not do what its step is for.
    """
    board = board_of(ctx, row)
    if rotation.version_id not in board.versions:
        raise RotationFailed(reason=f"the function made no version `{rotation.version_id}`")
    after = STEPS.index(rotation.step) + 1
    if after < len(STEPS):
        return STEPS[after]
    if board.stages.get(CURRENT) != rotation.version_id:
        raise RotationFailed(reason="the function did not make the new version current")
    return None
