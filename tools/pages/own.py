"""The page of what the platform serves beside the products."""

import inspect
from collections.abc import Iterable
from typing import Any

from juyong.app.planes.figures import families
from juyong.gateway.signin import account, passkey, password, requests
from juyong.services.identity.signin import answers
from juyong.services.identity.signin.answers import Refusal
from juyong.worker.figures import Figures, QueueFigures
from pages.docstring import docstring_of
from pages.markdown import code, codes, page, prose, sentences, table
from pages.values import members

_INTRO = """\
These paths are served on addresses outside `aliyuncs.com`, and need no signature.

- `GET /health` answers 200 `{"status":"ok",…}` when the store takes transactions, else 503.
  `worker` is `running`, `restarting` after the worker ended for whatever reason, `starting` before.
  `hsm` says where keys of level HSM are kept: `token`, `development process` or `none`.
  Each [plane](../explanation/planes.md) has a member of its name with its state: `running`,
  `starting`, `idle`, `failing (…)` while it ends again and again, `none (…)` where the machine
  refuses the plane, `stopped (…)` where another server runs the plane; the reason is in brackets.
  `key_process` and `functions` say the same of the process that keeps keys of level HSM, where
  there is one, and of runs of functions.
  While the server is sealed it is 503 `{"status":"sealed"}`, and the only page there is.
- `GET /metrics` answers counters of calls, by product, operation and status, for Prometheus,
  and the figures of [scheduled work](../explanation/scheduled-work.md) below.
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

_FIGURES = """\
`job` is the name of a job or of a module of sweeps, `seals`, `queue` (claiming items) or `hooks`
(importing jobs). Counters are of this process since its start; the queue is the database's."""


def own_page() -> str:
    """Write the page."""
    return page(
        "The platform's own pages",
        _INTRO,
        _SESSION,
        "## Figures of scheduled work",
        prose(_FIGURES),
        _figures([*Figures().collect(), *QueueFigures((), 0).collect()]),
        "## Figures of planes",
        prose("Counters are of this process since its start."),
        _figures(families({}, {})),
        *(_form(f"POST /{path}", serve, body) for path, serve, body in _FORMS),
        "## Refusals of the sign-in pages",
        _refusals(),
    )


def _figures(found: Iterable[Any]) -> str:
    rows = (
        (
            code(_exposed(f.name, f.type)),
            f.type,
            codes(_labels(f)),
            f.documentation,
        )
        for f in found
    )
    return table(("Metric", "Type", "Labels", "What it counts"), rows)


def _labels(family: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = family._labelnames  # noqa: SLF001  # there is no public name
    return names


def _exposed(name: str, kind: str) -> str:
    return f"{name}_total" if kind == "counter" else name


def _form(title: str, serve: object, body: type) -> str:
    doc = docstring_of(serve)
    fields = table(
        ("Member of the body", "Type"), ((code(path), kind) for path, kind, *_ in members(body))
    )
    about = sentences(docstring_of(body).body)
    parts = [f"## {title}", prose(doc.summary), sentences(doc.body), fields, about]
    return "\n\n".join(part for part in parts if part)


def _refusals() -> str:
    found = {
        one.code: one
        for module in (answers, requests)
        for _, one in inspect.getmembers(module, lambda value: isinstance(value, Refusal))
    }
    rows = ((code(one.code), str(one.status), one.message) for one in found.values())
    return table(("Code", "Status", "Text"), sorted(rows))
