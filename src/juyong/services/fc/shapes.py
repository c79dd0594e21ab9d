"""Services and functions as each version shows them, and as the inventory keeps them."""

from typing import Annotated

import msgspec

from juyong.api.shape import Of
from juyong.base.clock import iso
from juyong.base.secret import Secret
from juyong.services.fc.fields import CamelShape

CreatedTime = Annotated[str, Of("created_at", iso)]
ModifiedTime = Annotated[str, Of("modified_at", iso)]


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
    created_time: CreatedTime
    last_modified_time: ModifiedTime


class AnyFunction(FunctionFacts, frozen=True, kw_only=True):
    """The members that both versions show; events mask the variables."""

    environment_variables: Annotated[dict[str, Secret], Of("variables")]


class ServiceFunction(AnyFunction, frozen=True, kw_only=True):
    """A function of a service, as version 2021-04-06 shows it."""

    instance_type: str = "e1"


class Function(AnyFunction, frozen=True, kw_only=True):
    """A function as version 2023-03-30 shows it."""

    function_arn: Annotated[str, Of("arn")]
    role: str
    internet_access: bool
    disable_inject_credentials: Annotated[str, Of("withhold")]
    state: str = "Active"
    last_update_status: str = "Successful"


class FunctionState(FunctionFacts, frozen=True, kw_only=True):
    """The inventory's state of a function, whichever version made the function."""

    environment_variable_names: Annotated[list[str], Of("variables", sorted)]
    service_name: str
    role: str
    internet_access: bool
    disable_inject_credentials: Annotated[str, Of("withhold")]


class Service(CamelShape, frozen=True, kw_only=True):
    """One service."""

    service_name: str
    service_id: str
    description: str
    role: str
    internet_access: bool
    created_time: CreatedTime
    last_modified_time: ModifiedTime


class NextPage(CamelShape, frozen=True, kw_only=True):
    """A page; nextToken is left out of the last one."""

    next_token: str | msgspec.UnsetType = msgspec.UNSET
