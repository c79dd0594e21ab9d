"""The RAM product.

Source: the text of a denial (observed, 2019-03).
"""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product

PRODUCT = Product(
    code="Ram",
    ram_code="ram",
    version="2015-05-01",
    hosts=api_hosts("ram", "ram.vpc-proxy.aliyuncs.com"),
    title="Resource Access Management",
    source="RAM API reference",
    is_global=True,
    dialect=Dialect(
        denied=(
            "NoPermission",
            403,
            "You are not authorized to do this action. Resource: {resource} Action: {action}",
        )
    ),
    service_codes=("ram",),
    also_in=("juyong.services.identity",),
    quotas={
        "ram.access-keys-per-user": 2,
        "ram.attached-custom-policies": 10,
        "ram.attached-system-policies": 20,
        "ram.groups": 300,
        "ram.groups-per-user": 10,
        "ram.passkeys-per-user": 5,
        "ram.policies": 1500,
        "ram.policy-versions": 5,
        "ram.roles": 1000,
        "ram.root-access-keys": 5,
        "ram.tags": 20,
        "ram.users": 5000,
        "ram.virtual-mfa-devices": 5000,
    },
)
