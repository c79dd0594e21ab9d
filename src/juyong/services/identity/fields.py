"""Field rules that RAM and IMS share.

Source: RAM and IMS API references, field constraints (documented).
"""

from typing import Annotated

from juyong.api.fields import Clearable, Doc, OneOf, Pattern, Text
from juyong.api.shape import Of

NAME = r"A-Za-z0-9._\-"
UserName = Annotated[str, Text(1, 64, chars=NAME), Doc("The user.")]
GroupName = Annotated[str, Text(1, 64, chars=NAME), Doc("The group.")]
RoleName = Annotated[str, Text(1, 64, chars=r"A-Za-z0-9.\-@_"), Doc("Its name, in whatever case.")]
PolicyName = Annotated[str, Text(1, 128, chars=r"A-Za-z0-9\-"), Doc("Its name.")]
PolicyType = Annotated[str, OneOf(("System", "Custom")), Doc("`System` or `Custom`.")]
DisplayName = Annotated[
    str, Text(1, 128, chars=r"\w@. \-"), Clearable(), Doc("Shown in the console.")
]
ShortDisplayName = Annotated[
    str, Text(1, 24, chars=r"\w@. \-"), Doc("Shown in the console, at most 24 characters.")
]
Comments = Annotated[str, Text(1, 128), Clearable(), Doc("Free text.")]
Description = Annotated[str, Text(1, 1024), Clearable(), Doc("Up to 1024 characters.")]
MobilePhone = Annotated[
    str, Pattern(r"\d{1,4}-\d{5,15}"), Clearable(), Doc("`<country code>-<number>`.")
]
Email = Annotated[str, Pattern(r"[^@\s]{1,64}@[^@\s]{1,190}"), Clearable(), Doc("Contact address.")]


def status_of(active: bool) -> str:  # a value, and no switch
    """Return the word for whether a credential is switched on."""
    return "Active" if active else "Inactive"


Status = Annotated[
    str,
    OneOf(("Active", "Inactive")),
    Of("active", status_of),
    Doc("`Active` or `Inactive`."),
]
# A name, one @, a domain: which domains are the account's is not known here.
UserPrincipalName = Annotated[
    str,
    Text(1, 128, chars=r"A-Za-z0-9._@\-"),
    Pattern(r"[A-Za-z0-9._\-]{1,64}@[A-Za-z0-9._\-]+"),
    Doc("The user."),
]
UserId = Annotated[str, Text(1, 64), Doc("Its id.")]
ProviderName = Annotated[
    str,
    Text(1, 128, chars=NAME),
    Pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._\-]*[A-Za-z0-9])?"),
    Doc("Its name."),
]
ProviderDescription = Annotated[str, Text(1, 256), Clearable(), Doc("Free text.")]
