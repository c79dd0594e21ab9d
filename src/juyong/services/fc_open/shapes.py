"""A function as version 2021-04-06 shows it."""

import msgspec

from juyong.base.clock import iso
from juyong.base.secret import Secret
from juyong.services.fc.facade import CamelShape, FunctionRow, environment_of


class Function(CamelShape, frozen=True, kw_only=True):
    """One function; its variables are masked in events and snapshots."""

    function_name: str
    function_id: str
    description: str
    runtime: str
    handler: str
    timeout: int
    memory_size: int
    instance_type: str = "e1"
    instance_concurrency: int = 1
    environment_variables: dict[str, Secret]
    code_size: int
    code_checksum: str
    created_time: str
    last_modified_time: str


class FunctionList(CamelShape, frozen=True, kw_only=True):
    """One page of functions."""

    functions: list[Function]
    next_token: str | msgspec.UnsetType = msgspec.UNSET


def function_of(row: FunctionRow) -> Function:
    """Show a function to a caller."""
    return Function(
        function_name=row.function_name,
        function_id=row.function_id,
        description=row.description,
        runtime=row.runtime,
        handler=row.handler,
        timeout=row.timeout,
        memory_size=row.memory_size,
        environment_variables=environment_of(row),
        code_size=row.code_size,
        code_checksum=row.code_checksum,
        created_time=iso(row.created_at),
        last_modified_time=iso(row.modified_at),
    )
