"""The parameters that a version of a launch template keeps, as a call gives them.

Source: ECS API reference, CreateLaunchTemplate (documented): nothing is verified before an instance
is made of the template. Parameters that nothing here could follow are refused at once.
"""

from typing import Annotated

import msgspec

from juyong.api.errors import NotSupported
from juyong.api.fields import Between, Doc, Items, OneOf, Raises, Sparse, Text
from juyong.api.product import because
from juyong.base.secret import Secret
from juyong.services.ecs.flags import OffAlone, refuse_on
from juyong.services.ecs.machines.asked import Several, SystemDisk
from juyong.services.ecs.machines.unsupported import (
    NO_GROUPS,
    NO_PASSWORDS,
    NOT_SOLD,
)
from juyong.services.ecs.machines.unsupported import RUNNING as RUNNING_UNSUPPORTED
from juyong.services.ecs.machines.wanted import checked_user_data, refuse_unserved
from juyong.services.network.tags import BAD_TAGS, LooseTag

_NAMES = (
    "AutoReleaseTime AutoRenew AutoRenewPeriod CreditSpecification DeploymentSetId "
    "HttpPutResponseHopLimit ImageOptions InternetMaxBandwidthIn Ipv6AddressCount Period "
    "PeriodUnit ResourceGroupId SecurityOptions"
)
UNSUPPORTED = {
    **{name: RUNNING_UNSUPPORTED[name] for name in _NAMES.split()},
    **because({NOT_SOLD: "SpotPriceLimit"}),
}
"""Published parameters of launch templates that are refused, each with the reason."""
TEMPLATE_UNSUPPORTED = {**UNSUPPORTED, **because({NO_GROUPS: "TemplateResourceGroupId"})}
InstanceTags = Annotated[
    list[LooseTag], Items(1, 20), Raises(BAD_TAGS), Doc("The tags of the instances; 1 to 20.")
]


class TemplateDisk(SystemDisk, frozen=True, kw_only=True, rename="pascal"):
    """The system disk of instances that a template makes; one with other members is refused."""

    delete_with_instance: bool | None = None


class Template(Several, frozen=True, kw_only=True, omit_defaults=True):
    """The parameters of the instances that a launch template makes."""

    system_disk: Annotated[TemplateDisk, Sparse()] = TemplateDisk()
    vpc_id: Annotated[str, Text(1, 64), Doc("The VPC that the vSwitch must be in.")] | None = None
    image_owner_alias: (
        Annotated[
            str,
            OneOf(("system", "self", "others", "marketplace")),
            Doc("From where the image must be."),
        ]
        | None
    ) = None
    network_type: Annotated[str, OneOf(("vpc",)), Doc("`vpc` alone.")] | None = None
    spot_duration: Annotated[int, Between(0, 1), Doc("Without a difference.")] | None = None
    password_inherit: OffAlone | None = None
    enable_vm_os_config: OffAlone | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The parameters of a version, with the tags of its instances, as the store keeps them."""

    template: Template
    tags: list[LooseTag] = []


def kept_text(kept: Kept) -> Secret:
    """Return the text that the store keeps of parameters that can be followed.

    Raises:
        BadUserData, LongUserData: as named.
        NotSupported: nothing could follow a parameter.
    """
    template = kept.template
    refuse_on({"PasswordInherit": bool(template.password_inherit)}, NO_PASSWORDS)
    refuse_on(
        {"EnableVmOsConfig": bool(template.enable_vm_os_config)},
        "an instance has the userland of the machine that the platform runs on",
    )
    refuse_unserved(template)
    if template.system_disk.delete_with_instance is False:
        raise NotSupported(
            name="SystemDisk.DeleteWithInstance", reason="a system disk goes with its instance"
        )
    checked_user_data(template.user_data or "")
    return Secret(msgspec.json.encode(kept).decode())


def kept_of(text: Secret) -> Kept:
    """Read what the store keeps of a version."""
    return msgspec.json.decode(text.reveal(), type=Kept)
