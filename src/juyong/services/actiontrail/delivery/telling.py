"""Tell of a delivery why it failed, and what it made."""

from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.engines.ledger import LedgerError
from juyong.services.actiontrail.service_actions import record_own_action
from juyong.services.actiontrail.trails.roles import SERVICE
from juyong.services.sls.facade import PRODUCT as SLS
from juyong.services.sls.facade import PROJECT
from juyong.services.sts.facade import RoleTrustsNot
from juyong.store.errors import StoreError

FAILURES = (ApiError, StoreError, RoleTrustsNot, LedgerError)
"""The errors of a delivery that is tried again."""


def told_of(failure: Exception) -> tuple[str, str]:
    """Return a failure as the owner of a trail may know the failure: a code and a text."""
    if isinstance(failure, ApiError):
        return failure.code, failure.message
    if isinstance(failure, RoleTrustsNot):
        return "NoPermission", f"there is no such role, or the role does not trust {SERVICE}"
    if isinstance(failure, StoreError):
        return "ServiceUnavailable", "the platform could not store the events"
    return "InternalError", "the record of events is damaged"


def record_making(ctx: Context, service: Service) -> None:
    """Record that a delivery made a project or a logstore, if so, in its transaction."""
    if not ctx.journal.noted:
        return
    makes_project = any(ref.resource_type == PROJECT.kind for ref in ctx.journal.noted)
    name = "CreateProject" if makes_project else "CreateLogStore"
    record_own_action(ctx, service, SLS, name)
