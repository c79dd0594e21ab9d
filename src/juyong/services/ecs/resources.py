"""The types of resources that ECS has here."""

from juyong.services.ecs.assistant.invocation import INVOCATION
from juyong.services.ecs.disks.disk import DISK
from juyong.services.ecs.disks.snapshot import SNAPSHOT
from juyong.services.ecs.groups.group import SECURITY_GROUP
from juyong.services.ecs.images.image import IMAGE
from juyong.services.ecs.interfaces.interface import INTERFACE
from juyong.services.ecs.key_pairs import KEY_PAIR
from juyong.services.ecs.lists.port_lists import PORT_LIST
from juyong.services.ecs.machines.machine import INSTANCE
from juyong.services.ecs.snapshot_groups.group import SNAPSHOT_GROUP
from juyong.services.ecs.snapshot_policies.policy import SNAPSHOT_POLICY
from juyong.services.ecs.templates.template import TEMPLATE
from juyong.services.network.lists.prefix_lists import PREFIX_LIST

RESOURCES = (
    DISK,
    SNAPSHOT,
    SNAPSHOT_GROUP,
    SNAPSHOT_POLICY,
    IMAGE,
    INSTANCE,
    INTERFACE,
    KEY_PAIR,
    SECURITY_GROUP,
    PREFIX_LIST,
    PORT_LIST,
    INVOCATION,
    TEMPLATE,
)
