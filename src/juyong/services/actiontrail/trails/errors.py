"""Errors of trails.

Source: ActionTrail API reference, CreateTrail, UpdateTrail (documented); texts (assumed).
"""

from juyong.api.errors import ApiError, fact

BadName = fact(
    "InvalidTrailNameException",
    400,
    "The trail name must have 6 to 36 small letters, digits, hyphens and underscores, and begin"
    " with a letter.",
    why="No trail can have the name.",
)
NameTaken = fact(
    "TrailAlreadyExistsException",
    400,
    "The trail already exists.",
    why="The account has a trail of that name, in this region or in another.",
)
NoTrail = fact(
    "TrailNotFoundException",
    404,
    "The trail does not exist.",
    why="The account has no such trail; or the call, which changes the trail, was made in another"
    " region than the home of the trail.",
)
TooManyTrails = fact(
    "MaximumNumberOfTrailsExceededException",
    403,
    "The number of trails exceeds the limit.",
    why="The account holds its quota `actiontrail.trails` in the region.",
)
BadPrefix = fact(
    "InvalidPrefixException",
    400,
    "The prefix must have 6 to 32 letters, digits, hyphens, slashes and underscores, and begin with"
    " a letter.",
    why="OssKeyPrefix is none that a trail can have.",
)
NoTarget = fact(
    "InvalidDeliveryConfigurationException",
    400,
    "A trail needs a bucket or a project to deliver events to.",
    why="The trail would have neither OssBucketName nor SlsProjectArn.",
)
NoBucket = fact(
    "BucketDoesNotExistException",
    404,
    "The bucket does not exist.",
    why="The account has no bucket of the name.",
)
SameBucket = fact(
    "RepeatOssBucket",
    400,
    "Another trail delivers to the bucket under the same prefix.",
    why="Bucket and prefix are those of another trail of the account.",
)
NoProject = fact(
    "SlsProjectDoesNotExistException",
    400,
    "The Log Service project does not exist.",
    why="The account has no project of the ARN.",
)
BucketDenied = fact(
    "InsufficientBucketPolicyException",
    403,
    "The role has no permission to write to the bucket.",
    why="There is no such role, it does not trust `actiontrail.aliyuncs.com`, or its policies and"
    " those of the bucket do not let it put objects.",
)
ProjectDenied = fact(
    "InsufficientSlsPolicyException",
    403,
    "The role has no permission to write to the Log Service project.",
    why="There is no such role, it does not trust `actiontrail.aliyuncs.com`, or its policies and"
    " those of the project do not let it make the logstore of the trail and write logs.",
)
NoOrganization = fact(
    "NotAllowCreateOrganizationTrail",
    400,
    "The account is not allowed to create a trail of an organization.",
    why="IsOrganizationTrail is `true`: there are no resource directories, so no account manages"
    " one.",
)


class BadQuery(ApiError):
    """A parameter has a value that no trail can have."""

    code, status = "InvalidQueryParameter", 400
    text = 'The specified query parameter "{name}" is invalid.'
