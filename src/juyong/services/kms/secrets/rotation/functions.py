"""The functions that rotate secrets, as the fc service runs them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.services.fc.facade import (
    BadFunctionName,
    FunctionFailed,
    function_key,
    invoke,
    plan_invocation,
)
from juyong.services.kms.secrets.rotation.outcome import RotationFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A function to be run: for how long it may, and what runs it, outside of transactions."""

    seconds: int
    go: Callable[[], None]


class Functions(Protocol):
    """What rotation needs."""

    def plan(self, ctx: Context, arn: str, event: bytes) -> Run:
        """Read what running a function needs.

        Raises:
            RotationFailed: there is no such function, or its role is gone; running it raises the
                same when the function fails.
        """
        ...


class Deployed:
    """The functions of the fc service."""

    def plan(self, ctx: Context, arn: str, event: bytes) -> Run:
        """Read what running a function needs."""
        try:
            plan = plan_invocation(
                ctx.tx,
                ctx.platform,
                function_key(arn),
                event=event,
                request_id=ctx.request_id,
                now=ctx.now,
            )
        except (ApiError, BadFunctionName) as refusal:
            raise RotationFailed(reason=f"the function cannot be run: {refusal}") from refusal

        def run() -> None:
            try:
                invoke(plan)
            except (ApiError, FunctionFailed) as failure:
                # SECURITY: what a function reports may hold a secret; it stays in its own log.
                why = type(failure).__name__
                raise RotationFailed(reason=f"the function failed: {why}") from failure

        return Run(seconds=plan.row.timeout, go=run)


DEPLOYED: Functions = Deployed()
