"""Errors of forms.

Source: OSS API reference, PostObject (documented in 2021): codes; OSS, pages of EC 0006-… and
0002-0000070… (documented): what each stands for. Assumed: the code that goes with an EC where the
pages name only one of the two.
"""

from juyong.services.oss.errors import OssError, oss_fact

NoForm = oss_fact(
    "MethodNotAllowed",
    405,
    "0016-00000507",
    "The specified method is not allowed against this resource.",
    why="A bucket is posted to, and the body is no form (code observed).",
)
MalformedPost = oss_fact(
    "MalformedPOSTRequest",
    400,
    "0006-00000104",
    "The body of your POST request is not well-formed multipart/form-data.",
    why="The body is no multipart/form-data, ends early, or has fields behind its file.",
)
WrongFiles = oss_fact(
    "IncorrectNumberOfFilesInPOSTRequest",
    400,
    "0006-00000107",
    "POST requires exactly one file upload per request.",
    why="The form has no field `file`, or two.",
)
FieldTooLong = oss_fact(
    "FieldItemTooLong",
    400,
    "0006-00000110",
    "Your fields items in post form exceeds the maximum allowed size.",
    why="The name of a field is longer than 8 KB, its value longer than 2 MB; the policy"
    " longer than 64 KB, or what stands for a header longer than 8 KB (both assumed).",
)
FieldsTooLong = oss_fact(
    "MaxPOSTPreDataLengthExceeded",
    400,
    "0006-00000112",
    "Your POST request fields preceding the upload file were too large.",
    why="All fields before the file are longer than 2 MB, or more than 256. The published bound is"
    " 8 MB, which a stranger could have the server hold for each connection (code assumed).",
)
FileTooLarge = oss_fact(
    "EntityTooLarge",
    400,
    "0006-00000003",
    "Your proposed upload exceeds the maximum allowed size.",
    why="The file is longer than 5 GB, or than the policy of the form allows.",
)
FileTooSmall = oss_fact(
    "EntityTooSmall",
    400,
    "0006-00000004",
    "Your proposed upload is smaller than the minimum allowed size.",
    why="The file is shorter than the policy of the form demands.",
)


class BadField(OssError):
    """A field that makes the claim, or the key, is missing, or has no form."""

    code, status, text = "InvalidArgument", 400, "The form field is missing or not valid."

    def __init__(self, name: str, ec: str, text: str = "") -> None:
        """Take the field's name, and the EC of what is wrong."""
        super().__init__(ArgumentName=name)
        self.ec = ec  # type: ignore[misc]  # one code, and an EC for each cause
        self.message = text or self.text


class BadPolicy(OssError):
    """The policy of a form cannot be read: it is no base64, no JSON, or has another form."""

    code, status, text = "InvalidPolicyDocument", 400, "Invalid Policy."

    def __init__(self, ec: str, why: str) -> None:
        """Take the EC of what is wrong, and its words."""
        super().__init__()
        self.ec = ec  # type: ignore[misc]  # one code, and an EC for each cause
        self.message = f"Invalid Policy: {why}"


class PolicyFailed(OssError):
    """The form is not what its policy allows, or the policy is out of time."""

    code, status, text = "AccessDenied", 403, "Invalid according to Policy."

    def __init__(self, ec: str, why: str) -> None:
        """Take the EC, and what the policy says."""
        super().__init__()
        self.ec = ec  # type: ignore[misc]  # one code, and an EC for each cause
        self.message = f"Invalid according to Policy: {why}"
