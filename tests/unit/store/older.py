"""Databases of versions before, made of databases of this one."""

from juyong.store.schema import all_specs

LATER = (
    *("cms_", "logs_", "sls_", "notices_"),
    *("actiontrail_delivery", "actiontrail_trail", "actiontrail_data_", "actiontrail_history"),
    *("actiontrail_global_events", "actiontrail_insight"),
    *("actiontrail_template", "network_", "store_repeat", "ecs_instance", "ecs_disk"),
    "ecs_image",
    "ecs_image_disk",
    "ecs_snapshot",
    "ecs_invocation",
    "ecs_command",
    "ecs_launch_template",
)
"""How the names of tables begin that revisions behind all those that are tried make."""


def without_later_tables() -> tuple[str, ...]:
    """Return the statements that take away what the newest revisions make."""
    names = sorted(spec.name for spec in all_specs() if spec.name.startswith(LATER))
    assert names
    return tuple(f"DROP TABLE {name}" for name in names)
