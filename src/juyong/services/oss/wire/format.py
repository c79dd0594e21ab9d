"""Requests of OSS taken apart: method, path and marks name the operation; the body is the object's.

Source: OSS API reference, signatures (documented); clients' own forms (observed).
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from msgspec.structs import replace

from juyong.api.context import Arguments, Context
from juyong.api.product import Style
from juyong.api.request import Raw
from juyong.api.signature_v4 import Credential, sign_v4, text_v4
from juyong.api.wire import Answered, Claim, Envelope, Writer
from juyong.base.clock import Instant, iso
from juyong.base.secret import Secret
from juyong.services.oss.access_log.noting import note
from juyong.services.oss.buckets.acceleration import check_host
from juyong.services.oss.buckets.cors import headers_for
from juyong.services.oss.buckets.payment import check_payer
from juyong.services.oss.buckets.referer import check_referer
from juyong.services.oss.buckets.tls import check_tls
from juyong.services.oss.errors import BadArgument, BadSignature, Forbidden
from juyong.services.oss.website.pages import Visit
from juyong.services.oss.wire import signatures
from juyong.services.oss.wire.form import PostForm, form_in
from juyong.services.oss.wire.form_claim import claim_of
from juyong.services.oss.wire.reading import (
    KEY_ID,
    LONGEST_V4,
    compact,
    decoded,
    instant,
    resource_of,
    scope_of,
    slots_of,
)
from juyong.services.oss.wire.subresources import LISTING, SUBRESOURCES
from juyong.services.oss.wire.writing import OssWriter

_MOST_PARAMETERS = 1000
_OF_BUCKET = 2
"""The slashes of `/bucket/`."""
UNSIGNED = "UNSIGNED-PAYLOAD"
_PAYER = "x-oss-request-payer"
_COUNT = re.compile(r"[0-9]{1,15}")
_IN_V4 = frozenset({"x-oss-credential", "x-oss-signature"})
_IN_V1 = frozenset({"OSSAccessKeyId", "Signature"})
"""The parameters that make an address a claim, of either signature."""
_NO_PAGE = SUBRESOURCES | _IN_V4 | _IN_V1 | LISTING
"""The parameters with which a request means no page: a part of a bucket, a claim, a list."""


class OssFormat:
    """The format of OSS and of nothing else."""

    styles = frozenset({Style.REST})

    def recognises(self, raw: Raw) -> bool:  # noqa: ARG002  # the product says who is asked
        """Take what the product's hosts and claims say is OSS's."""
        return True

    def read(self, raw: Raw) -> Envelope:
        """Take the request apart."""
        decoded(raw.path)  # refused here where it is no UTF-8
        query = _query(raw.query)
        return Envelope(
            claim=None if _brings_form(raw, query) else _claim(raw, query),
            action=None,
            version=None,
            params=query,
            writer=self.writer(raw),
            before=_before(raw, query, signed="authorization" in raw.headers),
            visit=self.visit(raw),
        )

    def form(self, raw: Raw) -> PostForm:
        """Begin to read the form of a request."""
        return form_in(raw)

    def read_form(self, raw: Raw, form: PostForm, head: Envelope) -> Envelope:
        """Return what the fields of a form claim and ask for."""
        bucket = head.params["bucket"]
        key = form.key
        form.headers = form.stand_for_headers()
        return replace(
            head,
            claim=claim_of(raw, form, bucket),
            params={"bucket": bucket, "key": key},
            before=_before(raw, head.params, signed=False),
        )

    def visit(self, raw: Raw) -> Visit | None:
        """Return what a browser's request is shown; None for all other requests.

        SECURITY: at the platform's own address, whose origin its pages have, no bucket is a site.
        """
        bucket = slots_of(raw).get("bucket", "")
        arriving = raw.arriving is not None and raw.arriving.length != 0
        if raw.method not in ("GET", "HEAD") or "authorization" in raw.headers or arriving:
            return None
        query = _query(raw.query)
        if not bucket or any(name in _NO_PAGE or name.startswith("x-oss-") for name in query):
            return None
        return Visit(raw=raw, bucket=bucket, key=decoded(raw.path).removeprefix("/"))

    async def note(self, answered: Answered) -> None:
        """Leave the line of the request in the bucket's access log, where it has one."""
        bucket, key = _target(answered)
        if bucket:
            await note(answered, bucket, key)

    def writer(self, raw: Raw) -> Writer:
        """Return what writes XML, or headers alone for HEAD."""
        return OssWriter(raw.method)


def _target(answered: Answered) -> tuple[str, str]:
    """Return the bucket and the key that a request is about, as far as it says them.

    A form names its key in a field, any other request in its path.
    """
    raw, envelope = answered.raw, answered.envelope
    if answered.operation == "PostObject" and envelope is not None:
        return envelope.params["bucket"], envelope.params.get("key", "")
    try:
        bucket, _, key = resource_of(raw).removeprefix("/").partition("/")
    except BadArgument:
        return slots_of(raw).get("bucket", ""), ""
    return bucket, key


def _brings_form(raw: Raw, query: Mapping[str, str]) -> bool:
    """Tell whether a request posts a form to a bucket: its fields make the claim.

    Source: OSS API reference, PostObject (documented): signatures elsewhere are not looked at.
    """
    kind = raw.headers.get("content-type", "").partition(";")[0].strip().lower()
    if raw.method != "POST" or kind != "multipart/form-data" or not SUBRESOURCES.isdisjoint(query):
        return False
    resource = resource_of(raw)
    return resource.count("/") == _OF_BUCKET and resource.endswith("/")


def _before(
    raw: Raw, query: Mapping[str, str], *, signed: bool
) -> Callable[[Context, Arguments], Mapping[str, str]]:
    """Return what judges how a request reaches its bucket, and the page that it comes from.

    The configuration of TLS itself is reached by every connection: a bucket whose versions no
    client speaks would be closed for good.
    """
    from_page = _from_a_page(raw, signed=signed)

    def before(ctx: Context, arguments: Arguments) -> Mapping[str, str]:
        bucket = arguments.get("bucket") or ""
        if "httpsConfig" not in query:
            check_tls(ctx, bucket, raw.tls)
        check_host(ctx, bucket)
        check_payer(ctx, bucket, raw.headers.get(_PAYER) or query.get(_PAYER, ""))
        return from_page(ctx, arguments) if from_page else {}

    return before


def _from_a_page(
    raw: Raw, *, signed: bool
) -> Callable[[Context, Arguments], Mapping[str, str]] | None:
    """Return what judges the page that a request comes from, where that counts."""
    origin = raw.headers.get("origin", "")
    if (signed and not origin) or raw.method == "OPTIONS":
        return None

    def before(ctx: Context, arguments: Arguments) -> Mapping[str, str]:
        name = arguments.get("bucket", "")
        if not signed and "key" in arguments:
            check_referer(ctx, name, raw.headers.get("referer", ""))
        return headers_for(ctx, name, origin, raw.method) if origin and name else {}

    return before


def _query(text: str) -> dict[str, str]:
    """Read the query; a `+` is a space, as oss2 writes one, and clients write a plus as %2B."""
    found: dict[str, str] = {}
    pairs = text.split("&") if text else []
    if len(pairs) > _MOST_PARAMETERS:
        raise BadArgument
    for pair in pairs:
        name, _, value = pair.partition("=")
        key = decoded(name.replace("+", " "))
        # SECURITY: a parameter that is given twice could be judged by one value and served by the
        # other.
        if key in found:
            raise BadArgument(ArgumentName=key)
        if key:
            found[key] = decoded(value.replace("+", " "))
    return found


def _claim(raw: Raw, query: Mapping[str, str]) -> Claim | None:
    authorization = raw.headers.get("authorization", "")
    kinds = [each for each in (_IN_V4, _IN_V1) if not each.isdisjoint(query)]
    # SECURITY: with two claims, one could be judged and the other one be meant.
    if len(kinds) + bool(authorization) > 1:
        raise BadArgument(ArgumentName="Authorization")
    if authorization.startswith("OSS4-HMAC-SHA256"):
        return _header_v4(raw, query, authorization)
    if authorization.startswith("OSS "):
        return _header_v1(raw, query, authorization)
    if authorization:
        raise BadArgument(ArgumentName="Authorization")
    if not kinds:
        return None
    return _address_v4(raw, query) if kinds[0] is _IN_V4 else _address_v1(raw, query)


def _header_v1(raw: Raw, query: Mapping[str, str], authorization: str) -> Claim:
    key_id, _, signature = authorization.removeprefix("OSS ").strip().partition(":")
    if not KEY_ID.fullmatch(key_id):
        raise BadArgument(ArgumentName="Authorization")
    # SECURITY: freshness is judged by the date that is signed, and never by another one.
    date = raw.headers.get("x-oss-date") or raw.headers.get("date", "")
    return _plain(raw, key_id, _moment(date), _check_v1(raw, query, key_id, date, signature))


def _check_v1(
    raw: Raw, query: Mapping[str, str], key_id: str, date: str, signature: str
) -> Callable[[Secret], None]:
    def check(secret: Secret) -> None:
        given = _base64(signature)
        texts = [_text_v1(raw, query, date, more=more) for more in (False, True)]
        if not any(hmac.compare_digest(signatures.sign_v1(secret, each), given) for each in texts):
            raise BadSignature(
                OSSAccessKeyId=key_id, SignatureProvided=signature, StringToSign=texts[0]
            )

    return check


def _text_v1(raw: Raw, query: Mapping[str, str], date: str, *, more: bool) -> str:
    return signatures.text_v1(
        raw.method, date, raw.headers, resource_of(raw), query.items(), more=more
    )


def _header_v4(raw: Raw, query: Mapping[str, str], authorization: str) -> Claim:
    parts = dict(
        part.strip().partition("=")[::2]
        for part in authorization.removeprefix("OSS4-HMAC-SHA256").split(",")
    )
    found = Credential.of(parts.get("Credential", ""), "oss")
    if found is None or "Signature" not in parts:
        raise BadArgument(ArgumentName="Authorization")
    # The first Go SDK signs the Date header, in that header's own form.
    date = raw.headers.get("x-oss-date") or raw.headers.get("date", "")
    moment = _moment(date)
    # SECURITY: bodies are not hashed before they are served, so that no signed hash is believed.
    if raw.headers.get("x-oss-content-sha256", UNSIGNED) != UNSIGNED:
        raise BadArgument(ArgumentName="x-oss-content-sha256")
    check = _check_v4(
        raw,
        query,
        found,
        date=date,
        moment=moment,
        additional=parts.get("AdditionalHeaders", ""),
        signature=parts["Signature"],
    )
    return _plain(raw, found.key_id, moment, check)


def _address_v4(raw: Raw, query: Mapping[str, str]) -> Claim:
    found = Credential.of(query.get("x-oss-credential", ""), "oss")
    expires = query.get("x-oss-expires", "")
    if found is None or not _COUNT.fullmatch(expires) or not 1 <= int(expires) <= LONGEST_V4:
        raise BadArgument(ArgumentName="x-oss-expires" if found else "x-oss-credential")
    date = query.get("x-oss-date", "")
    moment = compact(date)
    check = _check_v4(
        raw,
        query,
        found,
        date=date,
        moment=moment,
        additional=query.get("x-oss-additional-headers", ""),
        signature=query.get("x-oss-signature", ""),
    )
    until = Instant(moment + int(expires))
    return _address(found.key_id, query.get("x-oss-security-token"), until, check)


def _check_v4(
    raw: Raw,
    query: Mapping[str, str],
    credential: Credential,
    *,
    date: str,
    moment: Instant,
    additional: str,
    signature: str,
) -> Callable[[Secret], None]:
    scope = scope_of(credential, raw, moment)

    def check(secret: Secret) -> None:
        canonical = signatures.canonical_v4(
            raw.method,
            raw.headers,
            resource_of(raw),
            query.items(),
            additional=additional,
            payload=UNSIGNED,
        )
        text = text_v4("OSS4-HMAC-SHA256", date, scope, canonical)
        right = sign_v4(secret, scope, text).hex()
        if not hmac.compare_digest(right.encode(), signature.encode()):
            raise BadSignature(
                OSSAccessKeyId=credential.key_id,
                SignatureProvided=signature,
                StringToSign=text,
                CanonicalRequest=canonical,
            )

    return check


def _address_v1(raw: Raw, query: Mapping[str, str]) -> Claim:
    key_id, expires = query.get("OSSAccessKeyId", ""), query.get("Expires", "")
    signature = query.get("Signature", "")
    if not KEY_ID.fullmatch(key_id) or not signature or not _COUNT.fullmatch(expires):
        raise Forbidden
    check = _check_v1(raw, query, key_id, expires, signature)
    return _address(key_id, query.get("security-token"), Instant(int(expires)), check)


def _plain(raw: Raw, key_id: str, moment: Instant, check: Callable[[Secret], None]) -> Claim:
    token = raw.headers.get("x-oss-security-token") or raw.headers.get("security-token")
    return Claim(
        access_key_id=key_id,
        security_token=token or None,
        timestamp=iso(moment),
        nonce=None,
        check=check,
    )


def _address(
    key_id: str, token: str | None, until: Instant, check: Callable[[Secret], None]
) -> Claim:
    return Claim(
        access_key_id=key_id,
        security_token=token or None,
        timestamp="",
        nonce=None,
        check=check,
        until=until,
    )


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _moment(date: str) -> Instant:
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, OverflowError, TypeError):
        return compact(date)
    return instant(at if at.tzinfo else at.replace(tzinfo=UTC))


FORMAT = OssFormat()
