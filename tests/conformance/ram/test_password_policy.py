"""The password policy, through the official RAM SDK."""

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.harness import refused

DEFAULTS = {
    "HardExpiry": False,
    "MaxLoginAttemps": 0,
    "MaxPasswordAge": 0,
    "MinimumPasswordLength": 8,
    "PasswordReusePrevention": 0,
    "RequireLowercaseCharacters": False,
    "RequireNumbers": False,
    "RequireSymbols": False,
    "RequireUppercaseCharacters": False,
}
EDGES = [
    ("minimum_password_length", "MinimumPasswordLength", 8, 32),
    ("max_login_attemps", "MaxLoginAttemps", 0, 32),
    ("password_reuse_prevention", "PasswordReusePrevention", 0, 24),
    ("max_password_age", "MaxPasswordAge", 0, 1095),
]


def policy(ram: Client) -> dict[str, object]:
    return ram.get_password_policy().body.password_policy.to_map()


def change(ram: Client, **values: object) -> dict[str, object]:
    body = ram.set_password_policy(m.SetPasswordPolicyRequest(**values)).body
    return body.password_policy.to_map()


def test_account_starts_with_the_published_defaults(ram: Client) -> None:
    assert policy(ram) == DEFAULTS


def test_policy_keeps_what_is_not_sent(ram: Client) -> None:
    first = change(ram, minimum_password_length=12, require_numbers=True, max_login_attemps=5)
    assert first == {
        **DEFAULTS,
        "MinimumPasswordLength": 12,
        "RequireNumbers": True,
        "MaxLoginAttemps": 5,
    }
    second = change(ram, hard_expiry=True, require_numbers=False)
    assert second == {**first, "HardExpiry": True, "RequireNumbers": False}
    assert policy(ram) == second


@pytest.mark.parametrize(("field", "wire", "low", "high"), EDGES)
def test_policy_takes_the_edges_and_nothing_beyond(
    ram: Client, field: str, wire: str, low: int, high: int
) -> None:
    assert change(ram, **{field: high})[wire] == high
    assert change(ram, **{field: low})[wire] == low
    for value in (low - 1, high + 1):
        with refused(f"InvalidParameter.{wire}.Range", 400) as caught:
            change(ram, **{field: value})
        assert f"MUST be in the range of {low} and {high}." in caught.value.message
    assert policy(ram)[wire] == low


def test_every_field_with_a_range_was_tried() -> None:
    assert len(EDGES) == sum(isinstance(v, int) and v is not False for v in DEFAULTS.values())
