"""A run: its code, its bounds, and its outcome."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from juyong.base.secret import Secret
from juyong.sandbox.package import Code

MEGABYTE = 1024 * 1024


class SandboxUnavailable(Exception):
    """The system cannot isolate code well enough, so nothing was run; the text says why."""


class Busy(Exception):
    """As many jobs run as there is room for, in all or of one owner's; this one did not run."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Temporary credentials that the code is given."""

    access_key_id: str
    access_key_secret: Secret
    security_token: Secret


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one handler.

    owner: The account that asks for the run; no owner has more than half of the room. handler:
    `module.function` in the package. event: In blocks, read once there is room for the run.
    environment: All variables it sees. context: The second argument's fields, without the
    credentials. seconds: Wall clock, from the moment its own code begins. megabytes: Of memory for
    each of its processes. network: Whether it shares the host's network; otherwise it has none but
    a loopback of its own. readable: Further files and directories it sees, read-only, under the
    same names. hook: A directory whose `sitecustomize` is run first.
    """

    owner: str
    package: Code
    handler: str
    event: Iterable[bytes]
    environment: Mapping[str, Secret]
    context: Mapping[str, str | int]
    grant: Grant | None
    seconds: int
    megabytes: int
    network: bool = True
    readable: tuple[str, ...] = ()
    hook: str | None = None
    most_output: int = 6 * MEGABYTE
    most_log: int = 4 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a run; `log` is the tail of its output."""

    log: bytes = field(repr=False)
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(Outcome):
    """The handler returned."""

    output: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Outcome):
    """The handler raised, or was stopped; `report` is a JSON object that says so."""

    report: bytes = field(repr=False)
