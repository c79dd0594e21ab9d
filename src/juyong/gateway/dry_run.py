"""Calls that only ask whether they would succeed: everything is checked, nothing is done."""

from juyong.api.denial import AccessDenied
from juyong.api.errors import ApiError, RefusedParameter
from juyong.api.product import DryRun, Spelled, Spelling
from juyong.gateway.stages import Routed


class DryRunPassed(ApiError):
    """The call would have succeeded; each product has its own code."""

    code, status, text = "DryRunOperation", 400, "The request would have succeeded."


def dry_run_of(routed: Routed) -> DryRun | None:
    """Return the product's answer to a dry run; None if the call does not ask for a dry run."""
    dry_run = routed.operation.product.dialect.dry_run
    if dry_run is None:
        return None
    asked = routed.envelope.params.get(dry_run.parameter)
    if asked is None or str(asked).lower() != "true":
        return None
    known = any(field.wire == dry_run.parameter for field in routed.operation.fields)
    return dry_run if known else None


def dry_error(error: ApiError, dry_run: DryRun) -> ApiError:
    """Return the error a dry run answers with."""
    match error:
        case DryRunPassed():
            return Spelled(error, dry_run.passed)
        case RefusedParameter() if dry_run.invalid:
            return Spelled(error, Spelling(dry_run.invalid))
        case AccessDenied() if dry_run.denied:
            return Spelled(error, Spelling(dry_run.denied))
        case _:
            return error
