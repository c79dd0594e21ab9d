"""Services and functions as each version shows them, and as the inventory keeps them."""

from typing import Any

import msgspec

from juyong.base.clock import iso
from juyong.base.secret import Secret
from juyong.services.fc.environment import environment_of
from juyong.services.fc.fields import CamelShape
from juyong.services.fc.tables import FunctionRow, ServiceRow


class FunctionFacts(CamelShape, frozen=True, kw_only=True):
    """The members of a function that hold no secret."""

    function_name: str
    function_id: str
    description: str
    runtime: str
    handler: str
    timeout: int
    memory_size: int
    instance_concurrency: int = 1
    code_size: int
    code_checksum: str
    created_time: str
    last_modified_time: str


class AnyFunction(FunctionFacts, frozen=True, kw_only=True):
    """The members that both versions show; events mask the variables."""

    environment_variables: dict[str, Secret]


class ServiceFunction(AnyFunction, frozen=True, kw_only=True):
    """A function of a service, as version 2021-04-06 shows it."""

    instance_type: str = "e1"


class Function(AnyFunction, frozen=True, kw_only=True):
    """A function as version 2023-03-30 shows it."""

    function_arn: str
    role: str
    internet_access: bool
    disable_inject_credentials: str
    state: str = "Active"
    last_update_status: str = "Successful"


class FunctionState(FunctionFacts, frozen=True, kw_only=True):
    """The inventory's state of a function, whichever version made the function."""

    environment_variable_names: list[str]
    service_name: str
    role: str
    internet_access: bool
    disable_inject_credentials: str


class Service(CamelShape, frozen=True, kw_only=True):
    """One service."""

    service_name: str
    service_id: str
    description: str
    role: str
    internet_access: bool
    created_time: str
    last_modified_time: str


class NextPage(CamelShape, frozen=True, kw_only=True):
    """A page; nextToken is left out of the last one."""

    next_token: str | msgspec.UnsetType = msgspec.UNSET


def service_of(row: ServiceRow) -> Service:
    """Show a service to a caller."""
    return Service(
        service_name=row.service_name,
        service_id=row.service_id,
        description=row.description,
        role=row.role,
        internet_access=row.internet_access,
        created_time=iso(row.created_at),
        last_modified_time=iso(row.modified_at),
    )


def function_of(row: FunctionRow) -> Function:
    """Show a function to a caller of version 2023-03-30."""
    return Function(
        **_common(row),
        **_rights(row),
        environment_variables=environment_of(row),
        function_arn=function_arn(row),
    )


def service_function_of(row: FunctionRow) -> ServiceFunction:
    """Show a function to a caller of version 2021-04-06."""
    return ServiceFunction(**_common(row), environment_variables=environment_of(row))


def state_of(row: FunctionRow) -> FunctionState:
    """Return the inventory's state of a function."""
    return FunctionState(
        **_common(row),
        **_rights(row),
        environment_variable_names=sorted(environment_of(row)),
        service_name=row.service_name,
    )


def function_arn(row: FunctionRow) -> str:
    """Name a function as policies do."""
    return f"acs:fc:{row.region}:{row.account_id}:{row.path}"


def _common(row: FunctionRow) -> dict[str, Any]:
    return {
        "function_name": row.function_name,
        "function_id": row.function_id,
        "description": row.description,
        "runtime": row.runtime,
        "handler": row.handler,
        "timeout": row.timeout,
        "memory_size": row.memory_size,
        "code_size": row.code_size,
        "code_checksum": row.code_checksum,
        "created_time": iso(row.created_at),
        "last_modified_time": iso(row.modified_at),
    }


def _rights(row: FunctionRow) -> dict[str, Any]:
    return {
        "role": row.role,
        "internet_access": row.internet_access,
        "disable_inject_credentials": row.withhold,
    }
