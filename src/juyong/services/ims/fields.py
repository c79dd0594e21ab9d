"""Field rules of IMS alone; identity/fields.py has the rules that it shares with RAM.

Source: IMS API reference, field constraints (documented).
"""

from typing import Annotated

from juyong.api.fields import Clearable, Doc, OneOf, Pattern, Text

_DISPLAY = r"\w@. \-"


DisplayName = Annotated[str, Text(1, 24, chars=_DISPLAY)]


NewDisplayName = Annotated[str, Text(1, 24, chars=_DISPLAY), Clearable()]


ProviderName = Annotated[
    str,
    Text(1, 128, chars=r"A-Za-z0-9._\-"),
    Pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._\-]*[A-Za-z0-9])?"),
    Doc("Its name."),
]


ProviderDescription = Annotated[str, Text(1, 256), Clearable(), Doc("Free text.")]


AuthnSignAlgo = Annotated[
    str, OneOf(("rsa-sha1", "rsa-sha256")), Doc("How sign-on requests are to be signed.")
]
