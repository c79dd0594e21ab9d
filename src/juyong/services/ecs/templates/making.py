"""Make launch templates and their versions.

Source: ECS API reference, CreateLaunchTemplate and CreateLaunchTemplateVersion (documented): the
first version is the default, and numbers rise by one. UserData counts as in RunInstances.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Grouped
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import Description
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import RULES, Tags
from juyong.services.ecs.templates.kept import (
    TEMPLATE_UNSUPPORTED,
    UNSUPPORTED,
    InstanceTags,
    Kept,
    Template,
    kept_text,
)
from juyong.services.ecs.templates.tables import TemplateRow, TemplateVersionRow
from juyong.services.ecs.templates.template import ONE, TEMPLATE, NewName

TooManyVersions = fact(
    "LaunchTemplateVersionLimitExceed",
    403,
    "The maximum number of template's versions is exceeded.",
    why="The template holds the quota `ecs.launch-template-versions`.",
)
_Words = Annotated[Description, Doc("Of the version; 2 to 256 characters, no link first.")]


class NewVersion(Shape, frozen=True, kw_only=True):
    """The version just made."""

    launch_template_id: Annotated[str, Of("template_id")]
    launch_template_version_number: Annotated[int, Of("number")]


@operation(ECS, "CreateLaunchTemplate", on=TEMPLATE.new, unsupported=TEMPLATE_UNSUPPORTED)
def create_launch_template(
    ctx: Context,
    *,
    region_id: Region,
    launch_template_name: NewName,
    template: Annotated[Template, Grouped()],
    version_description: _Words | None = None,
    tag: InstanceTags | None = None,
    template_tag: Annotated[Tags, Doc("The tags of the template; 1 to 20.")] | None = None,
) -> NewVersion:
    """Keep parameters of instances under a name, as the first version, which is the default.

    Args:
        internet_charge_type, instance_charge_type, spot_strategy, io_optimized:
            Nothing is sold: the one value that there is.
    """
    check_region(ctx, region_id)
    row = TEMPLATE.create(
        ctx,
        RULES.checked(pairs_of(template_tag)),
        template_id=new_instance_id("lt"),
        template_name=launch_template_name,
        default_number=1,
        last_number=1,
        modified_at=ctx.now,
    )
    return _add(ctx, row, template, version_description, tag)


@operation(
    ECS,
    "CreateLaunchTemplateVersion",
    on=ONE,
    unsupported=UNSUPPORTED,
    raises=(TooManyVersions,),
)
def create_launch_template_version(
    ctx: Context,
    row: TemplateRow,
    *,
    template: Annotated[Template, Grouped()],
    version_description: _Words | None = None,
    tag: InstanceTags | None = None,
) -> NewVersion:
    """Add a version to a launch template; the default stays the default.

    Args:
        internet_charge_type, instance_charge_type, spot_strategy, io_optimized:
            Nothing is sold: the one value that there is.
    """
    held = ctx.tx.count(TemplateVersionRow, template_id=row.template_id)
    if held >= ctx.quota("ecs.launch-template-versions"):
        raise TooManyVersions
    row = TEMPLATE.change(ctx, row, last_number=row.last_number + 1, modified_at=ctx.now)
    return _add(ctx, row, template, version_description, tag)


def _add(
    ctx: Context,
    row: TemplateRow,
    template: Template,
    description: str | None,
    tags: InstanceTags | None,
) -> NewVersion:
    """Store the version that has the last number of a template."""
    RULES.checked(pairs_of(tags))
    version = TemplateVersionRow(
        template_id=row.template_id,
        number=row.last_number,
        description=description or "",
        asked=kept_text(Kept(template=template, tags=tags or [])),
        created_at=ctx.now,
    )
    ctx.tx.insert(version)
    return NewVersion.of(version)
