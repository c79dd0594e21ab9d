"""Declare an operation: the function's signature is its schema."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypedDict, TypeVar, Unpack, overload

from juyong.api.access import (
    ActionWith,
    AlsoRule,
    CallConditions,
    ConditionRule,
    Entry,
    PartsRule,
    ResourceConditionRule,
    ResourcePolicyRule,
    ResourceRule,
    SelfService,
)
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.operation_spec import Audit, CipherRule, Effect, Operation, Prepare, Rate, Route
from juyong.api.parameters import declared_fields, fields_of, groups_of
from juyong.api.product import Product, Style
from juyong.api.resource import Collection, Target
from juyong.api.shape import Empty, Shape
from juyong.api.wrapping import wrapping
from juyong.blobs.arrived import Blob

__all__ = ["Faces", "OnOne", "Options", "Prepare", "Rate", "Route", "operation"]

R = TypeVar("R")
T = TypeVar("T")
P = ParamSpec("P")
_READS = ("Describe", "Get", "List", "Query", "Lookup", "Check", "Decode")

Faces = Mapping[Product, type[Shape]]
"""The shape by which each product shows the same rows."""


class Options(TypedDict, total=False):
    """The further declarations of an operation.

    Attributes:
        resource: Names the resources that policies must allow, if `on` does not.
        raises: Every ApiError the function may raise, beyond those of `on` and those that the types
            of its parameters bring; raising another one fails the tests.
        effect: Read or Write as events show it; taken from the name when absent.
        action: RAM action when it is not `<ram_code>:<name>`.
        action_with: Another RAM action, of calls that have a parameter.
        entry: Who may reach it.
        conditions: Further condition keys of the call, with the global ones and those that the
            types of its parameters bring.
        resource_conditions: Condition keys of each resource, such as acs:ResourceTag/<key>.
        resource_policy: Finds the target's resource-based policy.
        self_service: Lets a user manage its own things without a policy; a Deny still wins.
        prepare: Slow work that must not hold up the store.
        unsupported: Published parameters that are refused when given, each with the reason.
        rate: The published limit of calls a second.
        route: Method and path, for ROA products.
        also: Names what else must be allowed under another action, such as ram:PassRole.
        parts: Names the parts of a call that may be allowed or denied each by itself.
        sealed_with: Names the algorithm that seals the body that arrives, once the call is
            permitted; AES-256-GCM without it.
        methods: The HTTP methods by which an RPC call may be sent.
        reads_only: It writes no row, so that no writer delays it. This is not `effect`, which
            events show: GetParametersForImport is a "Read", and keeps a key pair.
        scans: It may read more rows than one page of an answer holds, or any number of events; it
            runs on a thread. Only with reads_only.
        writes_seldom: It writes a row once in many calls; it is tried as one that reads only, and
            done again as one that writes where it must.
        imports: Modules that the function imports when it runs; its first call has them imported
            on a thread before.
        replayable: A signed V3 call may leave out host and nonce, and is then served as often as it
            arrives within its time. SECURITY: whoever sees such a call can repeat it, so only
            operations that change nothing and tell the caller's identity at most (ADR 0027).
        audit: `management`: each call leaves an event. `data`: calls are too many for that; they
            leave none unless somebody asks for them.
        root: The element around the answer in XML, where a product names it.
        gateway: Parameters that the gateway honours, such as the client token of `api/repeats.py`,
            by Python name; the function does not get them.
        answers: The names around what the function returns: `User`, or `Users.User` for a list.
        shows: The shape by which each product shows the row, or the rows, that the function
            returns; one that shows Empty answers nothing but the request id.
    """

    resource: ResourceRule | None
    raises: tuple[type[ApiError], ...]
    effect: Effect | None
    action: str | None
    action_with: ActionWith
    entry: Entry
    conditions: ConditionRule | None
    resource_conditions: ResourceConditionRule | None
    resource_policy: ResourcePolicyRule | None
    self_service: SelfService | None
    prepare: Prepare | None
    unsupported: dict[str, str] | None
    rate: Rate | None
    route: Route | None
    also: AlsoRule | None
    parts: PartsRule | None
    sealed_with: CipherRule
    methods: tuple[str, ...]
    reads_only: bool
    scans: bool
    writes_seldom: bool
    imports: tuple[str, ...]
    replayable: bool
    audit: Audit
    root: str
    gateway: Mapping[str, Any]
    answers: str
    shows: Faces


Plain = Callable[Concatenate[Context, P], T]
OnOne = Callable[Concatenate[Context, R, P], T]


Products = Product | tuple[Product, ...]
About = Target[Any] | Collection | None


@overload
def operation(
    product: Mapping[Product, Target[R]], name: str, **options: Unpack[Options]
) -> Callable[[OnOne[R, P, T]], OnOne[R, P, T]]: ...


@overload
def operation(
    product: Products, name: str, *, on: Target[R], **options: Unpack[Options]
) -> Callable[[OnOne[R, P, T]], OnOne[R, P, T]]: ...


@overload
def operation(
    product: Products, name: str, *, on: Collection | None = None, **options: Unpack[Options]
) -> Callable[[Plain[P, T]], Plain[P, T]]: ...


def operation(
    product: Products | Mapping[Product, Target[Any]],
    name: str,
    *,
    on: About = None,
    **options: Unpack[Options],
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as an operation of a product, or of several.

    A function that is annotated to return None answers nothing but the request id; of a ROA product
    nothing at all, with status 204.

    Args:
        product: The product it belongs to. Several products that are faces of one model may have
            the operation in common; where each names the resource by a parameter of its own, they
            are given as a mapping to what takes the place of `on`.
        name: The API's name.
        on: The resource it is about, whose row the function gets as its second argument; or all
            resources of a type, for creating and listing.
        **options: See Options.
    """
    faces = _faces(product, on)
    for each, about in faces.items():
        _refuse_nonsense(each, name, about, options)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for each, about in faces.items():
            _refuse_collision(each, name, options.get("route"), function)
            made = _declared(each, name, function, about, options)
            _refuse_unannounced(made)
            each.operations[name] = made
        return function

    return register


def _faces(product: Products | Mapping[Product, Target[Any]], on: About) -> Mapping[Product, About]:
    if isinstance(product, Mapping):
        return product
    return dict.fromkeys(product if isinstance(product, tuple) else (product,), on)


def _refuse_unannounced(made: Operation) -> None:
    """Refuse an operation whose body would be read whole before the operation is known."""
    product, route = made.product, made.route
    here = route is not None and (route.method, route.path) in product.receiving
    if product.style is Style.ROA and here != (made.receives is not None):
        raise TypeError(f"{product.code} {made.name} and `receiving` of its product differ")


def _refuse_nonsense(product: Product, name: str, on: About, options: Options) -> None:
    entry = options.get("entry", Entry.AUTHORISED)
    named = on or options.get("resource") or options.get("parts")
    judged = (Entry.AUTHORISED, Entry.OPEN)
    if options.get("scans") and not options.get("reads_only"):
        raise TypeError(f"{product.code} {name} scans, and is not said to read only")
    if entry in judged and not named:
        raise TypeError(f"{product.code} {name} names no resource to authorise")
    if options.get("replayable") and entry is not Entry.IDENTIFIED:
        raise TypeError(f"{product.code} {name} does more than tell who calls")


def _declared(
    product: Product,
    name: str,
    function: Callable[..., Any],
    on: About,
    options: Options,
) -> Operation:
    target = on if isinstance(on, Target) else None
    signature = inspect.signature(function)
    empty = RawAnswer if product.style is Style.ROA else Empty
    result = empty if signature.return_annotation is None else signature.return_annotation
    shape = options.get("shows", {}).get(product)
    path = "" if shape is Empty else options.get("answers", "")
    wrapped = wrapping(name, result, path, shape) if path or shape else None
    gateway = options.get("gateway", {})
    named = declared_fields({**(target.parameters if target else {}), **gateway}, product.spell)
    own = (f for f in fields_of(function, product.spell) if f.only in ("", product.code))
    fields = (*named, *own)
    received = next((field for field in fields if field.kind is Blob), None)
    judged = tuple((field.name, field.judged) for field in fields if field.judged)
    prepare = options.get("prepare")
    raises = [*(on.errors if on else ()), *options.get("raises", ())]
    raises += prepare.raises if prepare else ()
    raises += (error for field in fields for error in field.errors)
    return Operation(
        product=product,
        name=name,
        function=function,
        fields=fields,
        groups=groups_of(fields),
        receives=received,
        takes_form=received is not None and received.of_form,
        takes_member=received is not None and bool(received.path),
        result=wrapped.answer if wrapped else result,
        effect=options.get("effect") or ("Read" if name.startswith(_READS) else "Write"),
        action=options.get("action") or f"{product.ram_code}:{name}",
        action_with=options.get("action_with"),
        entry=options.get("entry", Entry.AUTHORISED),
        resource=options.get("resource") or (on.arn if on else None),
        conditions=CallConditions(options.get("conditions"), judged)
        if judged
        else options.get("conditions"),
        resource_conditions=options.get("resource_conditions")
        or (target.conditions if target else None),
        resource_policy=options.get("resource_policy") or (target.policy if target else None),
        self_service=options.get("self_service"),
        prepare=prepare,
        takes_prepared="prepared" in signature.parameters,
        raises=tuple(dict.fromkeys(raises)),
        unsupported=options.get("unsupported") or {},
        rate=options.get("rate"),
        route=options.get("route"),
        also=options.get("also"),
        parts=options.get("parts"),
        sealed_with=options.get("sealed_with"),
        methods=options.get("methods", ("GET", "POST")),
        reads_only=options.get("reads_only", False),
        scans=options.get("scans", False),
        writes_seldom=options.get("writes_seldom", False),
        imports=options.get("imports", ()),
        replayable=options.get("replayable", False),
        audit=options.get("audit", "management"),
        root=options.get("root", ""),
        on=target,
        gateway=frozenset(gateway),
        wrapping=wrapped,
    )


def _refuse_collision(
    product: Product, name: str, route: Route | None, function: Callable[..., Any]
) -> None:
    """Refuse an operation when one request could mean two operations.

    The same function comes twice when the first import of its module failed after it.
    """
    for known in product.operations.values():
        if known.name == name:
            if _place(known.function) != _place(function):
                raise TypeError(f"{product.code} {name} is declared twice")
        elif route is not None and known.route is not None and route.overlaps(known.route):
            raise TypeError(
                f"{product.code} {name} and {known.name} are both meant by"
                f" {route.method} {route.path}, {known.route.path}"
            )


def _place(function: Callable[..., Any]) -> tuple[str, str]:
    return function.__module__, function.__qualname__
