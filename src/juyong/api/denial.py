"""A denied call: the documented body, and a diagnostic message that only the owner can open."""

import base64
import binascii
from typing import Any

import msgspec

from juyong.api.errors import ApiError
from juyong.api.product import Dialect
from juyong.engines.policy import Decision, Layers, Outcome, Request, explain
from juyong.store.errors import Tampered
from juyong.store.seal import AesSealer

PURPOSE = "diagnostics"
_FORM = b"\x01\x01"
"""The first bytes of a message: `AQE` in base64, as in all published ones (documented)."""


class AccessDenied(ApiError):
    """Policies do not allow the call; the body never tells whether the target exists."""

    code, status, text = "NoPermission", 403, "You are not authorized to do this action."

    def __init__(self, dialect: Dialect, *, text: str, detail: dict[str, Any]) -> None:
        code, status, _ = dialect.denied
        self.code = code  # type: ignore[misc]  # each product has its own code
        self.status = status  # type: ignore[misc]
        self.message = text
        self._detail = detail
        Exception.__init__(self, f"{code}: {self.message}")

    def details(self) -> dict[str, Any]:
        """Return AccessDeniedDetail, which must be an object or absent."""
        return {"AccessDeniedDetail": self._detail}


def denied(
    dialect: Dialect,
    request: Request,
    decision: Decision,
    key: bytes,
    *,
    layers: Layers | None = None,
    told: str | None = None,
) -> AccessDenied:
    """Make the refusal for a decision, with its explanation sealed for the principal's account.

    Args:
        dialect: Of the product; its text may name resource and action.
        request: The request.
        decision: Why it is denied.
        key: Of diagnostic messages.
        layers: The policies that were asked.
        told: The resource as the text may name it; by default any of its kind.
    """
    who = request.principal
    resource = told or any_of_kind(request.resource)
    explicit = decision.outcome is Outcome.EXPLICIT_DENY
    return AccessDenied(
        dialect,
        text=dialect.denied[2].format(resource=resource, action=request.action),
        detail={
            "AuthAction": request.action,
            "AuthPrincipalType": who.kind.value,
            "AuthPrincipalOwnerId": who.account_id,
            "AuthPrincipalDisplayName": who.display_name,
            "PolicyType": decision.layer.value,
            "NoPermissionType": "ExplicitDeny" if explicit else "ImplicitDeny",
            "EncodedDiagnosticMessage": _seal(request, decision, layers, key),
        },
    )


def any_of_kind(resource: str) -> str:
    """Return a resource name with `*` in place of the id: `…:key/*` for `…:key/<id>`.

    SECURITY: callers without any permission read the text of a denial. The text tells nothing that
    the caller did not send, such as which key is behind an alias.
    """
    sort, slash, _ = resource.partition("/")
    return f"{sort}/*" if slash else resource


def _seal(request: Request, decision: Decision, layers: Layers | None, key: bytes) -> str:
    raw = msgspec.json.encode(explain(request, decision, layers))
    place = PURPOSE.encode()
    sealed = AesSealer(key).seal(request.principal.account_id.encode() + b"\0" + raw, place)
    return base64.b64encode(_FORM + sealed).decode()


class BadDiagnostic(ValueError):
    """The text is no diagnostic message of this account."""


def open_diagnostic(encoded: str, account_id: str, key: bytes) -> dict[str, Any]:
    """Open what `denied` sealed.

    Raises:
        BadDiagnostic: damaged, or about another account's principal.
    """
    try:
        sealed = base64.b64decode(encoded, validate=True)
    except binascii.Error as bad:
        raise BadDiagnostic("no base64") from bad
    if not sealed.startswith(_FORM):
        raise BadDiagnostic("of another form")
    try:
        opened = AesSealer(key).open(sealed.removeprefix(_FORM), PURPOSE.encode())
    except Tampered as bad:
        raise BadDiagnostic("damaged") from bad
    owner, _, raw = opened.partition(b"\0")
    if owner.decode() != account_id:
        raise BadDiagnostic("of another account")
    content: dict[str, Any] = msgspec.json.decode(raw)
    return content
