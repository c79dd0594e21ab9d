"""Protected sites as the domains of an instance.

A site that `juyong waf protect` serves from the platform's home is a domain of one account, for as
long as the site is protected. Sites of one name are one domain with several ports. An account has
an instance while it has a site, on the side of the platform's region: in mainland China or not.

Source: WAF 3.0 API reference (documented): two sides, ids of domains, statuses. An account without
an instance gets an answer without members (assumed).
"""

import hashlib
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

import msgspec

from juyong.api.context import Context, ProtectedSite
from juyong.api.errors import ApiError
from juyong.services.identity.facade import AccountRow

NORMAL = 1
"""The status of an instance and of a domain that serve."""
_MAINLAND, _ELSEWHERE = "cn-hangzhou", "ap-southeast-1"
_PORTS = {"http": 80, "https": 443}


class NoInstance(ApiError):
    """The account has no such instance on this side."""

    code, status, text = "Waf.Instance.ValidFaild", 400, "The WAF instance is invalid."


class NoDomain(ApiError):
    """No site of this name is protected."""

    code, status, text = "Waf.Pullin.ResourceNotExist", 400, "The resource does not exist."


class NoName(ApiError):
    """Neither the domain nor its id is given."""

    code, status, text = (
        "Waf.Pullin.DomainAndDomainIdBothEmpty",
        400,
        "Domain and DomainId are both empty.",
    )


class OtherName(ApiError):
    """The domain and the id are not of one site."""

    code, status, text = (
        "Waf.Pullin.DomainAndDomainIdNotMatch",
        400,
        "Domain and DomainId do not match.",
    )


class Way(msgspec.Struct, frozen=True, order=True):
    """A port that clients come to, and a server that requests go to."""

    protocol: str
    port: int
    backend_protocol: str
    backend: str
    backend_port: int


class Domain(msgspec.Struct, frozen=True):
    """A protected name, and its ways in order."""

    name: str
    ways: tuple[Way, ...]

    @property
    def id(self) -> str:
        """The id, which is the name of the protected object too."""
        return f"{self.name}-waf"

    def ports(self, protocol: str) -> list[int]:
        """Return the ports that clients come to by a protocol."""
        return sorted({way.port for way in self.ways if way.protocol == protocol})

    def backends(self, protocol: str | None = None) -> list[str]:
        """Return the names or addresses of servers; protocol: Only those asked by that one."""
        return sorted(
            {way.backend for way in self.ways if protocol in (None, way.backend_protocol)}
        )


def side_of(region: str) -> str:
    """Return the one of two regions that stands for the side of a region."""
    mainland = region.startswith("cn-") and region != "cn-hongkong"
    return _MAINLAND if mainland else _ELSEWHERE


def domains_of(ctx: Context) -> list[Domain]:
    """Return the caller's domains on the side that was called, by name."""
    if side_of(ctx.region) != side_of(ctx.platform.region):
        return []
    row = ctx.tx.get(AccountRow, ctx.account_id)
    found: Sequence[ProtectedSite] = ctx.outside("waf-sites", ctx.platform.protected_sites)
    by_name: dict[str, set[Way]] = {}
    for site in found:
        if row is not None and site.account == row.account_name:
            by_name.setdefault(site.domain, set()).update(_ways(site))
    return [Domain(name, tuple(sorted(ways))) for name, ways in sorted(by_name.items())]


def domains_in(ctx: Context, instance_id: str) -> list[Domain]:
    """Return the domains of an instance.

    Raises:
        NoInstance: the instance is none of the caller's on this side.
    """
    found = domains_of(ctx)
    if not found or instance_id != instance_of(ctx):
        raise NoInstance
    return found


def instance_of(ctx: Context) -> str:
    """Return the id of the instance that the caller's account has, once it has a site."""
    mark = f"{ctx.account_id} {side_of(ctx.region)}".encode()
    return f"waf_v2_public_cn-{hashlib.sha256(mark).hexdigest()[:11]}"


def _ways(site: ProtectedSite) -> set[Way]:
    protocol = urlsplit(site.url).scheme
    return {
        Way(protocol, site.port, parts.scheme, parts.hostname or "", _port(parts))
        for parts in map(urlsplit, site.backends)
    }


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS.get(parts.scheme, 0)
