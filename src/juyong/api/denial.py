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


class AccessDenied(ApiError):
    """Policies do not allow the call; the body never tells whether the target exists."""

    code, status, text = "NoPermission", 403, "You are not authorized to do this action."

    def __init__(
        self, dialect: Dialect, *, text: str | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        code, status, standard = dialect.denied
        self.code = code  # type: ignore[misc]  # each product has its own code
        self.status = status  # type: ignore[misc]
        self.message = text or standard
        self._detail = detail
        Exception.__init__(self, f"{code}: {self.message}")

    def details(self) -> dict[str, Any]:
        """Return AccessDeniedDetail, which must be an object or absent."""
        return {"AccessDeniedDetail": self._detail} if self._detail else {}


def denied(
    dialect: Dialect,
    request: Request,
    decision: Decision,
    key: bytes,
    *,
    layers: Layers | None = None,
    text: str | None = None,
) -> AccessDenied:
    """Make the refusal for a decision, with its explanation sealed for the principal's account."""
    who = request.principal
    explicit = decision.outcome is Outcome.EXPLICIT_DENY
    return AccessDenied(
        dialect,
        text=text,
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


def _seal(request: Request, decision: Decision, layers: Layers | None, key: bytes) -> str:
    raw = msgspec.json.encode(explain(request, decision, layers))
    place = PURPOSE.encode()
    sealed = AesSealer(key).seal(request.principal.account_id.encode() + b"\0" + raw, place)
    return base64.b64encode(sealed).decode()


class BadDiagnostic(ValueError):
    """The text is no diagnostic message of this account."""


def open_diagnostic(encoded: str, account_id: str, key: bytes) -> dict[str, Any]:
    """Open what `denied` sealed.

    Raises:
        BadDiagnostic: damaged, or about another account's principal.
    """
    try:
        sealed = base64.b64decode(encoded, validate=True)
        owner, _, raw = AesSealer(key).open(sealed, PURPOSE.encode()).partition(b"\0")
    except (binascii.Error, Tampered) as bad:
        raise BadDiagnostic("damaged") from bad
    if owner.decode() != account_id:
        raise BadDiagnostic("of another account")
    opened: dict[str, Any] = msgspec.json.decode(raw)
    return opened
