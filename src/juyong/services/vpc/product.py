"""The VPC product."""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, DryRun, Product, Spelling
from juyong.services.network.errors import DENIED, NoRegion
from juyong.services.vpc.refusals import REFUSED

_MISSING = (
    'The input parameter "{name}" that is mandatory for processing this request is not supplied.'
)
_INVALID = 'The specified parameter "{name}" is not valid.'

_FURTHER = tuple(
    f"{label}.{{region}}.aliyuncs.com" for label in ("vpc-nebula", "vpc-pre", "vpc-inner-pre")
)
"""Hosts in the endpoint table of the official SDK (observed)."""

PRODUCT = Product(
    code="Vpc",
    ram_code="vpc",
    version="2016-04-28",
    hosts=api_hosts("vpc", *_FURTHER),
    title="Virtual Private Cloud",
    source="VPC API reference",
    dialect=Dialect(
        missing=("MissingParameter", _MISSING),
        invalid_code="Invalid{name}.Malformed",
        invalid_texts=dict.fromkeys(("Length", "InvalidChars", "Format", "Range", ""), _INVALID),
        denied=DENIED,
        dry_run=DryRun(
            parameter="DryRun",
            passed=Spelling("DryRunOperation", 400, "Request validation has been passed."),
        ),
    ),
    refused=REFUSED,
    service_codes=("vpc",),
    quotas={
        "vpc.vpcs": 10,
        "vpc.secondary-cidrs": 5,
        "vpc.vswitches": 150,
        "vpc.route-tables": 9,
        "vpc.route-entries": 200,
        "vpc.network-acls": 200,
        "vpc.network-acl-entries": 20,
        "vpc.eips": 20,
        "vpc.nat-gateways": 5,
        "vpc.snat-entries": 40,
        "vpc.forward-entries": 100,
        "vpc.flow-logs": 10,
    },
    other_region=NoRegion,
)
