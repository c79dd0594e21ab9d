"""The KMS instance product: the gateway at `<instance>.cryptoservice.kms.aliyuncs.com`.

Source: KMS instance API, "Common error codes" (documented).
"""

from juyong.api.errors import InternalError, ServiceUnavailable, Throttled, UnsupportedMethod
from juyong.api.product import Dialect, Product, Spelling, Style

_INVALID = "The specified parameter is not valid."


def _ready() -> None:
    """Ask the key service; what this takes is imported at the first call."""
    from juyong.services.kms.facade import ready  # noqa: PLC0415  # a start need not wait

    ready()


PRODUCT = INSTANCE = Product(
    code="KmsInstance",
    ram_code="kms",
    version="dkms-gcs-0.2",
    hosts=("{instance}.cryptoservice.kms.aliyuncs.com",),
    title="KMS instances",
    source="KMS instance API",
    style=Style.PROTOBUF,
    dialect=Dialect(
        missing=("InvalidParameter", _INVALID),
        invalid_code="InvalidParameter",
        invalid_texts=dict.fromkeys(("Length", "InvalidChars", "Format", "Range", ""), _INVALID),
        denied=("Forbidden.NoPermission", 403, "This operation is forbidden by permission system."),
        spellings={
            InternalError: Spelling("InternalFailure"),
            ServiceUnavailable: Spelling("ServiceUnavailableTemporary"),
            UnsupportedMethod: Spelling("UnsupportedHTTPMethod", 403),
            Throttled: Spelling("Rejected.Throttling", 429, "QPS Limit Exceeded"),
        },
    ),
    ready=_ready,
)
