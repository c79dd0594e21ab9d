"""Change the default version of a launch template, and delete versions and templates.

Source: ECS API reference, ModifyLaunchTemplateDefaultVersion, DeleteLaunchTemplateVersion and
DeleteLaunchTemplate (documented); the code for the default version (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, Within
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.templates.tables import TemplateRow
from juyong.services.ecs.templates.template import (
    ONE,
    TEMPLATE,
    NoVersion,
    the_version,
    versions_of,
)

IsDefault = fact(
    "InvalidParameter",
    400,
    "The default version of the launch template can not be deleted.",
    why="The version is the default of the template.",
)


class ChangedTemplate(Shape, frozen=True, kw_only=True):
    """The template that has another default version."""

    launch_template_id: Annotated[str, Of("template_id")]


class GoneVersion(Shape, frozen=True, kw_only=True):
    """A version that was deleted."""

    launch_template_id: Annotated[str, Of("template_id")]
    launch_template_version_number: Annotated[int, Of("number")]


class GoneVersions(Shape, frozen=True, kw_only=True):
    """The versions that were deleted."""

    launch_template_versions: Annotated[list[GoneVersion], Within("LaunchTemplateVersion")]


class GoneTemplate(Shape, frozen=True, kw_only=True):
    """The template that was deleted, with its versions."""

    launch_template_id: str
    launch_template_version_numbers: Annotated[list[int], Within("versionNumbers")]


@operation(ECS, "ModifyLaunchTemplateDefaultVersion", on=ONE, raises=(NoVersion,))
def modify_launch_template_default_version(
    ctx: Context,
    row: TemplateRow,
    *,
    default_version_number: Annotated[int, Doc("A version of the template.")],
) -> ChangedTemplate:
    """Make another version the default of a launch template."""
    number = the_version(ctx, row, default_version_number).number
    TEMPLATE.change(ctx, row, default_number=number, modified_at=ctx.now)
    return ChangedTemplate.of(row)


@operation(ECS, "DeleteLaunchTemplateVersion", on=ONE, raises=(NoVersion, IsDefault))
def delete_launch_template_version(
    ctx: Context,
    row: TemplateRow,
    *,
    delete_version: Annotated[list[int], Items(1, 29), Doc("1 to 29 versions; no default.")],
) -> GoneVersions:
    """Delete versions of a launch template: all of them, or none; instances stay as they are."""
    gone = [the_version(ctx, row, number) for number in dict.fromkeys(delete_version)]
    if any(each.number == row.default_number for each in gone):
        raise IsDefault
    for each in gone:
        ctx.tx.delete(each)
    TEMPLATE.change(ctx, row, modified_at=ctx.now)
    return GoneVersions(launch_template_versions=[GoneVersion.of(each) for each in gone])


@operation(ECS, "DeleteLaunchTemplate", on=ONE)
def delete_launch_template(ctx: Context, row: TemplateRow) -> GoneTemplate:
    """Delete a launch template with all its versions; instances stay as they are."""
    versions = versions_of(ctx, row)
    for each in versions:
        ctx.tx.delete(each)
    TEMPLATE.remove(ctx, row)
    return GoneTemplate(
        launch_template_id=row.template_id,
        launch_template_version_numbers=sorted(each.number for each in versions),
    )
