"""The setting `signin_origin`: what no browser would register a passkey under is refused."""

from pathlib import Path

import pytest

from juyong.api.request import Raw
from juyong.app.pages import SIGNIN_PAGES
from juyong.app.platform import open_platform
from juyong.app.settings import BadSetting, Settings
from juyong.gateway.signin import signin_pages
from juyong.gateway.signin.site import site_of


@pytest.mark.parametrize("origin", ["http://console.example.com", "https://192.0.2.1", "x"])
def test_origin_that_cannot_be_is_refused_at_the_start(tmp_path: Path, origin: str) -> None:
    with pytest.raises(BadSetting, match="signin_origin"):
        open_platform(tmp_path / "home", settings=Settings(signin_origin=origin))


def test_origin_that_is_set_is_the_site_of_every_request(tmp_path: Path) -> None:
    settings = Settings(signin_origin="https://console.example.com")
    running = open_platform(tmp_path / "home", settings=settings)
    try:
        site = running.pipeline.platform.signin_site
        assert site is not None
        assert site.rp_id == "console.example.com"
        assert site_of(request("192.0.2.1:8443"), site) is site
        assert set(signin_pages(running.pipeline)) == set(SIGNIN_PAGES)
    finally:
        running.close()


@pytest.mark.parametrize(
    ("host", "secure", "port", "origin"),
    [
        ("localhost:8480", False, 8480, "http://localhost:8480"),
        ("LOCALHOST:8443", True, 8443, "https://localhost:8443"),
        ("localhost", True, 443, "https://localhost"),
        ("localhost", False, 80, "http://localhost"),
        ("localhost", False, 8480, None),
        ("localhost:8443", True, 8444, None),
        ("localhost:8480", False, 0, None),
        ("127.0.0.1:8480", False, 8480, None),
        ("console.example.com", True, 443, None),
        ("", False, 80, None),
    ],
)
def test_without_the_setting_only_localhost_at_the_right_port_is_a_site(
    host: str, secure: bool, port: int, origin: str | None
) -> None:
    found = site_of(request(host, secure=secure, port=port), None)
    assert (found.origin if found else None) == origin


def request(host: str, *, secure: bool = True, port: int = 8443) -> Raw:
    return Raw(
        method="POST",
        path="/signin/passkey",
        query="",
        headers={"host": host},
        body=b"",
        peer="127.0.0.1",
        secure=secure,
        port=port,
    )
