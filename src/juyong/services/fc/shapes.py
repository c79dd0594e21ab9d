"""A function as version 2023-03-30 shows it."""

import msgspec

from juyong.base.clock import iso
from juyong.base.secret import Secret
from juyong.services.fc.fields import CamelShape
from juyong.services.fc.functions import environment_of
from juyong.services.fc.tables import FunctionRow


class Function(CamelShape, frozen=True, kw_only=True):
    """One function; its variables are masked in events and snapshots."""

    function_name: str
    function_arn: str
    function_id: str
    description: str
    runtime: str
    handler: str
    timeout: int
    memory_size: int
    instance_concurrency: int = 1
    environment_variables: dict[str, Secret]
    role: str
    internet_access: bool
    disable_inject_credentials: str
    code_size: int
    code_checksum: str
    created_time: str
    last_modified_time: str
    state: str = "Active"
    last_update_status: str = "Successful"


class FunctionList(CamelShape, frozen=True, kw_only=True):
    """One page of functions."""

    functions: list[Function]
    next_token: str | msgspec.UnsetType = msgspec.UNSET


def function_arn(row: FunctionRow) -> str:
    """Name a function as policies do."""
    place = f"services/{row.service_name}/" if row.service_name else ""
    return f"acs:fc:{row.region}:{row.account_id}:{place}functions/{row.function_name}"


def function_of(row: FunctionRow) -> Function:
    """Show a function to a caller."""
    return Function(
        function_name=row.function_name,
        function_arn=function_arn(row),
        function_id=row.function_id,
        description=row.description,
        runtime=row.runtime,
        handler=row.handler,
        timeout=row.timeout,
        memory_size=row.memory_size,
        environment_variables=environment_of(row),
        role=row.role,
        internet_access=row.internet_access,
        disable_inject_credentials=row.withhold,
        code_size=row.code_size,
        code_checksum=row.code_checksum,
        created_time=iso(row.created_at),
        last_modified_time=iso(row.modified_at),
    )
