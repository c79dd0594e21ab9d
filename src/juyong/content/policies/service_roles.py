"""Service-linked roles, and the services a trust policy may name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from juyong.content.policies.notation import compact, service_principal
from juyong.content.policies.service_linked import role_entries, role_policy_name

_ORDINARY_SERVICES = """
actiontrail apigateway cdn cloudsso config cr crossbackup.hbr cs devs dts ecs emr eventbridge fc fnf
imm kms log mns oos oss ots rds ros vpc
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRole:
    """The template of the role that one service makes for itself and alone may assume.

    `service_name` is the principal. `role_name` is the name in full where one role is allowed, and
    what stands before the custom suffix where `multiple_roles_allowed`.

    Source: list of services with service-linked roles (documented for those that juyong's policies
        name, observed in client sources for most others); that none takes several roles, and the
        descriptions (assumed).
    """

    service_name: str
    role_name: str
    system_policy_name: str
    description_en: str
    description_zh: str
    multiple_roles_allowed: bool = False

    @property
    def role_name_prefix(self) -> str:
        """The RoleNamePrefix of the template."""
        return self.role_name

    @property
    def trust_policy(self) -> str:
        """The trust policy of the role, as compact JSON."""
        return service_trust_policy(self.service_name)


def service_trust_policy(service_name: str) -> str:
    """Return a trust policy, as compact JSON, under which one service may assume a role.

    Args:
        service_name: The principal, such as `ecs.aliyuncs.com`.
    """
    statement = {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": [service_name]},
    }
    return compact({"Statement": [statement], "Version": "1"})


TRUSTS_NO_SERVICE = service_trust_policy("nobody.invalid")
"""The trust policy by which a call is judged that assumes a role which does not exist."""


def service_role(service_name: str) -> ServiceRole | None:
    """Return the service-linked role of a service, by its principal in full, or None."""
    return service_roles().get(service_name)


@cache
def service_roles() -> Mapping[str, ServiceRole]:
    """Return every service-linked role by the principal of its service."""
    roles = (
        ServiceRole(
            service_name=service_principal(entry.name),
            role_name=f"AliyunServiceRoleFor{entry.tag}",
            system_policy_name=role_policy_name(entry.tag),
            description_en=f"Lets {entry.text} use other services of this account for you.",
            description_zh=f"允许 {entry.text} 代您使用本账号的其他云服务。",
        )
        for entry in role_entries()
    )
    return {role.service_name: role for role in roles}


KNOWN_SERVICES: frozenset[str] = frozenset(
    service_principal(name)
    for name in (*_ORDINARY_SERVICES.split(), *(entry.name for entry in role_entries()))
)
"""The principals of all services known, with and without a service-linked role.

Source: trust policies in official clients' samples (observed); cs, dts, kms, oos, ros (assumed).
"""
