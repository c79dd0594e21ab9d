"""Services, functions, their code, and asynchronous calls that wait for their run."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table

_variables = msgspec.json.Decoder(dict[str, str])


@table("fc_service", key=("account_id", "region", "service_name"))
class ServiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One service of version 2021-04-06: what its functions have in common.

    role: Empty when its functions act with no role.
    """

    account_id: AccountId
    region: str
    service_name: str
    service_id: str
    description: str
    role: str
    internet_access: bool
    created_at: Instant
    modified_at: Instant
    version: int = 0


@table("fc_function", key=("account_id", "region", "service_name", "function_name"))
class FunctionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One function.

    service_name: Empty for functions of version 2023-03-30. environment: A JSON object. role: Of
    the function itself; functions of a service have the service's. withhold: Where credentials are
    not to be found (`None`, `Env`, `Request`, `All`).
    """

    account_id: AccountId
    region: str
    service_name: str
    function_name: str
    function_id: str
    description: str
    runtime: str
    handler: str
    timeout: int
    memory_size: int
    environment: Secret
    role: str
    internet_access: bool
    withhold: str
    code_size: int
    code_checksum: str
    created_at: Instant
    modified_at: Instant
    version: int = 0

    @property
    def path(self) -> str:
        """The last part of the ARN."""
        place = f"services/{self.service_name}/" if self.service_name else ""
        return f"{place}functions/{self.function_name}"

    @property
    def arn(self) -> str:
        """The name by which policies mean the function."""
        return f"acs:fc:{self.region}:{self.account_id}:{self.path}"

    @property
    def variables(self) -> dict[str, Secret]:
        """The variables of its runs, decoded."""
        plain = _variables.decode(self.environment.reveal())
        return {name: Secret(value) for name, value in plain.items()}


@table("fc_code", key=("account_id", "region", "service_name", "function_name"))
class CodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """The zip package of a function, in a table of its own since only runs read it.

    blob_id: The blob that is the package. package: Of a home that an earlier version made, until
    a job has moved the package to a blob; then and else empty.
    """

    account_id: AccountId
    region: str
    service_name: str
    function_name: str
    blob_id: str
    package: bytes = b""
    version: int = 0


@table("fc_invocation", key=("request_id",), index=(("account_id",),))
class InvocationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One asynchronous call that has not succeeded yet; it goes with its last attempt.

    The queue says when the call is tried, and which worker runs it.

    event: The payload, base64.
    """

    request_id: str
    account_id: AccountId
    region: str
    service_name: str
    function_name: str
    event: Secret
    created_at: Instant
    version: int = 0
