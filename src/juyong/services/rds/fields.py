"""Rules of parameters that several operations take.

Source: RDS API reference, CreateAccount, CreateDatabase (documented).
"""

from functools import partial
from typing import Annotated

from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Doc, Pattern, Raises, Text
from juyong.api.listing import by_token
from juyong.base.secret import Secret
from juyong.services.rds.errors import NoSuchAccount, Protected

_SPECIAL = r"!@#$%^&*()_+\-="
_UPPER, _LOWER, _DIGIT, _OTHER = "(?=.*[A-Z])", "(?=.*[a-z])", "(?=.*[0-9])", f"(?=.*[{_SPECIAL}])"
_THREE = "|".join(
    "".join(three)
    for three in (
        (_UPPER, _LOWER, _DIGIT),
        (_UPPER, _LOWER, _OTHER),
        (_UPPER, _DIGIT, _OTHER),
        (_LOWER, _DIGIT, _OTHER),
    )
)

InstanceId = Annotated[str, Text(1, 64, chars=r"A-Za-z0-9\-"), Doc("The instance.")]
KnownAccount = Annotated[str, Text(1, 63, chars=r"A-Za-z0-9_.$\-"), Doc("The account.")]
ManagedAccount = Annotated[KnownAccount, Raises((NoSuchAccount, Protected))]
Password = Annotated[
    Secret,
    Pattern(rf"(?=[A-Za-z0-9{_SPECIAL}]{{8,32}}\Z)(?:{_THREE}).*"),
    Doc("8 to 32 characters of at least three of the four kinds."),
]
Description = Annotated[
    str,
    Pattern(r"(?!https?://)[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff_\-]{1,255}"),
    Doc("The purpose."),
]
KnownDatabase = Annotated[str, Text(1, 64, chars=r"A-Za-z0-9_.$\-")]
NewDatabase = Annotated[str, Pattern(r"[a-z][a-z0-9_\-]{0,62}[a-z0-9]")]
PageNumber = Annotated[int, Between(1, 2**31 - 1), Doc("From 1.")]
BY_TOKEN = by_token(
    partial(BadParameter, "InvalidNextToken.Format", "Specified NextToken is not valid.")
)
