"""Field rules of Function Compute.

Source: CreateFunction and CreateService of both versions (documented). `timeout` ends at 600
seconds and `memorySize` at 3072 MB, the published bounds of the older version.
"""

from functools import partial
from typing import Annotated

from juyong.api.errors import InvalidField
from juyong.api.fields import (
    Between,
    Clearable,
    Doc,
    Header,
    Hidden,
    LongestBody,
    MemberOfBody,
    OneOf,
    Only,
    Pattern,
    Text,
    Wire,
)
from juyong.api.naming import camel_name
from juyong.api.shape import Shape
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob
from juyong.services.fc.errors import BadCode, EntityTooLarge

_MEMORY_STEP = 64
_CURRENT, _OLDER = Only("FC"), Only("FC-Open")


class _Memory(Between, frozen=True):
    def check(self, name: str, value: int) -> None:
        """Refuse a value that is out of bounds or no multiple of 64."""
        Between.check(self, name, value)
        if value % _MEMORY_STEP:
            raise InvalidField(name, "")


RUNTIMES = ("python3", "python3.9", "python3.10", "python3.12")
"""All run on the server's own Python."""

FunctionName = Annotated[str, Pattern(r"[A-Za-z_][A-Za-z0-9_\-]{0,63}"), Doc("Which.")]
ServiceName = Annotated[str, Pattern(r"[A-Za-z_][A-Za-z0-9_\-]{0,127}"), Doc("Of which service.")]
Description = Annotated[str, Text(0, 256), Clearable(), Doc("Free text.")]
Handler = Annotated[
    str,
    Pattern(r"[A-Za-z0-9_/.\-]{1,120}\.[A-Za-z_][A-Za-z0-9_]{0,120}"),
    Doc("`module.function`; the module may stand in a folder."),
]
Runtime = Annotated[
    str, OneOf(RUNTIMES), Doc("A published Python runtime; all run on the server's own Python.")
]
Timeout = Annotated[int, Between(1, 600), Doc("Seconds a run may take.")]
MemorySize = Annotated[int, _Memory(128, 3072), Doc("MB that each process of a run may take.")]
Environment = Annotated[
    dict[str, Secret], Hidden(), Doc("At most 4 KB together; sealed in the store.")
]
Role = Annotated[
    str,
    Pattern(r"acs:ram::[0-9]{1,32}:role/[A-Za-z0-9._@\-]{1,64}"),
    Clearable(),
    Doc("Empty takes the role away."),
]
Withhold = Annotated[
    str,
    OneOf(("None", "Env", "Request", "All")),
    _CURRENT,
    Doc("Where a run does not find the role's credentials."),
]
OneAtATime = Annotated[int, Between(1, 1), Doc("Each run has a process of its own.")]
Latest = Annotated[str, OneOf(("LATEST",)), Doc("There is only LATEST.")]
InstanceType = Annotated[str, OneOf(("e1",)), _OLDER, Doc("There is only `e1`.")]
InternetAccess = Annotated[bool, Doc("False leaves the runs without any network.")]
Limit = Annotated[int, Between(1, 100), Doc("How many at most.")]
Prefix = Annotated[str, Doc("Only names that begin so.")]
StartKey = Annotated[str, _OLDER, Doc("Only names from this one on.")]
MOST_EVENT = 32 * 1024 * 1024
"""Source: Function Compute, limits of both versions (documented)."""
Event = Annotated[
    Blob,
    LongestBody(MOST_EVENT, partial(EntityTooLarge, most=str(MOST_EVENT)), kept=False),
    Doc("The event, any bytes; of an asynchronous call at most 128 KB."),
]
InvocationType = Annotated[
    str,
    Header("X-Fc-Invocation-Type"),
    OneOf(("Sync", "Async")),
    Doc("`Async` answers 202 at once; the call runs later, up to three times more if it fails."),
]
LogType = Annotated[
    str,
    Header("X-Fc-Log-Type"),
    OneOf(("None", "Tail")),
    Doc("`Tail` adds the last 4 KB of the log to the answer."),
]
CodeChecksum = Annotated[
    str,
    Header("X-Fc-Code-Checksum"),
    Pattern(r"[0-9]{1,20}"),
    _OLDER,
    Doc("The CRC-64 that the package must have."),
]


class CamelShape(Shape, frozen=True, kw_only=True, rename=camel_name):
    """A shape whose names begin with a small letter."""


class InputCode(CamelShape, frozen=True, kw_only=True):
    """The place of a function's code: where in OSS the package is, perhaps with its CRC-64."""

    checksum: str | None = None
    oss_bucket_name: str | None = None
    oss_object_name: str | None = None

    @property
    def in_oss(self) -> bool:
        """Whether the package is said to be in OSS."""
        return bool(self.oss_bucket_name or self.oss_object_name)

    @property
    def place(self) -> tuple[str, str]:
        """The bucket and the key of the package in OSS."""
        return self.oss_bucket_name or "", self.oss_object_name or ""


Code = Annotated[
    InputCode,
    Hidden(),
    Doc("A zip package: in Base64 (`zipFile`), or by bucket and name of an object in OSS."),
]
MOST_CODE = 100 * 1024 * 1024
"""Source: CreateFunction and limits of both versions (documented): 100 MB in the call."""
Package = Annotated[
    Blob,
    Wire("code.zipFile"),
    MemberOfBody(),
    LongestBody(MOST_CODE, partial(BadCode, reason=f"its size exceeds {MOST_CODE} bytes")),
    Doc("The package in Base64: at most 100 MB before Base64, in a request of 200 MB."),
]
