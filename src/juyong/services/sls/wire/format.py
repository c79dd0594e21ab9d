"""Requests of SLS taken apart: method, path and query name the operation, the host the project.

Source: SLS API reference, common requests and signatures (documented); what clients send in other
places (observed in the official Go and Python SDKs).
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from functools import partial

from juyong.api.errors import NotSupported
from juyong.api.product import Style
from juyong.api.request import Raw
from juyong.api.signature_v4 import Credential, sign_v4, text_v4
from juyong.api.wire import Claim, Envelope, Promise, Writer
from juyong.base.clock import iso
from juyong.base.secret import Secret
from juyong.services.sls.refusals import why_not
from juyong.services.sls.wire import errors, signatures
from juyong.services.sls.wire.reading import (
    KEY_ID,
    decoded,
    hex_digest,
    members_of,
    moment,
    pairs_in,
    project_of,
    scope_of,
)
from juyong.services.sls.wire.signatures import Target
from juyong.services.sls.wire.writing import SlsWriter

_V1, _V4 = ("LOG ", "SLS "), "SLS4-HMAC-SHA256 "
"""How claims begin; the Go SDK calls signature V1 `SLS` (observed)."""
_VERSIONS = ("0.6.0", "0.7.0")
_METHODS = {"hmac-sha1": "sha1", "hmac-sha256": "sha256"}
_NO_BODY = hashlib.sha256().hexdigest()
_OF_SEARCHES = ("offset", "size", "savedsearchName")
"""The parameters that the Go SDK sends as headers (observed); they only choose what is shown."""
_PUT = re.compile(r"/logstores/[^/]+(?:/shards/route)?")
"""The paths of PutLogs other than `/shards/lb` (observed)."""
_COUNTED = re.compile(r"/logstores/[^/]+/index")
"""The path of GetHistograms in the generated SDKs; others leave `/index` out (observed)."""
_KINDS = {"ScheduledSQL": "/scheduledsqls"}
"""The paths of lists of jobs in the generated SDKs, by `jobType`; else alerts (observed)."""
_OF_ACCOUNT = ("/tags", "/tag", "/untag", "/resourcegroup")
"""The paths that mean the same at the host of a project and at that of the service (observed)."""


class SlsFormat:
    """The format of SLS and of nothing else."""

    styles = frozenset({Style.REST})

    def recognises(self, raw: Raw) -> bool:  # noqa: ARG002  # the product says who is asked
        """Take what the product's hosts and claims say is of SLS."""
        return True

    def read(self, raw: Raw) -> Envelope:
        """Take the request apart."""
        decoded(raw.path)  # refused here where it is no UTF-8
        pairs = pairs_in(raw.query)
        reason = why_not(raw.path)
        if reason is not None:
            raise NotSupported(name=raw.path.split("?")[0], reason=reason)
        return Envelope(
            claim=_claim(raw, pairs),
            action=None,
            version=None,
            params=_parameters(raw, pairs),
            writer=self.writer(raw),
            members=partial(members_of, raw),
            promise=_promised(raw) if raw.arriving is not None else None,
            path=_path(raw),
            whole=self.read,
        )

    def writer(self, raw: Raw) -> Writer:
        """Return what writes JSON."""
        return SlsWriter(raw.path)


def _parameters(raw: Raw, pairs: list[tuple[str, str | None]]) -> dict[str, str]:
    """Return the parameters of the query; a list of saved searches has them as headers, too."""
    found = {name: _spelt(name, value or "") for name, value in pairs}
    if raw.method == "GET" and raw.path == "/savedsearches":
        for name in _OF_SEARCHES:
            if name.lower() in raw.headers:
                found.setdefault(name, raw.headers[name.lower()])
    return found


def _path(raw: Raw) -> str:
    """Return the path by which the operation is found: of a project `/project/<project>/…`.

    A project is made by a call at its own host or at that of the service (observed).
    """
    project = project_of(raw)
    made = raw.method == "POST" and raw.path == "/"
    if not project or made or raw.path in _OF_ACCOUNT:
        return raw.path
    path = raw.path
    if raw.method == "POST" and _PUT.fullmatch(path):
        path = f"{path.removesuffix('/shards/route')}/shards/lb"
    if _COUNTED.fullmatch(path) and "type=histogram" in raw.query.split("&"):
        path = path.removesuffix("/index")
    if raw.method == "GET" and path == "/jobs":
        path = _KINDS.get(dict(pairs_in(raw.query)).get("jobType") or "", "/alerts")
    return f"/project/{project}{path}".rstrip("/")


def _spelt(name: str, value: str) -> str:
    """Return a value as operations are told by it: one client pulls `logs`, all others `log`."""
    return "log" if (name, value) == ("type", "logs") else value


def _claim(raw: Raw, pairs: list[tuple[str, str | None]]) -> Claim | None:
    authorization = raw.headers.get("authorization", "")
    if not authorization:
        return None
    version = raw.headers.get("x-log-apiversion", "")
    if version not in _VERSIONS:
        raise errors.BadVersion if version else errors.MissingVersion
    if authorization.startswith(_V1):
        return _claim_v1(raw, pairs, authorization.partition(" ")[2])
    if authorization.startswith(_V4):
        return _claim_v4(raw, pairs, authorization.removeprefix(_V4))
    raise errors.BadAuthorization


def _claim_v1(raw: Raw, pairs: list[tuple[str, str | None]], authorization: str) -> Claim:
    key_id, _, signature = authorization.strip().partition(":")
    if not KEY_ID.fullmatch(key_id):
        raise errors.BadAuthorization
    method = raw.headers.get("x-log-signaturemethod", "")
    if method not in _METHODS:
        raise errors.BadMethod if method else errors.MissingMethod
    date, own = raw.headers.get("date", ""), raw.headers.get("x-log-date", "")
    if not (date or own):
        raise errors.MissingDate
    at = moment(own or date)
    one_moment = not (date and own) or moment(date) == at

    def check(secret: Secret) -> None:
        given = _base64(signature)
        for target in _targets(raw, pairs):
            for text in signatures.texts_v1(target, one_moment=one_moment):
                right = signatures.sign_v1(secret, text, _METHODS[method])
                if hmac.compare_digest(right, given):
                    _check_body(raw)
                    return
        raise errors.BadSignature(signature=signature)

    return _as_claim(raw, key_id, iso(at), check)


def _claim_v4(raw: Raw, pairs: list[tuple[str, str | None]], authorization: str) -> Claim:
    parts = dict(part.strip().partition("=")[::2] for part in authorization.split(","))
    found = Credential.of(parts.get("Credential", ""), "sls")
    if found is None or "Signature" not in parts:
        raise errors.BadAuthorization
    date = raw.headers.get("x-log-date", "")
    if not date:
        raise errors.MissingDate
    at = moment(date)
    scope, signature = scope_of(found, raw, at), parts["Signature"]

    def check(secret: Secret) -> None:
        payload = raw.headers.get("x-log-content-sha256", _NO_BODY)
        for target in _targets(raw, pairs):
            text = text_v4(_V4.strip(), date, scope, signatures.canonical_v4(target, payload))
            right = sign_v4(secret, scope, text).hex()
            if hmac.compare_digest(right.encode(), signature.encode()):
                _check_body(raw)
                return
        raise errors.BadSignature(signature=signature)

    return _as_claim(raw, found.key_id, iso(at), check)


def _as_claim(raw: Raw, key_id: str, timestamp: str, check: Callable[[Secret], None]) -> Claim:
    return Claim(
        access_key_id=key_id,
        security_token=raw.headers.get("x-acs-security-token") or None,
        timestamp=timestamp,
        nonce=None,
        check=check,
    )


def _targets(raw: Raw, pairs: list[tuple[str, str | None]]) -> list[Target]:
    """Return what is signed: some clients sign the path as it is sent, others decoded."""
    paths = dict.fromkeys((decoded(raw.path), raw.path))
    return [Target(raw.method, path, pairs, raw.headers) for path in paths]


def _promised(raw: Raw) -> Promise | None:
    """Return the digest of the body that the signature covers; None where it covers none."""
    if raw.headers.get("authorization", "").startswith(_V4):
        digest = hex_digest(raw.headers.get("x-log-content-sha256", _NO_BODY))
        return Promise(algorithm="sha256", digest=digest, refusal=errors.BadContent)
    given = raw.headers.get("content-md5", "")
    if not given:
        return None
    return Promise(algorithm="md5", digest=hex_digest(given), refusal=errors.BadContent)


def _check_body(raw: Raw) -> None:
    """Hold a body to its digest.

    SECURITY: signature V1 covers a Content-MD5 only if there is one, as documented; the signatures
    of all official clients have one.
    """
    promise = _promised(raw) if raw.arriving is None else None
    if promise is None:
        return  # compared with the promise once it is there
    actual = hashlib.new(promise.algorithm, raw.body, usedforsecurity=False).digest()
    if not hmac.compare_digest(promise.digest or b"", actual):
        raise errors.BadContent


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


FORMAT = SlsFormat()
