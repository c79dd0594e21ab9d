"""Facts about instances that clients read with every instance, though they never differ here.

Source: ECS API reference, DescribeInstanceAttachmentAttributes,
DescribeInstanceMaintenanceAttributes and DescribeInstanceHistoryEvents (documented); that Terraform
reads all three (observed).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped, OneOf
from juyong.api.operation import operation
from juyong.api.shape import Shape, Within
from juyong.api.wrapping import Listing
from juyong.services.ecs.key_pairs import NO_RESOURCE_GROUPS, Region, check_region
from juyong.services.ecs.machines.machine import INSTANCE, InstanceIds, own_instances
from juyong.services.ecs.pages import (
    NumberedAnswer,
    NumberedParameters,
    PageAnswer,
    PageParameters,
    by_number,
    paged,
    texts_of,
)
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.tables import InstanceRow


class AttachmentAttributes(Shape, frozen=True, kw_only=True):
    """The private pool of one instance; this platform has no pools."""

    instance_id: str
    private_pool_options_id: str = ""
    private_pool_options_match_criteria: str = "None"


class ActionOnMaintenance(Shape, frozen=True, kw_only=True):
    """The action on an instance when its machine is maintained."""

    value: str = "Stop"
    default_value: str = "Stop"
    supported_values: Annotated[list[str], Within("SupportedValue")] = msgspec.field(
        default_factory=lambda: ["Stop"]
    )


class MaintenanceAttributes(Shape, frozen=True, kw_only=True):
    """How one instance is maintained."""

    instance_id: str
    action_on_maintenance: ActionOnMaintenance = ActionOnMaintenance()
    maintenance_windows: Annotated[list[str], Within("MaintenanceWindow")] = msgspec.field(
        default_factory=list
    )
    notify_on_maintenance: bool = False


@operation(
    ECS,
    "DescribeInstanceAttachmentAttributes",
    on=INSTANCE.all,
    answers="Instances.Instance",
    reads_only=True,
    scans=True,
)
def describe_instance_attachment_attributes(
    ctx: Context,
    *,
    region_id: Region,
    instance_ids: Annotated[str, Doc("A JSON array of 1 to 100 instances.")],
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[AttachmentAttributes, NumberedAnswer]:
    """List the private pools of instances: no instance is in one."""
    check_region(ctx, region_id)
    ids = texts_of("InstanceIds", instance_ids)
    return by_number(_of(ctx, ids), pages).map(AttachmentAttributes.of)


@operation(
    ECS,
    "DescribeInstanceMaintenanceAttributes",
    on=INSTANCE.all,
    answers="MaintenanceAttributes.MaintenanceAttribute",
    reads_only=True,
    scans=True,
)
def describe_instance_maintenance_attributes(
    ctx: Context,
    *,
    region_id: Region,
    instance_id: InstanceIds | None = None,
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[MaintenanceAttributes, NumberedAnswer]:
    """List how instances are maintained: each stops with the machine that the platform runs on."""
    check_region(ctx, region_id)
    return by_number(_of(ctx, instance_id), pages).map(MaintenanceAttributes.of)


class SystemEvent(Shape, frozen=True, kw_only=True):
    """A system event of an instance; this platform has no such events."""

    event_id: str
    instance_id: str


@operation(
    ECS,
    "DescribeInstanceHistoryEvents",
    on=INSTANCE.all,
    answers="InstanceSystemEventSet.InstanceSystemEventType",
    unsupported={**NO_RESOURCE_GROUPS, "ImpactLevel": "its effect is not published"},
    reads_only=True,
)
def describe_instance_history_events(
    ctx: Context,
    *,
    region_id: Region,
    resource_type: Annotated[str, OneOf(("instance",)), Doc("`instance` alone.")] = "instance",  # noqa: ARG001  # as its type says
    pages: Annotated[PageParameters, Grouped()],
) -> Listing[SystemEvent, PageAnswer]:
    """List the system events of instances: nothing but calls and their own ends stop instances.

    No filter makes a difference.
    """
    check_region(ctx, region_id)
    none: list[SystemEvent] = []
    return paged("system events", none, lambda event: (0, event.event_id), pages)


def _of(ctx: Context, ids: list[str] | tuple[str, ...] | None) -> list[InstanceRow]:
    rows = [row for row in own_instances(ctx) if ids is None or row.instance_id in ids]
    return sorted(rows, key=lambda row: row.instance_id)
