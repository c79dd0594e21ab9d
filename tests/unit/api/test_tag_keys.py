"""Which tags a request may set beside those that a resource holds."""

import pytest

from juyong.api.tag_keys import clashes


@pytest.mark.parametrize(
    ("held", "sent", "clash"),
    [
        ((), (), False),
        ((), ("Env", "team"), False),
        ((), ("Env", "env"), True),
        ((), ("Env", "Env"), True),
        ((), ("straße", "STRASSE"), True),
        (("Env",), ("Env",), False),
        (("Env",), ("env",), True),
        (("Env",), ("Env", "env"), True),
        (("Env", "env"), ("Env",), False),
        (("Env", "env"), ("team",), False),
        (("Env", "env"), ("ENV",), True),
    ],
)
def test_only_a_new_key_clashes(held: tuple[str, ...], sent: tuple[str, ...], clash: bool) -> None:
    assert clashes(held, sent) is clash
