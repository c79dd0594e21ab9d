"""Field rules of RAM, shared with IMS.

Source: RAM API reference, field constraints (documented).
"""

from typing import Annotated

from juyong.api.fields import Between, Clearable, OneOf, Pattern, Text

NAME = r"A-Za-z0-9._\-"
UserName = Annotated[str, Text(1, 64, chars=NAME)]
GroupName = Annotated[str, Text(1, 64, chars=NAME)]
RoleName = Annotated[str, Text(1, 64, chars=r"A-Za-z0-9.\-@_")]
PolicyName = Annotated[str, Text(1, 128, chars=r"A-Za-z0-9\-")]
PolicyType = Annotated[str, OneOf(("System", "Custom"))]
DisplayName = Annotated[str, Text(1, 128, chars=r"\w@. \-"), Clearable()]
Comments = Annotated[str, Text(1, 128), Clearable()]
Description = Annotated[str, Text(1, 1024), Clearable()]
MobilePhone = Annotated[str, Pattern(r"\d{1,4}-\d{5,15}"), Clearable()]
Email = Annotated[str, Pattern(r"[^@\s]{1,64}@[^@\s]{1,190}"), Clearable()]
Marker = Annotated[str, Text(0, 1024)]
MaxItems = Annotated[int, Between(1, 1000)]
MaxItems100 = Annotated[int, Between(1, 100)]
