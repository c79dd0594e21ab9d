"""From host, version and action to the operation that is meant."""

import re
from urllib.parse import unquote

from juyong.api.errors import NotSupported
from juyong.api.operation import Operation, Route
from juyong.api.product import Product, Style
from juyong.base.clock import Instant
from juyong.base.ids import RequestId
from juyong.gateway.errors import InvalidVersion, MissingCommon, UnknownAction, UnknownProduct
from juyong.gateway.request import Raw
from juyong.gateway.stages import Routed
from juyong.gateway.wire import FORMATS
from juyong.services import registry

SUFFIX = ".aliyuncs.com"
_REGION = re.compile(r"[a-z]{2,8}-[a-z0-9-]{2,30}")


def route(raw: Raw, *, request_id: RequestId, now: Instant, home_region: str) -> Routed:
    """Find the operation a request means.

    Raises:
        ApiError: unknown product, version or operation, or an unreadable request.
    """
    wire = next(f for f in FORMATS if f.recognises(raw))
    envelope = wire.read(raw)
    named, region = product_of_host(raw.host)
    product = _by_version(named, envelope.version)
    if product.style is Style.ROA:
        found, path_params = _by_path(product, raw)
        params = {**envelope.params, **path_params}
        envelope = type(envelope)(
            claim=envelope.claim,
            action=found.name,
            version=envelope.version,
            params=params,
            xml=envelope.xml,
        )
    else:
        found = _by_action(product, envelope.action)
    asked = envelope.params.get("RegionId")
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


def product_of_host(host: str) -> tuple[Product | None, str | None]:
    """Read product and region off a host name; (None, None) outside aliyuncs.com.

    Raises:
        UnknownProduct: a host of the cloud whose product is not served here.
    """
    name = host.rsplit(":", 1)[0].lower().rstrip(".")
    if not name.endswith(SUFFIX):
        return None, None
    labels = name.removesuffix(SUFFIX).split(".")
    first = labels[0].removesuffix("-vpc")
    product = registry.by_host().get(first)
    if product is None:
        raise UnknownProduct
    region = labels[1] if len(labels) > 1 and _REGION.fullmatch(labels[1]) else None
    return product, region


def _by_version(named: Product | None, version: str | None) -> Product:
    if not version:
        raise MissingCommon("Version")
    product = registry.by_version().get(version)
    # SECURITY: a host and a version of two products is refused, never re-routed silently.
    if product is None or (named is not None and named is not product):
        raise InvalidVersion
    return product


def _by_action(product: Product, action: str | None) -> Operation:
    if not action:
        raise MissingCommon("Action")
    found = registry.find(product, action)
    if found is not None:
        return found
    if action in product.refused:
        raise NotSupported(name=action, reason=product.refused[action])
    raise UnknownAction


def _by_path(product: Product, raw: Raw) -> tuple[Operation, dict[str, str]]:
    registry.load(product)
    for found in product.operations.values():
        if found.route is not None:
            params = match_path(found.route, raw.method, raw.path)
            if params is not None:
                return found, params
    raise UnknownAction


def match_path(pattern: Route, method: str, path: str) -> dict[str, str] | None:
    """Match a path against `/functions/{functionName}`, decoding each segment once."""
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
            params[want[1:-1]] = unquote(got)
        elif want != got:
            return None
    return params
