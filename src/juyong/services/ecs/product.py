"""The ECS product."""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, DryRun, Product, Spelling
from juyong.services.ecs.refusals import REFUSED
from juyong.services.network.errors import DENIED

_MISSING = (
    'The input parameter "{name}" that is mandatory for processing this request is not supplied.'
)
_PASSED = "Request validation has been passed with DryRun flag set."
_INVALID = 'The specified parameter "{name}" is not valid.'

PRODUCT = Product(
    code="Ecs",
    ram_code="ecs",
    version="2014-05-26",
    hosts=api_hosts("ecs", "ecs-cn-hangzhou.aliyuncs.com"),
    title="Elastic Compute Service",
    source="ECS API reference",
    dialect=Dialect(
        missing=("MissingParameter", _MISSING),
        invalid_code="Invalid{name}.Malformed",
        invalid_texts=dict.fromkeys(("Length", "InvalidChars", "Format", "Range", ""), _INVALID),
        denied=DENIED,
        dry_run=DryRun(parameter="DryRun", passed=Spelling("DryRunOperation", 400, _PASSED)),
    ),
    refused=REFUSED,
    service_codes=("ecs",),
    quotas={
        "ecs.accounts-per-image": 50,
        "ecs.addresses-per-group": 6000,
        "ecs.commands": 500,
        "ecs.group-peers-per-group": 20,
        "ecs.groups-per-interface": 5,
        "ecs.images": 100,
        "ecs.instances": 200,
        "ecs.interfaces-per-enterprise-group": 65536,
        "ecs.key-pairs": 500,
        "ecs.launch-template-versions": 30,
        "ecs.launch-templates": 30,
        "ecs.port-list-entries": 2000,
        "ecs.port-lists": 100,
        "ecs.prefix-list-entries": 200,
        "ecs.prefix-lists": 100,
        "ecs.rules-per-group": 200,
        "ecs.rules-per-interface": 1000,
        "ecs.security-groups": 100,
        "ecs.snapshot-groups": 100,
        "ecs.snapshot-policies": 100,
        "ecs.snapshots": 500,
    },
)
