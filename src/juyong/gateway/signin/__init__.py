"""Signing in to the platform: by password and code, by passkey, and one's own credentials."""

from collections.abc import Mapping

from juyong.gateway.asgi import LocalPage
from juyong.gateway.pipeline import Pipeline
from juyong.gateway.signin.account import (
    account_page,
    mfa_bind_page,
    mfa_offer_page,
    mfa_unbind_page,
    passkey_add_page,
    passkey_creation_page,
    passkey_delete_page,
)
from juyong.gateway.signin.passkey import passkey_options_page, passkey_signin_page
from juyong.gateway.signin.password import signin_page, signout_page
from juyong.gateway.signin.static import static_page

__all__ = ["signin_pages"]


def signin_pages(pipeline: Pipeline) -> Mapping[tuple[str, str], LocalPage]:
    """Return the sign-in pages of a platform by method and path."""
    return {
        ("GET", "/signin"): static_page("signin.html", "text/html"),
        ("GET", "/signin.js"): static_page("signin.js", "text/javascript"),
        ("GET", "/signin.css"): static_page("signin.css", "text/css"),
        ("POST", "/signin"): signin_page(pipeline),
        ("POST", "/signout"): signout_page(pipeline),
        ("POST", "/signin/passkey/options"): passkey_options_page(pipeline),
        ("POST", "/signin/passkey"): passkey_signin_page(pipeline),
        ("POST", "/signin/account"): account_page(pipeline),
        ("POST", "/signin/mfa/offer"): mfa_offer_page(pipeline),
        ("POST", "/signin/mfa/bind"): mfa_bind_page(pipeline),
        ("POST", "/signin/mfa/unbind"): mfa_unbind_page(pipeline),
        ("POST", "/signin/passkeys/options"): passkey_creation_page(pipeline),
        ("POST", "/signin/passkeys/add"): passkey_add_page(pipeline),
        ("POST", "/signin/passkeys/delete"): passkey_delete_page(pipeline),
    }
