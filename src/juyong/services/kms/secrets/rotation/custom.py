"""Rotate a generic secret by a function of its owner's.

The function is called once for each step and does it with the ordinary operations, so that a
function written for the customer's own workflow fits: create (GetRandomPassword and PutSecretValue
of the version named, under a private stage), set (change the backend), test, finish
(UpdateSecretVersionStage to ACSCurrent). Steps may be repeated after a failure; `Attempt` counts.

Source: KMS documentation, rotating generic secrets by Function Compute (documented: the five
calls); the event and its steps (juyong's own, since the real service calls no function).
"""

from collections.abc import Callable
from dataclasses import dataclass

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.shape import Shape, to_wire
from juyong.services.fc import facade as fc
from juyong.services.kms.secrets.config import CustomConfig
from juyong.services.kms.secrets.rotation.outcome import RotationFailed
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.stages import CURRENT
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.secrets.versions import board_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A function to be run: its time limit, and the work that runs it outside of transactions."""

    seconds: int
    go: Callable[[], None]


Plan = Callable[[Context, str, bytes], Run]
"""Reads what running a function, by its ARN and with an event, needs; raises RotationFailed."""


def deployed(ctx: Context, arn: str, event: bytes) -> Run:
    """Read what running a function of the fc service needs; raises RotationFailed."""
    try:
        plan = fc.plan_invocation(
            ctx.tx,
            ctx.platform,
            fc.function_key(arn),
            event=(event,),
            request_id=ctx.request_id,
            now=ctx.now,
        )
    except (ApiError, fc.BadFunctionName) as refusal:
        raise RotationFailed(reason=f"the function cannot be run: {refusal}") from refusal

    def run() -> None:
        try:
            fc.invoke(plan)
        except (ApiError, fc.FunctionFailed) as failure:
            # SECURITY: the report of a function may hold a secret; it stays in the function's own
            # log.
            why = type(failure).__name__
            raise RotationFailed(reason=f"the function failed: {why}") from failure

    return Run(seconds=plan.row.timeout, go=run)


STEPS = ("create", "set", "test", "finish")


class Event(Shape, frozen=True, kw_only=True):
    """The event that a function gets."""

    step: str
    secret_name: str
    secret_arn: str
    version_id: str
    request_id: str
    attempt: int


def plan_step(
    ctx: Context, functions: Plan, row: SecretRow, rotation: RotationRow, config: CustomConfig
) -> Run:
    """Return the work of a step, to be done outside of transactions."""
    attempt = rotation.attempt + 1
    event = Event.of(rotation, secret_name=row.name, secret_arn=row.arn, attempt=attempt)
    return functions(ctx, config.rotation_function, to_wire(event))


def next_step(ctx: Context, row: SecretRow, rotation: RotationRow) -> str | None:
    """Return the step after one that was done, None after the last; raises RotationFailed."""
    board = board_of(ctx, row)
    if rotation.version_id not in board.versions:
        raise RotationFailed(reason=f"the function made no version `{rotation.version_id}`")
    after = STEPS.index(rotation.step) + 1
    if after < len(STEPS):
        return STEPS[after]
    if board.stages.get(CURRENT) != rotation.version_id:
        raise RotationFailed(reason="the function did not make the new version current")
    return None
