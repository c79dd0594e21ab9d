"""Errors of CloudMonitor.

Source: common error codes of CloudMonitor; ContactNotExists, ContactGroupNotExists and
ResourceNotFound (observed in the Terraform provider); statuses and texts are assumed.
"""

from juyong.api.errors import fact

NoMetric = fact(
    "ResourceNotFound",
    404,
    "The specified metric does not exist: DescribeMetricMetaList lists those that do.",
    why="The platform does not measure such a metric, and the account has no such custom one.",
)
NoRule = fact(
    "ResourceNotFound",
    404,
    "The specified alert rule does not exist.",
    why="There is no such rule in the account.",
)
NoContact = fact(
    "ContactNotExists",
    404,
    "The specified alert contact does not exist.",
    why="There is no such contact in the account.",
)
NoContactGroup = fact(
    "ContactGroupNotExists",
    404,
    "The specified alert contact group does not exist.",
    why="There is no such contact group in the account.",
)
NoMonitorGroup = fact(
    "ResourceNotFound",
    404,
    "The specified monitor group does not exist.",
    why="There is no such monitor group in the account.",
)
ContactGroupInUse = fact(
    "ResourceConflict",
    409,
    "The alert contact group is in use by a rule.",
    why="A rule or a monitor group sends its alerts to the group.",
)
TooMany = fact(
    "ExceedingQuota",
    400,
    "The quota is exceeded.",
    why="The account holds as many of these as its quota allows.",
)
