"""The policy of a project: who may do what with it and with what is in it."""

from typing import Annotated

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Doc, RawBody
from juyong.api.operation import Route, operation
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.projects.errors import BadPolicy
from juyong.services.sls.projects.grammar import checked
from juyong.services.sls.projects.project import ONE_PROJECT, PROJECT
from juyong.services.sls.tables import ProjectRow


@operation(
    SLS,
    "PutProjectPolicy",
    on=ONE_PROJECT,
    raises=(BadPolicy,),
    route=Route(method="POST", path="/project/{project}/policy"),
)
def put_project_policy(
    ctx: Context, row: ProjectRow, *, policy: Annotated[bytes, RawBody(), Doc("The policy.")] = b""
) -> None:
    """Give a project a policy, in place of the one before."""
    PROJECT.change(ctx, row, policy=checked(policy, row.account_id, row.project_name))


@operation(
    SLS,
    "GetProjectPolicy",
    on=ONE_PROJECT,
    route=Route(method="GET", path="/project/{project}/policy"),
    reads_only=True,
)
def get_project_policy(_ctx: Context, row: ProjectRow) -> RawAnswer:
    """Return the policy of a project, byte for byte as it was sent; nothing where there is none.

    Terraform's provider shows `{}` as a change of each plan (observed in 1.240.0).
    """
    return RawAnswer(
        body=row.policy.encode(), content_type="application/json", record=msgspec.UNSET
    )


@operation(
    SLS,
    "DeleteProjectPolicy",
    on=ONE_PROJECT,
    route=Route(method="DELETE", path="/project/{project}/policy"),
)
def delete_project_policy(ctx: Context, row: ProjectRow) -> None:
    """Take the policy off a project; harmless where there is none."""
    PROJECT.change(ctx, row, policy="")
