"""Errors of multipart uploads.

Source: OSS API reference, multipart operations (documented); recorded answers of 2026-05 (live).
"""

from juyong.services.oss.errors import oss_fact

_MISSING = (
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been"
    " aborted or completed."
)
NoUpload = oss_fact(
    "NoSuchUpload",
    404,
    "0042-00000002",
    _MISSING,
    why="The key has no unfinished upload of that id.",
)
NoUploadToComplete = oss_fact(
    "NoSuchUpload",
    404,
    "0042-00000203",
    _MISSING,
    why="The key has no unfinished upload of that id: it may be complete already.",
)
InvalidPart = oss_fact(
    "InvalidPart",
    400,
    "0042-00000212",
    "One or more of the specified parts could not be found or the specified entity tag might not"
    " have matched the part's entity tag.",
    why="A part that is listed was not uploaded, or has another ETag; or there is no part.",
)
InvalidPartOrder = oss_fact(
    "InvalidPartOrder",
    400,
    "0042-00000213",
    "The list of parts was not in ascending order.",
    why="Part numbers do not rise from part to part (EC assumed).",
)
EntityTooSmall = oss_fact(
    "EntityTooSmall",
    400,
    "0042-00000214",
    "Your proposed upload is smaller than the minimum allowed size.",
    why="A part before the last one has less than 100 KB (EC assumed).",
)
PartsAndAll = oss_fact(
    "InvalidArgument",
    400,
    "0042-00000216",
    "A list of parts must not be given together with x-oss-complete-all.",
    why="The call lists parts, and wants all parts too.",
)
NoParts = oss_fact(
    "MalformedXML",
    400,
    "0042-00000205",
    "The XML you provided was not well-formed or did not validate against our published schema.",
    why="The call neither lists parts nor wants all of them.",
)
