"""Rules of parameters that several operations take.

Source: RDS API reference, CreateAccount, CreateDatabase (documented).
"""

from functools import partial
from itertools import combinations
from typing import Annotated

from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Doc, Pattern, Raises, Text
from juyong.api.listing import by_token
from juyong.base.secret import Secret
from juyong.services.rds.errors import NoSuchAccount, Protected

_SPECIAL = r"!@#$%^&*()_+\-="
_UPPER, _LOWER, _DIGIT, _OTHER = "(?=.*[A-Z])", "(?=.*[a-z])", "(?=.*[0-9])", f"(?=.*[{_SPECIAL}])"
_THREE = "|".join(map("".join, combinations((_UPPER, _LOWER, _DIGIT, _OTHER), 3)))

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
    Doc("The purpose: 2 to 256 letters, digits, `_` and `-`, a letter first."),
]
KnownDatabase = Annotated[
    str,
    Text(1, 64, chars=r"A-Za-z0-9_.$\-"),
    Doc("The database; the engine's own ones are not found."),
]
PageNumber = Annotated[int, Between(1, 2**31 - 1), Doc("From 1.")]
BY_TOKEN = by_token(
    partial(BadParameter, "InvalidNextToken.Format", "Specified NextToken is not valid.")
)
