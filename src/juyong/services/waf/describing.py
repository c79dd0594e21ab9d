"""The instance of an account, and its domains.

Source: WAF 3.0 API reference, DescribeInstance, DescribeDomains, DescribeDomainDetail (documented).
Both filters of DescribeDomains compare whole names; a page has at most 100 domains (assumed).
"""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Text
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.waf.product import PRODUCT as WAF
from juyong.services.waf.sites import (
    NORMAL,
    Domain,
    NoDomain,
    NoInstance,
    NoName,
    OtherName,
    domains_in,
    domains_of,
    instance_of,
    side_of,
)

_NO_GROUPS = {"ResourceManagerResourceGroupId": "there are no resource groups"}
InstanceId = Annotated[str, Text(1, 128), Doc("As DescribeInstance returns the id.")]
Name = Annotated[str, Text(1, 256)]


class Instance(Shape, frozen=True, kw_only=True):
    """The instance; without members where the account has none."""

    instance_id: str | msgspec.UnsetType = msgspec.UNSET
    status: int | msgspec.UnsetType = msgspec.UNSET
    region_id: str | msgspec.UnsetType = msgspec.UNSET


class BackendShown(Shape, frozen=True, kw_only=True):
    """A server, by name or address."""

    backend: str


class Backends(Shape, frozen=True, kw_only=True):
    """Servers by the protocol that the WAF asks them by."""

    http: list[BackendShown]
    https: list[BackendShown]


class ListenPorts(Shape, frozen=True, kw_only=True):
    """Ports by the protocol of clients."""

    http: list[int]
    https: list[int]


class DomainShown(Shape, frozen=True, kw_only=True):
    """A domain in a list."""

    domain: str
    domain_id: str
    status: int = NORMAL
    backeds: Backends
    """The API's spelling."""
    listen_ports: ListenPorts


class Counted(Shape, frozen=True, kw_only=True):
    """How many domains there are in all."""

    total_count: int


class Listen(Shape, frozen=True, kw_only=True):
    """Ports that clients come to."""

    http_ports: list[int]
    https_ports: list[int]


class PortPair(Shape, frozen=True, kw_only=True):
    """A port of clients and the port of a server behind; protocol: Of clients."""

    listen_port: int
    backend_port: int
    protocol: str


class Redirect(Shape, frozen=True, kw_only=True):
    """The servers behind."""

    backends: list[BackendShown]
    backend_list: list[str]
    backend_ports: list[PortPair]


class DomainDetail(Shape, frozen=True, kw_only=True):
    """A domain and its forwarding."""

    domain: str
    domain_id: str
    status: int = NORMAL
    listen: Listen
    redirect: Redirect


@operation(
    WAF,
    "DescribeInstance",
    resource=acs("yundun-waf", "*"),
    unsupported=_NO_GROUPS,
    reads_only=True,
)
def describe_instance(ctx: Context) -> Instance:
    """Describe the instance of the account, which is there while a site of it is protected."""
    if not domains_of(ctx):
        return Instance()
    return Instance(
        instance_id=instance_of(ctx), status=NORMAL, region_id=side_of(ctx.platform.region)
    )


@operation(
    WAF,
    "DescribeDomains",
    resource=acs("yundun-waf", "*"),
    raises=(NoInstance,),
    unsupported={**_NO_GROUPS, "Tag": "domains have no tags"},
    answers="Domains",
    reads_only=True,
)
def describe_domains(
    ctx: Context,
    *,
    instance_id: InstanceId,
    domain: Annotated[Name, Doc("Only this one.")] | None = None,
    domain_id: Annotated[Name, Doc("Only the one of this id.")] | None = None,
    backend: Annotated[Name, Doc("Only those with this server behind.")] | None = None,
    page_number: Annotated[int, Between(1, 1_000_000), Doc("The first is 1.")] = 1,
    page_size: Annotated[int, Between(1, 100), Doc("1 to 100.")] = 10,
) -> Listing[DomainShown, Counted]:
    """List the protected sites of the account, by name."""
    found = [
        each
        for each in domains_in(ctx, instance_id)
        if domain in (None, each.name)
        and domain_id in (None, each.id)
        and (backend is None or backend in each.backends())
    ]
    page = page_of(found, page_number, page_size)
    return Listing([_shown(each) for each in page], Counted(total_count=len(found)))


@operation(
    WAF,
    "DescribeDomainDetail",
    resource=acs("yundun-waf", "*"),
    raises=(NoInstance, NoDomain, NoName, OtherName),
    reads_only=True,
)
def describe_domain_detail(
    ctx: Context,
    *,
    instance_id: InstanceId,
    domain: Annotated[Name, Doc("The site.")] | None = None,
    domain_id: Annotated[Name, Doc("Instead of the site, its id.")] | None = None,
) -> DomainDetail:
    """Describe a protected site: its ports, and the servers behind."""
    found = domains_in(ctx, instance_id)
    if not domain and not domain_id:
        raise NoName
    meant = [each for each in found if domain == each.name or domain_id == each.id]
    if not meant:
        raise NoDomain
    (one, *others) = meant
    if others or (domain and domain != one.name) or (domain_id and domain_id != one.id):
        raise OtherName
    return _detail(one)


def _shown(one: Domain) -> DomainShown:
    return DomainShown(
        domain=one.name,
        domain_id=one.id,
        backeds=Backends(
            http=_servers(one.backends("http")), https=_servers(one.backends("https"))
        ),
        listen_ports=ListenPorts(http=one.ports("http"), https=one.ports("https")),
    )


def _detail(one: Domain) -> DomainDetail:
    pairs = dict.fromkeys((way.port, way.backend_port, way.protocol) for way in one.ways)
    return DomainDetail(
        domain=one.name,
        domain_id=one.id,
        listen=Listen(http_ports=one.ports("http"), https_ports=one.ports("https")),
        redirect=Redirect(
            backends=_servers(one.backends()),
            backend_list=one.backends(),
            backend_ports=[
                PortPair(listen_port=port, backend_port=behind, protocol=protocol)
                for port, behind, protocol in pairs
            ],
        ),
    )


def _servers(names: list[str]) -> list[BackendShown]:
    return [BackendShown(backend=name) for name in names]
