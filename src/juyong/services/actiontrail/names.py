"""Display names of the products that events name."""

from typing import NamedTuple


class ServiceTitle(NamedTuple):
    """A product's names in two languages."""

    english: str
    chinese: str


_TITLES = {
    "Actiontrail": ServiceTitle("ActionTrail", "操作审计"),
    "Ecs": ServiceTitle("Elastic Compute Service", "云服务器 ECS"),
    "Ims": ServiceTitle("Identity Management Service", "身份管理"),
    "Kms": ServiceTitle("Key Management Service", "密钥管理服务"),
    "Location": ServiceTitle("Location Service", "位置服务"),
    "Oss": ServiceTitle("Object Storage Service", "对象存储"),
    "Ram": ServiceTitle("Resource Access Management", "访问控制"),
    "Sls": ServiceTitle("Simple Log Service", "日志服务"),
    "Sts": ServiceTitle("Security Token Service", "安全令牌服务"),
    "Vpc": ServiceTitle("Virtual Private Cloud", "专有网络"),
}


def title_of(service_name: str) -> ServiceTitle:
    """Return a product's display names; its code where there are none."""
    return _TITLES.get(service_name) or ServiceTitle(service_name, service_name)
