"""The KMS product.

Source: KMS API reference and error center (documented); codes of dry runs (documented, their HTTP
statuses assumed); the resource in the text of a denial (observed, 2020-05).
"""

from juyong.api.errors import InternalError, ServiceUnavailable, Throttled, UnsupportedMethod
from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, DryRun, Product, Spelling, because
from juyong.services.kms.soundness import ready

_INVALID = "The specified parameter {name} is not valid."

NO_RECIPIENT = {"Recipient": "attestation of enclaves is not offered"}

PRODUCT = Product(
    code="Kms",
    ram_code="kms",
    version="2016-01-20",
    hosts=api_hosts("kms", "{instance}.cryptoservice.kms.aliyuncs.com"),
    title="Key Management Service",
    service_codes=("kms",),
    dialect=Dialect(
        missing=("MissingParameter", "The parameter {name} is needed but was not provided."),
        invalid_code="InvalidParameter",
        invalid_texts=dict.fromkeys(("Length", "InvalidChars", "Format", "Range", ""), _INVALID),
        denied=(
            "Forbidden.NoPermission",
            403,
            "This operation for {resource} is forbidden by permission system.",
        ),
        spellings={
            InternalError: Spelling("InternalFailure"),
            ServiceUnavailable: Spelling("ServiceUnavailableTemporary"),
            UnsupportedMethod: Spelling("UnsupportedHTTPMethod", 403),
            Throttled: Spelling("Rejected.Throttling", 429, "QPS Limit Exceeded"),
        },
        dry_run=DryRun(
            parameter="DryRun",
            passed=Spelling(
                "DryRunOperationError",
                400,
                "The request is validated to be able to succeed, but DryRun is set.",
            ),
            invalid="ValidationError",
            denied="AccessDeniedError",
        ),
        error_root="KMS",
        shows_status=True,
    ),
    ready=ready,
    refused=because(
        {
            "the certificates manager was retired": "*Certificate*",
            "the platform has no VPCs: an instance is reached at its address from the start, and "
            "network rules of access points say from where": "ConnectKmsInstance *BindVpc",
            "it is not published, and an instance is named by its id": "UpdateKmsInstance",
            "attestation of enclaves, which Recipient needs, is not offered": "GetChallenge",
            "no published operation makes managed data keys": "*ManagedDataKey*",
            "instances serve it, at their own hosts": "AdvanceEncrypt",
        }
    ),
)
