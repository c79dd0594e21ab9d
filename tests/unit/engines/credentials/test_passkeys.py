"""Where passkeys may live, and when a counter tells of a copy."""

import pytest

from juyong.engines.credentials.passkeys import (
    BadOrigin,
    BadPasskey,
    Site,
    decoded,
    encoded,
    site_of_origin,
    went_back,
)


@pytest.mark.parametrize(
    ("origin", "rp_id"),
    [
        ("https://console.example.com", "console.example.com"),
        ("https://console.example.com:8443", "console.example.com"),
        ("https://localhost:8443", "localhost"),
        ("http://localhost:8480", "localhost"),
        ("https://gate", "gate"),
    ],
)
def test_origin_of_a_named_host_is_a_site(origin: str, rp_id: str) -> None:
    assert site_of_origin(origin) == Site(origin=origin, rp_id=rp_id)


def test_slash_at_the_end_is_no_part_of_an_origin() -> None:
    assert site_of_origin("https://gate.example/").origin == "https://gate.example"


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "console.example.com",
        "http://console.example.com",
        "https://192.0.2.1",
        "https://[::1]",
        "https://console.example.com/signin",
        "https://console.example.com:443",
        "https://Console.example.com",
        "https://user@console.example.com",
        "https://console.example.com:x",
        "https://console..example.com",
        "ftp://localhost",
    ],
)
def test_other_origins_are_refused(origin: str) -> None:
    with pytest.raises(BadOrigin):
        site_of_origin(origin)


@pytest.mark.parametrize(
    ("known", "counter", "expected"),
    [
        (0, 0, False),
        (0, 1, False),
        (1, 2, False),
        (1, 1, True),
        (2, 1, True),
        (1, 0, True),
    ],
)
def test_counter_must_rise_unless_there_is_none(known: int, counter: int, expected: bool) -> None:
    assert went_back(known, counter) is expected


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xfb\xff\xfe", bytes(range(256))])
def test_bytes_in_json_come_back(data: bytes) -> None:
    assert decoded(encoded(data)) == data
    assert not set(encoded(data)) & set("+/=")


@pytest.mark.parametrize("text", ["!", "a", "é", "a b"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(BadPasskey):
        decoded(text)
