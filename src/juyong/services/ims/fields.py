"""Field rules of IMS alone; identity/fields.py has the rules that it shares with RAM.

Source: IMS API reference, field constraints (documented).
"""

from typing import Annotated

from juyong.api.fields import Clearable, Text

_DISPLAY = r"\w@. \-"
DisplayName = Annotated[str, Text(1, 24, chars=_DISPLAY)]
NewDisplayName = Annotated[str, Text(1, 24, chars=_DISPLAY), Clearable()]
