"""The KMS product, and how often an account may call operations of a kind at the shared gateway.

An operator allows more or less by the quotas that some of the rates name.

Source: KMS API reference and error center, "QPS limits" of each operation (documented); codes of
dry runs (documented, their HTTP statuses assumed); the resource in the text of a denial (observed,
2020-05).
"""

from typing import Annotated, Any, Literal, TypedDict, TypeVar

from msgspec.structs import replace

from juyong.api.errors import InternalError, ServiceUnavailable, Throttled, UnsupportedMethod
from juyong.api.fields import Clearable, Doc, Text
from juyong.api.hosts import api_hosts
from juyong.api.operation import Rate
from juyong.api.product import Dialect, DryRun, Product, Spelling, because
from juyong.api.resource import Target
from juyong.services.kms.soundness import ready

R = TypeVar("R")
_INVALID = "The specified parameter {name} is not valid."

OnlyCheck = Annotated[bool, Doc("Only check.")]
"""The DryRun parameter: the gateway ends such a call before the operation runs."""
ONLY_CHECK = {"dry_run": OnlyCheck | None}
"""The same, of the operations on a resource, which never see it."""
Description = Annotated[str, Text(0, 8192), Doc("The purpose.")]
NewDescription = Annotated[str, Text(0, 8192), Clearable(), Doc("The purpose; empty clears it.")]
NO_RECIPIENT = {"Recipient": "attestation of enclaves is not offered"}

CREATE_KEY = Rate(per_second=10)
KEY_READS = Rate(per_second=50, quota="kms.key-reads-per-second")
KEY_WRITES = Rate(per_second=30)
SYMMETRIC = Rate(per_second=1000, quota="kms.symmetric-per-second")
"""Each operation under a symmetric key, such as Encrypt, Decrypt and GenerateDataKey."""
ASYMMETRIC = Rate(per_second=200, quota="kms.asymmetric-per-second")

PRODUCT = KMS = Product(
    code="Kms",
    ram_code="kms",
    version="2016-01-20",
    hosts=api_hosts("kms", "{instance}.cryptoservice.kms.aliyuncs.com"),
    title="Key Management Service",
    source="KMS API reference",
    service_codes=("kms",),
    quotas={
        "kms.access-points": 100,
        "kms.access-policies": 100,
        "kms.aliases": 300,
        "kms.client-keys": 10,
        "kms.key-versions": 50,
        "kms.keys": 200,
        "kms.messages-per-key-version": 2**32,
        "kms.network-rules": 100,
        "kms.rotations-an-hour": 50,
        "kms.secret-stages": 8,
        "kms.secret-versions": 10,
        "kms.secrets": 1000,
        "kms.tags": 20,
        "kms.versions": 10_000,
        **{each.quota: each.per_second for each in (KEY_READS, SYMMETRIC, ASYMMETRIC)},
    },
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


def taking(target: Target[R], **parameters: Any) -> Target[R]:
    """Let a call take parameters that are checked, and that its function does not need."""
    return replace(target, parameters={**target.parameters, **parameters})


class Reads(TypedDict):
    """The declarations of operations that only read."""

    rate: Rate
    reads_only: Literal[True]


class Lists(Reads):
    """The declarations of operations that list."""

    scans: Literal[True]


READS: Reads = {"rate": KEY_READS, "reads_only": True}
LISTS: Lists = {**READS, "scans": True}
