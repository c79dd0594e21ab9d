"""From host, version and action to the operation that is meant."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from juyong.api.errors import ApiError, NotSupported
from juyong.api.operation import Operation, Route
from juyong.api.product import Product, Style
from juyong.base.clock import Instant
from juyong.base.ids import RequestId
from juyong.gateway.errors import (
    InvalidVersion,
    MalformedBody,
    MissingCommon,
    UnknownAction,
    UnknownProduct,
)
from juyong.gateway.request import Raw
from juyong.gateway.stages import Routed
from juyong.gateway.wire import FORMATS
from juyong.gateway.wire.envelope import Envelope, WireFormat
from juyong.services import registry

SUFFIX = ".aliyuncs.com"
_REGION = re.compile(r"[a-z]{2,8}-[a-z0-9-]{2,30}")
_INNER = ("-internal", "-vpc")
"""Endings that mark the way into a region, not another place."""
_DATE = re.compile(r"/([0-9]{4}-[0-9]{2}-[0-9]{2})/")
_NOWHERE: tuple[Product, ...] = ()


def route(raw: Raw, *, request_id: RequestId, now: Instant, home_region: str) -> Routed:
    """Find the operation a request means.

    Raises:
        ApiError: unknown product, version or operation, or an unreadable request.
    """
    envelope = _format_of(raw).read(raw)
    named, region = products_of_host(raw.host)
    product = _by_version(named, envelope.version or _version_in(raw.path))
    if product.style is Style.ROA:
        found, in_path = _by_path(product, raw, envelope.action)
        params = _roa_params(found, raw, envelope, in_path)
    else:
        found, params = _by_action(product, envelope.action), envelope.params
    if params is not envelope.params or envelope.version != product.version:
        envelope = replace(envelope, version=product.version, params=params)
    asked = params.get("RegionId")
    if region is None and isinstance(asked, str) and _REGION.fullmatch(asked):
        region = asked
    return Routed(
        raw=raw,
        envelope=envelope,
        operation=found,
        region=home_region if product.is_global or region is None else region,
        request_id=request_id,
        now=now,
    )


def _format_of(raw: Raw) -> WireFormat:
    for each in FORMATS[:-1]:
        if each.recognises(raw):
            return each
    return FORMATS[-1]


@lru_cache(maxsize=4096)
def products_of_host(host: str) -> tuple[tuple[Product, ...], str | None]:
    """Read the products that may be meant, and the region, off a host name.

    The right-most label that names a product wins, since what stands before it may be anything: an
    account (`<account>.<region>.fc`), an instance (`<id>.cryptoservice.kms`).

    Returns:
        Products that differ in version, none for a host outside aliyuncs.com; the region or None.

    Raises:
        UnknownProduct: a host of the cloud whose product is not served here.
    """
    name = host.rsplit(":", 1)[0].lower().rstrip(".")
    if not name.endswith(SUFFIX):
        return _NOWHERE, None
    labels = name.removesuffix(SUFFIX).split(".")
    known = registry.by_host()
    for at in reversed(range(len(labels))):
        products = known.get(_plain(labels[at]))
        if products:
            return products, _region_beside(labels, at)
    raise UnknownProduct


def _region_beside(labels: list[str], at: int) -> str | None:
    """Return the region next to the product's label; farther off, an id may look like one."""
    for beside in (*labels[at + 1 : at + 2], *labels[max(at - 1, 0) : at]):
        if _REGION.fullmatch(_plain(beside)):
            return _plain(beside)
    return None


def _plain(label: str) -> str:
    for ending in _INNER:
        label = label.removesuffix(ending)
    return label


def _version_in(path: str) -> str | None:
    """Return the version a ROA path begins with; clients may leave the header out."""
    match = _DATE.match(path)
    return match[1] if match else None


def _by_version(named: tuple[Product, ...], version: str | None) -> Product:
    if not version:
        raise MissingCommon("Version")
    product = registry.by_version().get(version)
    # SECURITY: a host and a version of two products is refused, never re-routed silently.
    if product is None or (named and product not in named):
        raise InvalidVersion
    return product


def _by_action(product: Product, action: str | None) -> Operation:
    if not action:
        raise MissingCommon("Action")
    found = registry.find(product, action)
    if found is not None:
        return found
    raise _absent(product, action)


def _absent(product: Product, action: str | None) -> ApiError:
    if action is not None and action in product.refused:
        return NotSupported(name=action, reason=product.refused[action])
    return UnknownAction()


def _by_path(product: Product, raw: Raw, action: str | None) -> tuple[Operation, Mapping[str, str]]:
    """Find the operation by method and path, which are signed; an action must agree with them."""
    registry.load(product)
    for found in product.operations.values():
        if found.route is not None:
            params = match_path(found.route, raw.method, raw.path)
            if params is not None:
                if action not in (None, found.name):
                    break
                return found, params
    raise _absent(product, action)


def _roa_params(
    found: Operation, raw: Raw, envelope: Envelope, in_path: Mapping[str, str]
) -> Mapping[str, Any]:
    """Gather an operation's parameters; each is read from one place, and the path wins.

    A header counts only where it is declared, as a parameter or among those that are refused; no
    published parameter in another place has a hyphen.
    """
    members = envelope.members() if found.reads_body else {}
    params: dict[str, Any] = {**members, **envelope.params}
    for field in found.fields:
        if field.raw:
            params[field.wire] = raw.body
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

    Raises:
        MalformedBody: a segment is not UTF-8, and so might be read as another one.
    """
    if method != pattern.method:
        return None
    wanted, given = pattern.path.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    params: dict[str, str] = {}
    for want, got in zip(wanted, given, strict=True):
        if want.startswith("{"):
            if not got:
                return None
            params[want[1:-1]] = _decoded(got)
        elif want != got:
            return None
    return params


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError as bad:
        raise MalformedBody from bad
