"""Errors of the gateway itself, the same for every product.

Source: public error center of the API gateway (documented); statuses of the newer editions.
"""

from juyong.api.errors import ApiError


class UnknownProduct(ApiError):
    """The host names no product served here."""

    code, status = "InvalidProduct.NotFound", 404
    text = "Cannot find product according to your specified domain."


class MethodNotAllowed(ApiError):
    """The resource has no such operation under this method."""

    code, status = "MethodNotAllowed", 405
    text = "The specified method is not allowed against this resource."


class UnknownAction(ApiError):
    """The product has no such operation."""

    code, status = "InvalidAction.NotFound", 404
    text = "Specified api is not found, please check your url and method."


class InvalidVersion(ApiError):
    """No product has this version, or the host's product has another."""

    code, status, text = "InvalidVersion", 400, "Specified parameter Version is not valid."


class AmbiguousVersion(ApiError):
    """Several products have this version, and the host outside aliyuncs.com tells none of them."""

    code, status = "InvalidVersion", 400
    text = "Several products have the specified Version, please call the product's own host."


class MissingCommon(ApiError):
    """A parameter every signed call needs is absent."""

    code, status, text = "MissingParameter", 400, "{name} is mandatory for this action."

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.code = f"Missing{name}"  # type: ignore[misc]  # the code names the parameter


class UnknownAccessKey(ApiError):
    """There is no such AccessKey, or its owner is gone."""

    code, status = "InvalidAccessKeyId.NotFound", 404
    text = "Specified access key is not found."


class UnreadableAccessKey(ApiError):
    """The AccessKey id holds a blank or an invisible character, as copied ones do (status assumed).

    Source: recorded answers of 2020 to 2025 (live), whose reporters found such a character.
    """

    code, status = "InvalidAccessKeyId", 404
    text = "Specified access key is not found or invalid."


class InactiveAccessKey(ApiError):
    """The AccessKey is disabled."""

    code, status = "InvalidAccessKeyId.Inactive", 400
    text = "Specified access key is disabled."


class UnknownClientKey(ApiError):
    """There is no such client key (documented)."""

    code, status = "Unauthorized", 404
    text = 'The AccessKey ID "{name}" does not exist in our records.'


class RequestTimeTooSkewed(ApiError):
    """The date of a call to an instance is more than 15 minutes off (documented)."""

    code, status = "RequestTimeTooSkewed", 400
    text = "Request time exceeds server time more than 15 minutes."


class ClientKeyNotValid(ApiError):
    """The client key is not valid yet, or no longer (code assumed)."""

    code, status = "Forbidden.ClientKeyNotValid", 403
    text = "The client key has expired or is not valid yet."


class NetworkForbidden(ApiError):
    """The AccessKey's network policy does not let it be used from here (code assumed)."""

    code, status = "Forbidden.AccessKeyNetworkPolicy", 403
    text = "The network access policy of the AccessKey denies the source of the request."


class MalformedTime(ApiError):
    """The time stamp is in another format."""

    code, status = "InvalidTimeStamp.Format", 400
    text = "Specified time stamp or date value is not well formatted."


class ExpiredAddress(ApiError):
    """A presigned address was good until a time that is over."""

    code, status, text = "ExpiredAddress", 403, "Request has expired."


class ExpiredTime(ApiError):
    """The time stamp is more than 15 minutes off, to either side."""

    code, status = "InvalidTimeStamp.Expired", 400
    text = "Specified time stamp or date value is expired."


class NonceUsed(ApiError):
    """The same request was accepted before."""

    code, status = "SignatureNonceUsed", 400
    text = "Specified signature nonce was used already."


class SignatureMismatchV1(ApiError):
    """The V1 signature is another one; the text after the colon is what the client compares."""

    code, status = "SignatureDoesNotMatch", 400
    text = "Specified signature is not matched with our calculation. server string to sign is:"

    def __init__(self, string_to_sign: str) -> None:
        super().__init__()
        self.message = self.text + string_to_sign


class SignatureMismatchV3(ApiError):
    """The V3 signature is another one; what follows the text is laid out as observed (2025-12)."""

    code, status = "SignatureDoesNotMatch", 400
    text = "Specified signature does not match our calculation."

    def __init__(self, string_to_sign: str, canonical: str) -> None:
        super().__init__()
        self.message = (
            f"{self.text} server StringToSign is [{string_to_sign}] "
            f"server CanonicalRequest is [{canonical}]"
        )


class IncompleteSignature(ApiError):
    """The signature cannot be read, or leaves out what must be signed."""

    code, status = "IncompleteSignature", 400
    text = "The request signature does not conform to Aliyun standards."


class InvalidSignatureMethod(ApiError):
    """Another method than HMAC-SHA1."""

    code, status = "InvalidSignatureMethod", 400
    text = "Specified signature method is not valid."


class DigestMismatch(ApiError):
    """A document is not the one whose MD5 the request gives."""

    code, status = "InvalidDigest", 400
    text = "The Content-MD5 you specified was invalid."


class ContentMismatch(ApiError):
    """The body is not the one that was hashed and signed."""

    code, status = "ContentSHA256NotMatched", 400
    text = "Specified x-acs-content-sha256 does not match the body."


class AmbiguousParameter(ApiError):
    """A parameter is given twice: verifier and decoder might each read another."""

    code, status, text = "InvalidParameter.Duplicated", 400, "A parameter is specified twice."


class MalformedBody(ApiError):
    """The body is not what its Content-Type says."""

    code, status, text = "InvalidParameter.Format", 400, "The request body cannot be read."


class BodyTooLarge(ApiError):
    """The body is larger than any call needs."""

    code, status = "RequestEntityTooLarge", 413
    text = "The request body exceeds the limit."


class MissingToken(ApiError):
    """A temporary AccessKey without its token."""

    code, status = "MissingSecurityToken", 400
    text = "SecurityToken is mandatory for this action."


class MalformedToken(ApiError):
    """The token was not issued here, or was changed."""

    code, status = "InvalidSecurityToken.Malformed", 400
    text = "Specified SecurityToken is malformed."


class ExpiredToken(ApiError):
    """The token's time is over, or its role is gone."""

    code, status = "InvalidSecurityToken.Expired", 400
    text = "Specified SecurityToken is expired."


class MismatchedToken(ApiError):
    """The token belongs to another AccessKey."""

    code, status = "InvalidSecurityToken.MismatchWithAccessKey", 400
    text = "Specified SecurityToken mismatch with the AccessKey."
