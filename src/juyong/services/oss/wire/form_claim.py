"""The claim of a form: the signature of its policy, V1 or V4.

Source: OSS API reference, PostObject, its signatures V1 and V4; pages of EC 0002-00000702 to -710
(documented). Assumed: the ECs -708, -709 and -711 of fields of V4 that are missing.
"""

import base64
import hmac
from collections.abc import Callable, Mapping

from juyong.api.request import Raw
from juyong.api.signature_v4 import Credential, sign_v4
from juyong.api.wire import Claim
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.services.oss.errors import BadArgument, BadSignature
from juyong.services.oss.wire import signatures
from juyong.services.oss.wire.form import FIELDS_OF_V1, FIELDS_OF_V4, VERSION, PostForm
from juyong.services.oss.wire.form_errors import BadField, FieldTooLong, PolicyFailed
from juyong.services.oss.wire.post_policy import PostPolicy, parse_policy
from juyong.services.oss.wire.reading import KEY_ID, LONGEST_V4, compact, scope_of

_MOST_POLICY = 64 * 1024
_V4 = "OSS4-HMAC-SHA256"
_FIXED = (VERSION, "x-oss-credential", "x-oss-date")
"""The fields that a policy which V4 signs must fix."""


def claim_of(raw: Raw, form: PostForm, bucket: str) -> Claim | None:
    """Return what the fields claim; None without any that sign.

    The conditions of the policy are compared where the signature is.

    Raises:
        BadField, BadArgument: fields of a signature are missing, or of two kinds.
        BadPolicy: the policy cannot be read.
    """
    fields = form.fields
    kinds = [each for each in (FIELDS_OF_V4, FIELDS_OF_V1) if not each.isdisjoint(fields)]
    # SECURITY: with two claims, one could be judged and the other one be meant.
    if len(kinds) > 1:
        raise BadArgument(ArgumentName="Signature")
    if not kinds and "policy" not in fields:
        return None
    encoded = _needed(fields, "policy", "0002-00000702", "0006-00000205")
    if len(encoded) > _MOST_POLICY:
        raise FieldTooLong
    policy = form.policy = parse_policy(encoded)
    by_v4 = kinds == [FIELDS_OF_V4]
    key_id, until, right = (_claim_v4 if by_v4 else _claim_v1)(raw, fields, policy)
    given = fields["x-oss-signature" if by_v4 else "signature"]

    def check(secret: Secret) -> None:
        if not hmac.compare_digest(right(secret), given.encode()):
            raise BadSignature(OSSAccessKeyId=key_id, SignatureProvided=given, StringToSign=encoded)
        policy.check(form.values(bucket))
        # SECURITY: else a policy that was signed once is good with other dates of the day.
        for name in _FIXED if by_v4 else ():
            if not policy.fixes(name):
                raise PolicyFailed("0006-00000228", f"Extra input fields: {name}")

    return Claim(
        access_key_id=key_id,
        security_token=fields.get("x-oss-security-token") or None,
        timestamp="",
        nonce=None,
        check=check,
        until=until,
        late=PolicyFailed("0006-00000213", "Policy expired."),
    )


Signed = tuple[str, Instant, Callable[[Secret], bytes]]
"""The AccessKey, until when its claim is good, and what makes the right signature."""


def _claim_v1(_raw: Raw, fields: Mapping[str, str], policy: PostPolicy) -> Signed:
    key_id = _needed(fields, "ossaccesskeyid", "0002-00000706", "0002-00000707")
    _needed(fields, "signature", "0002-00000703", "0002-00000704")
    if not KEY_ID.fullmatch(key_id):
        raise BadField("OSSAccessKeyId", "0002-00000707")

    def right(secret: Secret) -> bytes:
        return base64.b64encode(signatures.sign_v1(secret, fields["policy"]))

    return key_id, policy.until, right


def _claim_v4(raw: Raw, fields: Mapping[str, str], policy: PostPolicy) -> Signed:
    credential = Credential.of(_needed(fields, "x-oss-credential", "0002-00000709"), "oss")
    _needed(fields, "x-oss-signature", "0002-00000703", "0002-00000704")
    if credential is None:
        raise BadField("x-oss-credential", "0002-00000710")
    if fields.get(VERSION) != _V4:
        raise BadField(VERSION, "0002-00000708")
    moment = compact(_needed(fields, "x-oss-date", "0002-00000711"))
    scope = scope_of(credential, raw, moment)

    def right(secret: Secret) -> bytes:
        return sign_v4(secret, scope, fields["policy"]).hex().encode()

    return credential.key_id, Instant(min(policy.until, moment + LONGEST_V4)), right


def _needed(fields: Mapping[str, str], name: str, missing: str, empty: str = "") -> str:
    if name not in fields:
        raise BadField(name, missing)
    if not fields[name]:
        raise BadField(name, empty or missing)
    return fields[name]
