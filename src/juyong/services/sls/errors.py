"""Errors of SLS.

Source: SLS API reference, common error codes (documented); texts asserted by the tests of the
official Java SDK (observed).
"""

from juyong.api.errors import ApiError, fact


class NoProject(ApiError):
    """No account has a project of that name in the region called."""

    code, status, text = "ProjectNotExist", 404, "The Project does not exist: {name}"


class ProjectExists(ApiError):
    """An account has a project of that name."""

    code, status, text = "ProjectAlreadyExist", 400, "Project {name} already exist"


class NoLogstore(ApiError):
    """The project has no such logstore."""

    code, status, text = "LogStoreNotExist", 404, "logstore {name} does not exist"


class NotYours(ApiError):
    """A service alone writes into the logstore (code and status assumed)."""

    code, status, text = "Unauthorized", 401, "logs of {name} are written by {writer} alone"


class LogstoreExists(ApiError):
    """The project has a logstore of that name."""

    code, status, text = "LogStoreAlreadyExist", 400, "logstore {name} already exists"


class NoJob(ApiError):
    """The project has no such job: alert, scheduled SQL or export."""

    code, status, text = "JobNotExist", 404, "Job {name} does not exist"


class JobExists(ApiError):
    """The project has a job of that name, of whatever kind (code assumed)."""

    code, status, text = "JobAlreadyExist", 400, "Job {name} already exists"


class BadLogstore(ApiError):
    """A member of a logstore has a value that no logstore can have."""

    code, status, text = "LogStoreInfoInvalid", 400, "logstore info is invalid: {why}"


class BadArgument(ApiError):
    """A parameter has a value that is not served."""

    code, status, text = "ParameterInvalid", 400, "{why}"


class NoShard(ApiError):
    """The logstore has no such shard."""

    code, status, text = "ShardNotExist", 404, "shard {shard} does not exist"


TooManyProjects = fact(
    "ProjectQuotaExceed",
    400,
    "The number of projects exceeds the quota.",
    why="The account holds its quota `sls.projects` (code assumed).",
)
TooManyLogstores = fact(
    "ProjectQuotaExceed",
    400,
    "The number of logstores exceeds the quota of the project.",
    why="The project holds its quota `sls.logstores`.",
)
TooManyShards = fact(
    "ProjectQuotaExceed",
    400,
    "The number of shards exceeds the quota of the project.",
    why="The project holds its quota `sls.shards`.",
)
BadTags = fact(
    "ParameterInvalid",
    400,
    "The tags are not valid.",
    why="A key or a value is too long or reserved, a key comes twice, or there are too many.",
)
BadBody = fact(
    "PostBodyInvalid",
    400,
    "The body of the request is invalid.",
    why="The body is no JSON, or not what the operation takes.",
)
