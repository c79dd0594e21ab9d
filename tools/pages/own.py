"""The page of what the platform serves beside the products."""

import inspect

from juyong.gateway.signin import account, passkey, password, requests
from juyong.services.ram import signin_answers
from juyong.services.ram.signin_answers import Refusal
from pages.docstring import docstring_of
from pages.markdown import code, page, prose, sentences, table
from pages.values import members

_INTRO = """\
These paths are served on addresses outside `aliyuncs.com`, and need no signature.

- `GET /health` answers 200 `{"status":"ok",…}` when the store takes transactions, else 503.
  `hsm` says where keys of level HSM are kept: `token`, `development process` or `none`.
  While the server is sealed it is 503 `{"status":"sealed"}`, and the only page there is.
- `GET /metrics` answers counters of calls, by product, operation and status, for Prometheus.
- `GET /signin` is the page on which root and users sign in with a browser and manage their own MFA
  device and passkeys.
- The other pages are what its script calls; they take and give JSON, with `Content-Type:
  application/json`, over TLS or on the machine itself."""
_SESSION = """\
The session opens the pages below that take one; API calls take no session."""
_FORMS = (
    ("signin", password.signin_page, password.SigninRequest),
    ("signout", password.signout_page, password.SignoutRequest),
    ("signin/passkey/options", passkey.passkey_options_page, passkey.PasskeyOptionsRequest),
    ("signin/passkey", passkey.passkey_signin_page, passkey.PasskeySigninRequest),
    ("signin/account", account.account_page, account.AccountRequest),
    ("signin/mfa/offer", account.mfa_offer_page, account.AccountRequest),
    ("signin/mfa/bind", account.mfa_bind_page, account.BindRequest),
    ("signin/mfa/unbind", account.mfa_unbind_page, account.UnbindRequest),
    ("signin/passkeys/options", account.passkey_creation_page, account.AccountRequest),
    ("signin/passkeys/add", account.passkey_add_page, account.AddPasskeyRequest),
    ("signin/passkeys/delete", account.passkey_delete_page, account.DeletePasskeyRequest),
)


def own_page() -> str:
    """Write the page."""
    return page(
        "The platform's own pages",
        _INTRO,
        _SESSION,
        *(_form(f"POST /{path}", serve, body) for path, serve, body in _FORMS),
        "## Refusals of the sign-in pages",
        _refusals(),
    )


def _form(title: str, serve: object, body: type) -> str:
    doc = docstring_of(serve)
    fields = table(
        ("Member of the body", "Type"), ((code(path), kind) for path, kind, _ in members(body))
    )
    about = sentences(docstring_of(body).body)
    parts = [f"## {title}", prose(doc.summary), sentences(doc.body), fields, about]
    return "\n\n".join(part for part in parts if part)


def _refusals() -> str:
    found = {
        one.code: one
        for module in (signin_answers, requests)
        for _, one in inspect.getmembers(module, lambda value: isinstance(value, Refusal))
    }
    rows = ((code(one.code), str(one.status), one.message) for one in found.values())
    return table(("Code", "Status", "Text"), sorted(rows))
