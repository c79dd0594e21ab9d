"""Login network masks: their grammar and whom they let in."""

import pytest

from juyong.engines.credentials.network import (
    MAX_MASKS,
    MAX_MASKS_CHARS,
    BadMask,
    in_masks,
    parse_masks,
)

INSIDE: list[tuple[str, str, bool]] = [
    ("192.0.2.1", "", True),
    ("nonsense", "", True),
    ("192.0.2.1", "192.0.2.1", True),
    ("192.0.2.2", "192.0.2.1", False),
    ("10.0.0.0", "10.0.0.0/8", True),
    ("10.255.255.255", "10.0.0.0/8", True),
    ("9.255.255.255", "10.0.0.0/8", False),
    ("11.0.0.0", "10.0.0.0/8", False),
    ("10.9.9.9", "10.1.2.3/8", True),
    ("198.51.100.7", "192.0.2.0/24;198.51.100.7", True),
    ("198.51.100.8", "192.0.2.0/24;198.51.100.7", False),
    ("203.0.113.9", "0.0.0.0/0", True),
    ("2001:db8::1", "0.0.0.0/0", False),
    ("2001:db8::1", "2001:db8::/32", True),
    ("2001:db9::1", "2001:db8::/32", False),
    ("2001:DB8:0:0::1", "2001:db8::1", True),
    ("10.1.2.3", "::/0", False),
    ("::ffff:10.1.2.3", "10.0.0.0/8", True),
    ("::ffff:11.1.2.3", "10.0.0.0/8", False),
    ("nonsense", "0.0.0.0/0;::/0", False),
    ("", "0.0.0.0/0;::/0", False),
    ("10.0.0.1 ", "10.0.0.0/8", False),
    ("010.0.0.1", "10.0.0.0/8", False),
]


@pytest.mark.parametrize(("ip", "masks", "expected"), INSIDE)
def test_membership(ip: str, masks: str, expected: bool) -> None:
    assert in_masks(ip, masks) is expected


def test_membership_table_is_not_empty() -> None:
    assert len(INSIDE) == 23


@pytest.mark.parametrize(
    "masks",
    [
        ";",
        "10.0.0.1;",
        ";10.0.0.1",
        "10.0.0.1;;10.0.0.2",
        "10.0.0.1,10.0.0.2",
        " 10.0.0.1",
        "10.0.0.1; 10.0.0.2",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0.0/",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/0.255.255.255",
        "010.0.0.1",
        "2001:db8::/129",
        "2001:db8:::1",
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
        "::ffff:10.0.0.0/104",
        "example.test",
        "*",
        "１０.0.0.1",
        "167772161",
    ],
)
def test_bad_masks(masks: str) -> None:
    with pytest.raises(BadMask):
        parse_masks(masks)
    with pytest.raises(BadMask):
        in_masks("10.0.0.1", masks)


def test_number_of_entries_has_two_sides() -> None:
    assert len(parse_masks(";".join(["10.0.0.1"] * MAX_MASKS))) == MAX_MASKS
    with pytest.raises(BadMask, match="40 entries"):
        parse_masks(";".join(["10.0.0.1"] * (MAX_MASKS + 1)))


def test_length_has_two_sides() -> None:
    fits = ";".join(["2001:0db8:0000:0000:0000:0000:0000:0001"] * 12)
    fits += ";10.10.10.101/32;100.10.10.101/32"
    assert len(fits) == MAX_MASKS_CHARS
    assert len(parse_masks(fits)) == 14
    longer = fits.replace("10.10.10.101/32;", "110.10.10.101/32;", 1)
    with pytest.raises(BadMask, match="512 characters"):
        parse_masks(longer)
