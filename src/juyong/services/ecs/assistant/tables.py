"""Commands, their invocations, and what each of their instances answered."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table

_OF_REGION = ("account_id", "region")


@table("ecs_command", key=("command_id",), index=(_OF_REGION,))
class CommandRow(msgspec.Struct, frozen=True, kw_only=True):
    """One command that is kept, to be invoked; content: As that of an invocation."""

    command_id: str
    account_id: AccountId
    region: str
    command_name: str
    command_description: str
    content: Secret
    enable_parameter: bool
    working_dir: str
    timeout_s: int
    created_at: Instant
    version: int = 0


@table("ecs_invocation", key=("invoke_id",), index=(_OF_REGION, ("created_at",)))
class InvocationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a command in some instances.

    content: The script with its placeholders, in Base64. parameters: The values of the placeholders
    as JSON; empty where the script has none, whatever stands in it.
    """

    invoke_id: str
    account_id: AccountId
    region: str
    command_id: str
    command_name: str
    command_description: str
    content: Secret
    parameters: Secret
    working_dir: str
    timeout_s: int
    termination_mode: str
    created_at: Instant
    version: int = 0


@table(
    "ecs_invocation_result",
    key=("invoke_id", "instance_id"),
    index=(_OF_REGION, ("instance_id",), ("status",)),
)
class ResultRow(msgspec.Struct, frozen=True, kw_only=True):
    """One instance of an invocation.

    status: As InvocationStatus of an instance says. output: In Base64; the first 24 KiB of it.
    dropped: Bytes of output after them.
    """

    invoke_id: str
    instance_id: str
    account_id: AccountId
    region: str
    status: str
    exit_code: int | None = None
    output: Secret
    dropped: int = 0
    error_code: str = ""
    created_at: Instant
    started_at: Instant | None = None
    finished_at: Instant | None = None
    stopped_at: Instant | None = None
    version: int = 0
