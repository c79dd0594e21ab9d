"""Parameters by which clients make calls safe to repeat, which the gateway honours by itself.

    @operation(VPC, "CreateVpc", on=VPC_.new, gateway=ONCE | CHECKED)

A call with a client token has one effect: a repeated call gets the first answer again. A dry run
has none: a product whose dialect has `dry_run` answers that the call would have succeeded.
"""

from typing import Annotated, Any

from juyong.api.fields import Doc, Text

ClientToken = Annotated[
    str,
    Text(1, 64, chars=r"\x20-\x7e"),
    Doc("1 to 64 characters of ASCII: a call that repeats the token gets the first answer again."),
]
OnlyCheck = Annotated[bool, Doc("Check the call, and do nothing.")]

ONCE: dict[str, Any] = {"client_token": ClientToken | None}
"""The client token, of operations that change something."""
CHECKED: dict[str, Any] = {"dry_run": OnlyCheck | None}
"""The dry run."""
