"""Field rules of IMS, beside those it shares with RAM.

Source: IMS API reference, field constraints (documented).
"""

from typing import Annotated

from juyong.api.fields import Between, Clearable, OneOf, Pattern, Text

# A name, one @, a domain: which domains are the account's is not known here.
UserPrincipalName = Annotated[
    str,
    Text(1, 128, chars=r"A-Za-z0-9._@\-"),
    Pattern(r"[A-Za-z0-9._\-]{1,64}@[A-Za-z0-9._\-]+"),
]
UserId = Annotated[str, Text(1, 64)]
UserAccessKeyId = Annotated[str, Text(1, 128)]
_DISPLAY = r"\w@. \-"
DisplayName = Annotated[str, Text(1, 24, chars=_DISPLAY)]
NewDisplayName = Annotated[str, Text(1, 24, chars=_DISPLAY), Clearable()]
ProviderName = Annotated[
    str,
    Text(1, 128, chars=r"A-Za-z0-9._\-"),
    Pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._\-]*[A-Za-z0-9])?"),
]
ProviderDescription = Annotated[str, Text(1, 256), Clearable()]
AuthnSignAlgo = Annotated[str, OneOf(("rsa-sha1", "rsa-sha256"))]
MaxItems100 = Annotated[int, Between(1, 100)]
KeyStatus = Annotated[str, OneOf(("Active", "Inactive"))]
