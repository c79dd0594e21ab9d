"""The functions of the KMS for other services.

For services that encrypt under a key of their customer's: `data_key`, `seal_content` and their
counterparts. For the gateway of an instance: the rules that name its keys and secrets, and the uses
of both.
"""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.services.kms.access.deciding import RANDOM, find_credential, policies_of
    from juyong.services.kms.crypto.for_instances import (
        INSTANCE_KEY,
        INSTANCE_PAIR,
        advance_decrypt,
        advance_encrypt,
        algorithm_for,
        associated_data,
        decrypt,
        digest,
        encrypt,
        instance_called,
        public_half,
        sign,
    )
    from juyong.services.kms.crypto.for_services import (
        REFUSALS,
        KeyUse,
        ServiceDataKey,
        check_reading,
        data_key,
        keys_of_data_key,
        needs_of_data_key,
        open_content,
        open_data_key,
        opening_needs,
        reading_needs,
        seal_content,
        sealing_needs,
    )
    from juyong.services.kms.crypto.pairs import verifies
    from juyong.services.kms.crypto.parameters import tobase64, unbase64, use
    from juyong.services.kms.crypto.sealing import BLOB, Blob, located
    from juyong.services.kms.crypto.using import SEALING, USING
    from juyong.services.kms.errors import (
        InvalidParameter,
        NoAlias,
        NoInstance,
        NoKey,
        NoResource,
        UnsupportedOperation,
    )
    from juyong.services.kms.instances import new_instance
    from juyong.services.kms.keys.key import KeyName
    from juyong.services.kms.keys.service_key import ServiceKey
    from juyong.services.kms.keys.tables import KeyRow
    from juyong.services.kms.keys.versions import pem_of
    from juyong.services.kms.product import ASYMMETRIC, SYMMETRIC
    from juyong.services.kms.secrets.read import FetchConfig, read_value
    from juyong.services.kms.secrets.sealing import SECRETS_KEY
    from juyong.services.kms.secrets.secret import (
        SECRET,
        InDeleteWindow,
        SecretReference,
        Stage,
        VersionId,
        find_live_secret,
        find_secret,
        opens_with_own_key,
    )
    from juyong.services.kms.secrets.tables import SecretRow
    from juyong.services.kms.soundness import ready
else:
    __getattr__ = late_names(__name__)
