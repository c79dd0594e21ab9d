"""Requests of OSS taken apart: method, path and marks name the operation; the body is the object's.

Source: OSS API reference, signatures (documented); clients' own forms (observed).
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from juyong.api import registry
from juyong.api.context import Arguments, Context
from juyong.api.product import Style
from juyong.api.request import Raw
from juyong.api.wire import Answered, Claim, Envelope, Writer
from juyong.base.clock import Instant, iso
from juyong.base.secret import Secret
from juyong.services.oss.access_log.noting import note
from juyong.services.oss.buckets.cors import headers_for
from juyong.services.oss.buckets.referer import check_referer
from juyong.services.oss.errors import BadArgument, BadSignature, Forbidden
from juyong.services.oss.website.pages import Visit
from juyong.services.oss.wire import signatures
from juyong.services.oss.wire.subresources import LISTING, SUBRESOURCES
from juyong.services.oss.wire.writing import OssWriter

_ID = re.compile(r"[!-~]{1,128}")
_CREDENTIAL = re.compile(r"([!-~]{1,128})/([0-9]{8})/([a-z0-9-]{1,64})/oss/aliyun_v4_request")
_DAY = 24 * 3600
_LONGEST_ADDRESS = 7 * _DAY
_MOST_PARAMETERS = 1000
_END_OF_TIME = 253402300800
"""The first second of the year 10000, which no date has."""
UNSIGNED = "UNSIGNED-PAYLOAD"
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
        _decoded(raw.path)  # refused here where it is no UTF-8
        query = _query(raw.query)
        return Envelope(
            claim=_claim(raw, query),
            action=None,
            version=None,
            params=query,
            writer=self.writer(raw),
            before=_from_a_page(raw, signed="authorization" in raw.headers),
            visit=self.visit(raw),
        )

    def visit(self, raw: Raw) -> Visit | None:
        """Return what a browser's request is shown; None for all other requests.

        SECURITY: at the platform's own address, whose origin its pages have, no bucket is a site.
        """
        bucket = _slots_of(raw).get("bucket", "")
        arriving = raw.arriving is not None and raw.arriving.length != 0
        if raw.method not in ("GET", "HEAD") or "authorization" in raw.headers or arriving:
            return None
        query = _query(raw.query)
        if not bucket or any(name in _NO_PAGE or name.startswith("x-oss-") for name in query):
            return None
        return Visit(raw=raw, bucket=bucket, key=_decoded(raw.path).removeprefix("/"))

    async def note(self, answered: Answered) -> None:
        """Leave the line of the request in the bucket's access log, where it has one."""
        try:
            named = resource_of(answered.raw)
        except BadArgument:
            named = f"/{_slots_of(answered.raw).get('bucket', '')}/"
        bucket, _, key = named.removeprefix("/").partition("/")
        if bucket:
            await note(answered, bucket, key)

    def writer(self, raw: Raw) -> Writer:
        """Return what writes XML, or headers alone for HEAD."""
        return OssWriter(raw.method)


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
        key = _decoded(name.replace("+", " "))
        # SECURITY: a parameter that is given twice could be judged by one value and served by the
        # other.
        if key in found:
            raise BadArgument(ArgumentName=key)
        if key:
            found[key] = _decoded(value.replace("+", " "))
    return found


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BadArgument from None


def _slots_of(raw: Raw) -> Mapping[str, str]:
    """Return the bucket and the region that the host names, as far as it does."""
    name = raw.host.rsplit(":", 1)[0].lower().rstrip(".")
    return registry.current().at_host(name, "")[1]


def resource_of(raw: Raw) -> str:
    """Return `/bucket/key`, `/bucket/` or `/`, decoded, whatever the style of the host."""
    path = _decoded(raw.path) or "/"
    bucket = _slots_of(raw).get("bucket", "")
    whole = f"/{bucket}{path}" if bucket else path
    return f"{whole}/" if whole.count("/") == 1 and whole != "/" else whole


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
    if not _ID.fullmatch(key_id):
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
    found = _CREDENTIAL.fullmatch(parts.get("Credential", ""))
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
    return _plain(raw, found[1], moment, check)


def _address_v4(raw: Raw, query: Mapping[str, str]) -> Claim:
    found = _CREDENTIAL.fullmatch(query.get("x-oss-credential", ""))
    expires = query.get("x-oss-expires", "")
    if found is None or not _COUNT.fullmatch(expires) or not 1 <= int(expires) <= _LONGEST_ADDRESS:
        raise BadArgument(ArgumentName="x-oss-expires" if found else "x-oss-credential")
    date = query.get("x-oss-date", "")
    moment = _compact(date)
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
    return _address(found[1], query.get("x-oss-security-token"), until, check)


def _check_v4(
    raw: Raw,
    query: Mapping[str, str],
    credential: re.Match[str],
    *,
    date: str,
    moment: Instant,
    additional: str,
    signature: str,
) -> Callable[[Secret], None]:
    key_id, day, region = credential.groups()
    if iso(moment)[:10].replace("-", "") != day:
        raise BadArgument(ArgumentName="x-oss-date")
    if region != (_slots_of(raw).get("region") or region):
        raise BadArgument(ArgumentName="region", ArgumentValue=region)
    scope = f"{day}/{region}/oss/aliyun_v4_request"

    def check(secret: Secret) -> None:
        canonical = signatures.canonical_v4(
            raw.method,
            raw.headers,
            resource_of(raw),
            query.items(),
            additional=additional,
            payload=UNSIGNED,
        )
        text = signatures.text_v4(date, scope, canonical)
        right = signatures.sign_v4(secret, scope, text).hex()
        if not hmac.compare_digest(right.encode(), signature.encode()):
            raise BadSignature(
                OSSAccessKeyId=key_id,
                SignatureProvided=signature,
                StringToSign=text,
                CanonicalRequest=canonical,
            )

    return check


def _address_v1(raw: Raw, query: Mapping[str, str]) -> Claim:
    key_id, expires = query.get("OSSAccessKeyId", ""), query.get("Expires", "")
    signature = query.get("Signature", "")
    if not _ID.fullmatch(key_id) or not signature or not _COUNT.fullmatch(expires):
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
        return _compact(date)
    return _instant(at if at.tzinfo else at.replace(tzinfo=UTC))


def _compact(date: str) -> Instant:
    try:
        at = datetime.strptime(date, "%Y%m%dT%H%M%SZ")  # noqa: DTZ007  # UTC by its Z
    except ValueError:
        raise Forbidden from None
    return _instant(at.replace(tzinfo=UTC))


def _instant(at: datetime) -> Instant:
    seconds = int(at.timestamp())
    if not 0 <= seconds < _END_OF_TIME:
        raise Forbidden
    return Instant(seconds)


FORMAT = OssFormat()
