"""From host, version and action to the operation that is meant."""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec.structs import replace

from juyong.api import registry
from juyong.api.errors import ApiError, NotSupported
from juyong.api.hosts import SUFFIX, name_of
from juyong.api.operation import Route
from juyong.api.operation_index import OperationIndex
from juyong.api.operation_spec import Operation
from juyong.api.product import Product, Style
from juyong.api.request import Raw
from juyong.api.wire import Envelope, FrontFormat, Visit, Writer
from juyong.base.clock import Instant
from juyong.base.ids import RequestId
from juyong.gateway.errors import (
    AmbiguousVersion,
    DigestMismatch,
    InvalidVersion,
    MalformedBody,
    MethodNotAllowed,
    MissingCommon,
    UnknownAction,
    UnknownProduct,
)
from juyong.gateway.stages import Routed, Seen
from juyong.gateway.wire import ANY, format_of

_REGION = re.compile(r"[a-z]{2,8}-[a-z0-9-]{2,30}")
_COMMON = re.compile(r"(?:^|&)(?:Action|Version)=")
_IN_A_FOLDER = 2
_MOST_DOCUMENT = 2 * 1024 * 1024
"""Bytes of a document that an operation takes whole."""
_DATE = re.compile(r"/([0-9]{4}-[0-9]{2}-[0-9]{2})/")


async def route(raw: Raw, *, request_id: RequestId, now: Instant, home_region: str) -> Routed:
    """Find the operation a request means; its first call waits for its module.

    Raises:
        ApiError: unknown product, version or operation, or an unreadable request.
    """
    host = host_of(raw.host, home_region)
    own = _brought_at(host, raw)
    region = host.slots.get("region")
    if own is not None:
        found, raw, envelope = await _by_marks(own, raw, host.slots.get(own.labelled, ""))
    else:
        # PERF: few calls come to another path than the root, so that few hosts are asked.
        if raw.path != "/" and raw.path.endswith("/") and _shared_path(host, raw.path):
            raw = replace(raw, path="/")
        found, envelope = await _by_name(raw, host)
        asked = envelope.params.get("RegionId") or envelope.params.get("regionId")
        if region is None and isinstance(asked, str) and _REGION.fullmatch(asked):
            region = asked
    return Routed(
        raw=raw,
        envelope=envelope,
        operation=found,
        region=home_region if found.product.is_global or region is None else region,
        request_id=request_id,
        now=now,
        seen=Seen() if own is not None and own.sees_requests else None,
    )


async def _by_name(raw: Raw, host: "Host") -> tuple[Operation, Envelope]:
    """Find the operation of a product that is called in one of the common formats.

    Raises:
        UnknownProduct: the host is of the cloud, and its product is not served here.
    """
    spoken = format_of(raw)
    envelope = spoken.read(raw)
    if host.is_unknown:
        raise UnknownProduct
    product = _by_version(host.products, envelope.version or _version_in(raw.path))
    # SECURITY: client keys reach only the product of the instances, and no AccessKey reaches it.
    if product.style not in spoken.styles:
        raise InvalidVersion
    if product.style is Style.ROA:
        found, in_path = await _by_path(product, raw, envelope.action)
        params = parameters_of(found, raw, envelope, in_path)
    else:
        # PERF: no coroutine runs for an operation that was called before.
        known = registry.current().operation_at_hand(product, envelope.action)
        found, params = known or await _by_action(product, envelope.action), envelope.params
    if params is not envelope.params or envelope.version != product.version:
        envelope = replace(envelope, version=product.version, params=params)
    return found, envelope


class Host(msgspec.Struct, frozen=True):
    """The products that a host name may mean, which differ in version, and its slots."""

    name: str
    products: tuple[Product, ...]
    slots: Mapping[str, str]

    @property
    def is_unknown(self) -> bool:
        """Whether it is a host of the cloud whose product is not served here."""
        return not self.products and self.name.endswith(SUFFIX)


def host_of(host: str, home_region: str) -> Host:
    """Read a Host header."""
    name = name_of(host)
    return Host(name, *registry.current().at_host(name, home_region))


def brought_by(raw: Raw, home_region: str) -> Product | None:
    """Return the product that is called in a format of its own, if the request means one.

    By the host; at other hosts by the claim, or by a path that belongs to no other product.
    """
    return _brought_at(host_of(raw.host, home_region), raw)


def _brought_at(host: Host, raw: Raw) -> Product | None:
    bringing = registry.current().bringing
    for each in host.products:
        if each.wire:
            return None if _shared_path(host, raw.path) else each
    if host.products or not bringing or host.is_unknown:
        return None
    claim = raw.headers.get("authorization", "")
    for each in bringing:
        if claim.startswith(each.claims) or any(f"{key}=" in raw.query for key in each.asked_by):
            return each
    unclaimed = not claim and raw.path != "/" and _COMMON.search(raw.query) is None
    if unclaimed and "x-acs-version" not in raw.headers and _DATE.match(raw.path) is None:
        return bringing[0]
    return None


def _shared_path(host: Host, path: str) -> str:
    """Return the path of a product that shares the host with one of its own format, if it is this.

    Source: clients name it, or write it behind the host and sign `/` (observed, Terraform's
    provider).
    """
    paths = [each.at_path for each in host.products if each.at_path]
    return next((each for each in paths if path in (each, f"{each}/")), "")


def is_received(raw: Raw, home_region: str) -> bool:
    """Tell whether a request in a common format means an operation that takes its body in parts.

    Any other request is read whole first, within the room that all requests have together.
    """
    spoken = format_of(raw)
    # SECURITY: only where the head has a signature of the body's digest.
    if spoken is ANY or Style.ROA not in spoken.styles:
        return False
    products = host_of(raw.host, home_region).products
    if not products:
        version = raw.headers.get("x-acs-version") or _version_in(raw.path)
        products = registry.current().of_version(version) if version else ()
    routes = (Route(method=m, path=path) for each in products for m, path in each.receiving)
    try:
        return any(match_path(each, raw.method, raw.path) is not None for each in routes)
    except MalformedBody:
        return False


def writer_of(raw: Raw, home_region: str) -> Writer:
    """Return what writes the refusal of a request that could not be routed."""
    own = brought_by(raw, home_region)
    brought = registry.current().format_at_hand(own) if own is not None else None
    writer: Writer = (brought or format_of(raw)).writer(raw)
    return writer


def visit_of(raw: Raw, home_region: str) -> Visit | None:
    """Return what answers a request by other calls, though it names no operation."""
    front = front_of(brought_by(raw, home_region))
    return front.visit(raw) if front is not None else None


def front_of(product: Product | None) -> FrontFormat | None:
    """Return the format of a product that sees its requests, once a call has imported it."""
    if product is None or not product.sees_requests:
        return None
    front: FrontFormat | None = registry.current().format_at_hand(product)
    return front


async def _by_marks(product: Product, raw: Raw, label: str) -> tuple[Operation, Raw, Envelope]:
    """Find the operation by method, path and marks; read the body of one that takes it whole.

    label: Begins the path of what the host names already.
    """
    served = registry.current()
    envelope: Envelope = (await served.format_of(product)).read(raw)
    given = _marks_of(product, raw, envelope)
    for mark in sorted(given) if product.unserved else ():
        for each in (mark, f"{raw.method} {mark}"):
            if each in product.unserved:
                raise NotSupported(name=mark, reason=product.unserved[each])
    path = envelope.path or (f"/{label}{raw.path}" if label else raw.path)
    if path.count("/") == _IN_A_FOLDER and path.endswith("/"):
        # Clients write the thing itself with or without a slash behind its name.
        path = path[:-1]
    name, in_path = _marked(await served.index(product), raw.method, given, path)
    found = await served.operation(product, name)
    _refuse_other_marks(found, envelope)
    if found.receives is None:
        whole = envelope.whole
        if raw.arriving is not None:
            raw = replace(raw, body=await raw.arriving.whole(_MOST_DOCUMENT), arriving=None)
            envelope = whole(raw) if whole is not None else envelope
        if whole is None:
            _check_digest(raw)
    params = parameters_of(found, raw, envelope, in_path)
    return found, raw, replace(envelope, version=product.version, params=params)


def _refuse_other_marks(found: Operation, envelope: Envelope) -> None:
    """Refuse a request that means another thing than the target of the operation.

    SECURITY: else a question for an object's ACL would be answered by the object.
    """
    assert found.route is not None  # noqa: S101  # it was found by its route
    others = found.product.marks & envelope.params.keys() - found.route.marked
    told = _told(found.product, envelope) - found.route.marked
    own = {field.wire for field in found.fields}
    told = {mark for mark in told if mark.partition("=")[0] not in own}
    for mark in sorted((others - own) | told):
        raise NotSupported(name=mark, reason="nothing here has it")


def _check_digest(raw: Raw) -> None:
    given = raw.headers.get("content-md5")
    digest = hashlib.md5(raw.body, usedforsecurity=False).digest()
    if given is not None and given != base64.b64encode(digest).decode():
        raise DigestMismatch


def _marks_of(product: Product, raw: Raw, envelope: Envelope) -> set[str]:
    """Return what may be a mark of a request: no header of a browser, such as Referer, is one.

    SECURITY: signatures cover all headers that begin with `x-`, and not all others: a holder of a
    presigned address must not turn the signed operation into another one.
    """
    headers = (name for name in raw.headers if name.startswith("x-"))
    return {*envelope.params, *_told(product, envelope), *headers}


def _told(product: Product, envelope: Envelope) -> set[str]:
    """Return the marks that values of a request make."""
    params = envelope.params
    return {f"{name}={params[name]}" for name in product.told_by if name in params}


def _marked(
    index: OperationIndex, method: str, given: set[str], path: str
) -> tuple[str, Mapping[str, str]]:
    marks = index.marks & given
    for name, pattern in index.marked.get((method, marks), ()):
        params = match_path(pattern, method, path)
        if params is not None:
            return name, params
    at_path = any(match_path(each, method, path) is not None for _, each in index.routes)
    raise MethodNotAllowed if at_path or marks else UnknownAction


def _version_in(path: str) -> str | None:
    """Return the version a ROA path begins with; clients may leave the header out."""
    match = _DATE.match(path)
    return match[1] if match else None


def _by_version(named: tuple[Product, ...], version: str | None) -> Product:
    if not version:
        raise MissingCommon("Version")
    if len(named) == 1 and named[0].version == version:
        return named[0]
    found = [each for each in named if each.version == version]
    if not named:
        found = list(registry.current().of_version(version))
    # SECURITY: a host and a version of two products is refused, never re-routed silently.
    if not found:
        raise InvalidVersion
    if len(found) > 1:
        raise AmbiguousVersion
    return found[0]


async def _by_action(product: Product, action: str | None) -> Operation:
    if not action:
        raise MissingCommon("Action")
    try:
        return await registry.current().operation(product, action)
    except KeyError:
        raise await _absent(product, action) from None


async def _absent(product: Product, action: str | None) -> ApiError:
    """Return the error for an operation that is not served, or does not exist."""
    if action is not None:
        reason = (await registry.current().refusals(product)).why(action)
        if reason is not None:
            return NotSupported(name=action, reason=reason)
    return UnknownAction()


async def _by_path(
    product: Product, raw: Raw, action: str | None
) -> tuple[Operation, Mapping[str, str]]:
    """Find the operation by method and path, which are signed; an action must agree with them."""
    served = registry.current()
    for name, pattern in (await served.index(product)).routes:
        params = match_path(pattern, raw.method, raw.path)
        if params is not None and action in (None, name):
            return await served.operation(product, name), params
    raise await _absent(product, action)


def parameters_of(
    found: Operation, raw: Raw, envelope: Envelope, in_path: Mapping[str, str]
) -> Mapping[str, Any]:
    """Return an operation's parameters; each is read from one place, and the path wins.

    A header counts only where it is declared, as a parameter or among those that are refused; no
    published parameter in another place has a hyphen.
    """
    members = envelope.members() if found.reads_body else {}
    params: dict[str, Any] = {**members, **envelope.params}
    for field in found.fields:
        if field.raw or field.xml:
            params[field.wire] = raw.body
        elif field.headers:
            start = field.headers
            named = {
                k.removeprefix(start): v for k, v in raw.headers.items() if k.startswith(start)
            }
            # SECURITY: a query such as `meta.a=b` is no header, and no signature need cover it.
            params = {k: v for k, v in params.items() if not k.startswith(f"{field.wire}.")}
            params[field.wire] = named or None
        elif field.header is not None:
            params.pop(field.wire, None)
            if field.header in raw.headers:
                params[field.wire] = raw.headers[field.header]
    for name in found.unsupported:
        if "-" in name and name.lower() in raw.headers:
            params[name] = raw.headers[name.lower()]
    return {**params, **in_path}


def match_path(pattern: Route, method: str, path: str) -> dict[str, str] | None:
    """Match a path against `/functions/{functionName}`, decoding each segment once.

    A last segment `{name+}` takes all that is left, which may be empty in no case.

    Raises:
        MalformedBody: a segment is not UTF-8, and so might be read as another one.
    """
    if method != pattern.method:
        return None
    wanted = pattern.path.split("/")
    greedy = wanted[-1].endswith("+}")
    given = path.split("/", len(wanted) - 1) if greedy else path.split("/")
    if len(wanted) != len(given):
        return None
    params: dict[str, str] = {}
    for want, got in zip(wanted, given, strict=True):
        if want.startswith("{"):
            if not got:
                return None
            params[want[1:-1].removesuffix("+")] = _decoded(got)
        elif want != got:
            return None
    return params


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError as bad:
        raise MalformedBody from bad
