"""The VpcPeer product."""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, DryRun, Product, Spelling
from juyong.services.network.errors import DENIED

PRODUCT = Product(
    code="VpcPeer",
    ram_code="vpc",
    version="2022-01-01",
    hosts=api_hosts("vpcpeer"),
    title="VPC Peering",
    source="VPC peering API reference",
    dialect=Dialect(
        missing=("MissingParameter", 'The input parameter "{name}" is mandatory.'),
        invalid_code="IllegalParam.{name}",
        invalid_texts=dict.fromkeys(
            ("Length", "InvalidChars", "Format", "Range", ""), "The param of {name} is illegal."
        ),
        denied=DENIED,
        dry_run=DryRun(
            parameter="DryRun",
            passed=Spelling("DryRunOperation", 400, "Request validation has been passed."),
        ),
    ),
    refused={"MoveResourceGroup": "there are no resource groups"},
    service_codes=("vpcpeer",),
    quotas={"vpcpeer.connections-per-vpc": 10},
)
