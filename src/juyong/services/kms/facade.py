"""What other services may call of the KMS.

For services that encrypt under a key of their customer's: `data_key` and its kin. For the gateway
of an instance: what is listed under `for_instances`, and what names keys and secrets.
"""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.services.kms.access.credentials import find_credential
    from juyong.services.kms.access.deciding import RANDOM, policies_of
    from juyong.services.kms.crypto.blobs import blob_policy, blob_resource, located
    from juyong.services.kms.crypto.for_instances import (
        Sealed,
        advance_decrypt,
        advance_encrypt,
        algorithm_for,
        associated_data,
        decrypt,
        digest,
        encrypt,
        fits,
        instance_called,
        instance_key,
        public_half,
        sign,
    )
    from juyong.services.kms.crypto.for_services import (
        REFUSALS,
        KeyUse,
        ServiceDataKey,
        data_key,
        open_content,
        open_data_key,
        opening_needs,
        seal_content,
        sealing_needs,
    )
    from juyong.services.kms.crypto.parameters import tobase64, unbase64
    from juyong.services.kms.crypto.using import BY_NAME
    from juyong.services.kms.errors import (
        InvalidParameter,
        KeyDisabled,
        KeyPendingDeletion,
        KeyUnavailable,
        LimitExceeded,
        NoAlias,
        NoInstance,
        NoKey,
        NoResource,
        UnsupportedOperation,
    )
    from juyong.services.kms.keys.find import key_policy, key_resource
    from juyong.services.kms.keys.names import KeyName
    from juyong.services.kms.keys.tables import KeyRow
    from juyong.services.kms.keys.versions import pem_of
    from juyong.services.kms.rates import ASYMMETRIC, SYMMETRIC
    from juyong.services.kms.secrets.find import (
        find_secret,
        one_secret,
        opens_with_own_key,
        secret_policy,
    )
    from juyong.services.kms.secrets.names import SecretReference, Stage, VersionId
    from juyong.services.kms.secrets.read import READING, get_secret_value
    from juyong.services.kms.soundness import ready
    from juyong.services.kms.tagging import resource_tags
else:
    __getattr__ = late_names(__name__)

__all__ = [
    "ASYMMETRIC",
    "BY_NAME",
    "RANDOM",
    "READING",
    "REFUSALS",
    "SYMMETRIC",
    "InvalidParameter",
    "KeyDisabled",
    "KeyName",
    "KeyPendingDeletion",
    "KeyRow",
    "KeyUnavailable",
    "KeyUse",
    "LimitExceeded",
    "NoAlias",
    "NoInstance",
    "NoKey",
    "NoResource",
    "Sealed",
    "SecretReference",
    "ServiceDataKey",
    "Stage",
    "UnsupportedOperation",
    "VersionId",
    "advance_decrypt",
    "advance_encrypt",
    "algorithm_for",
    "associated_data",
    "blob_policy",
    "blob_resource",
    "data_key",
    "decrypt",
    "digest",
    "encrypt",
    "find_credential",
    "find_secret",
    "fits",
    "get_secret_value",
    "instance_called",
    "instance_key",
    "key_policy",
    "key_resource",
    "located",
    "one_secret",
    "open_content",
    "open_data_key",
    "opening_needs",
    "opens_with_own_key",
    "pem_of",
    "policies_of",
    "public_half",
    "ready",
    "resource_tags",
    "seal_content",
    "sealing_needs",
    "secret_policy",
    "sign",
    "tobase64",
    "unbase64",
]
