"""A product: its wire identity, its operations, and the wording of its errors."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

from juyong.api.errors import ApiError, BadParameter, InvalidField, MissingField
from juyong.api.measures import Measure
from juyong.api.naming import wire_name

if TYPE_CHECKING:
    from juyong.api.operation import Operation


class Style(Enum):
    """How a product's operations are addressed."""

    RPC = "rpc"
    ROA = "roa"
    PROTOBUF = "protobuf"
    REST = "rest"


class Spelling(msgspec.Struct, frozen=True):
    """A product's own code for an error that every product has; None keeps the common one."""

    code: str
    status: int | None = None
    text: str | None = None


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter that asks whether a call would succeed; such a call never does.

    parameter: Its name; asked for by the value `true`. passed: Answered where the call would have
    succeeded. invalid, denied: Codes that then stand for a refused parameter and a denial; empty:
    the usual ones.
    """

    parameter: str
    passed: Spelling
    invalid: str = ""
    denied: str = ""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """The codes and texts of a product for the errors that all of its operations share.

    `{name}` is the parameter, `{why}` the reason's code part (see InvalidField). `denied` is code,
    status and text of a denial; `{resource}` and `{action}` in the text are what was asked for.
    `spellings` are the product's own codes of the platform's errors. `error_root` is the element of
    XML error bodies; `shows_status` adds `HttpStatus` to error bodies. `error_twins` are further
    names under which error bodies repeat a member, for clients that look there.
    """

    missing: tuple[str, str] = ("Missing{name}", "{name} is mandatory for this action.")
    invalid_code: str = "InvalidParameter.{name}.{why}"
    invalid_texts: dict[str, str] = msgspec.field(
        default_factory=lambda: {
            "Length": 'The parameter - "{name}" beyond the length limit.',
            "InvalidChars": 'The parameter - "{name}" contains invalid chars.',
            "Format": 'The format of the parameter - "{name}" is incorrect.',
            "Range": 'The parameter - "{name}" MUST be in the range of {low} and {high}.',
            "": 'The parameter - "{name}" is incorrect.',
        }
    )
    denied: tuple[str, int, str] = (
        "NoPermission",
        403,
        "You are not authorized to do this action. You should be authorized by RAM.",
    )
    spellings: Mapping[type[ApiError], Spelling] = msgspec.field(default_factory=dict)
    dry_run: DryRun | None = None
    error_root: str = "Error"
    shows_status: bool = False
    error_twins: Mapping[str, str] = msgspec.field(default_factory=dict)

    def spelled(self, error: ApiError) -> ApiError:
        """Return an error as this product words it."""
        spelling = self.spellings.get(type(error))
        return error if spelling is None else Spelled(error, spelling)

    def missing_parameter(self, fact: MissingField) -> BadParameter:
        """Word the absence of a required parameter."""
        code, text = self.missing
        return BadParameter(code.format(name=fact.name), text.format(name=fact.name))

    def invalid_parameter(self, fact: InvalidField) -> BadParameter:
        """Word the refusal of a value."""
        code = self.invalid_code.format(name=fact.name, why=fact.why).rstrip(".")
        return BadParameter(
            code, self.invalid_texts[fact.why].format(name=fact.name, **fact.values)
        )


class Spelled(ApiError):
    """An error of the platform under a product's own code."""

    code, status, text = "", 500, ""

    def __init__(self, error: ApiError, spelling: Spelling) -> None:
        self.code = spelling.code  # type: ignore[misc]  # the product's own
        self.status = spelling.status or error.status  # type: ignore[misc]
        self.message = spelling.text or error.message
        self.headers = error.headers  # type: ignore[misc]
        self._details = error.details()
        Exception.__init__(self, f"{self.code}: {self.message}")

    def details(self) -> dict[str, Any]:
        """Return the members the error had."""
        return self._details


class Product(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One product in one API version.

    Attributes:
        code: Product code in events and error links, e.g. `Ram`.
        ram_code: Prefix of its RAM actions and resource names.
        version: API version date.
        hosts: Patterns of the hosts it answers at, see juyong.api.hosts; products that share a
            pattern are told apart by version.
        spell: How it spells a Python name on the wire.
        is_global: Region-less; its events carry isGlobal.
        refused: Why published operations are not served: name, or pattern with `*`, to the reason
            that callers read. A name goes before patterns, the first pattern before later ones.
        source: The published reference. Each operation is built from its own page there, graded
            documented, unless its docstring or that of its module names another source.
        service_codes: Names the location service is asked for.
        wire: The module with the format in which the product alone is called, as `FORMAT`; it is
            imported at the first call. Empty: the formats of all other products.
        claims: How the Authorization header of such calls may begin. asked_by: Query parameters
            that tell such calls by themselves. So the product is known at any host.
        sees_requests: Its format is a FrontFormat, which may answer a request by several calls, and
            is told of each request and its answer.
        labelled: The slot of host patterns whose text begins the path, such as `bucket`.
        at_path: The one path of a product in the common formats at hosts that it shares with a
            product of its own format.
        unserved: Marks of operations that are not served, such as `select`, or of one method, such
            as `PUT website`, each with the reason.
        marks: Query parameters that mean another thing than their target, such as `lifecycle`: an
            operation that neither has them as marks nor takes them refuses them.
        told_by: Query parameters whose values tell operations apart: `type` makes `type=cursor` a
            mark.
        also_in: Further packages that hold operations of the product, such as a model that several
            products are faces of.
        places: Decorators of the product's own that stand for `operation` at one path, by name: the
            path. Their arguments begin with the name, the method, and the marks if there are any.
        receiving: Method and path of each operation of a ROA product that takes its body as it
            arrives, as its route has them.
        quotas: The published default of each quota of the product, by the name by which operators
            change it, such as `ram.users`.
        measures: The figures that jobs of the product tell CloudMonitor.
        other_region: Answers a call whose RegionId is not the region of the host, and one to a
            host of a region that there is not; None: no call is refused for it.
        ready: Asked before every call; raises the ApiError that answers all of them while the
            product cannot serve.
    """

    code: str
    ram_code: str
    version: str
    hosts: tuple[str, ...]
    title: str
    source: str = ""
    style: Style = Style.RPC
    is_global: bool = False
    dialect: Dialect = msgspec.field(default_factory=Dialect)
    refused: Mapping[str, str] = msgspec.field(default_factory=dict)
    service_codes: tuple[str, ...] = ()
    spell: Callable[[str], str] = wire_name
    wire: str = ""
    claims: tuple[str, ...] = ()
    asked_by: tuple[str, ...] = ()
    sees_requests: bool = False
    labelled: str = ""
    at_path: str = ""
    unserved: Mapping[str, str] = msgspec.field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    told_by: tuple[str, ...] = ()
    also_in: tuple[str, ...] = ()
    places: Mapping[str, str] = msgspec.field(default_factory=dict)
    receiving: tuple[tuple[str, str], ...] = ()
    quotas: Mapping[str, int] = msgspec.field(default_factory=dict)
    measures: tuple[Measure, ...] = ()
    other_region: type[ApiError] | None = None
    ready: Callable[[], None] | None = None
    operations: "dict[str, Operation]" = msgspec.field(default_factory=dict)

    def host_in(self, region: str) -> str:
        """Return the host by which clients are sent to it in a region."""
        regional = [] if self.is_global else [host for host in self.hosts if "{region}" in host]
        return (*regional, *self.hosts)[0].replace("{region}", region)


def because(reasons: Mapping[str, str]) -> dict[str, str]:
    """Turn reasons, each with its names and patterns, into rules: see Product.refused.

    Raises:
        TypeError: a rule has two reasons; names the rule.
    """
    found: dict[str, str] = {}
    for reason, rules in reasons.items():
        for rule in rules.split():
            if rule in found:
                raise TypeError(f"`{rule}` has two reasons: {found[rule]}; {reason}")
            found[rule] = reason
    return found
