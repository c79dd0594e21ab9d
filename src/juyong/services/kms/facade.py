"""The functions of the KMS for other services.

For services that encrypt under a key of their customer's: `data_key`, `seal_content` and their
counterparts. For the gateway of an instance: the rules that name its keys and secrets, and the uses
of both.
"""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.services.kms.access.deciding import RANDOM as RANDOM
    from juyong.services.kms.access.deciding import find_credential as find_credential
    from juyong.services.kms.access.deciding import policies_of as policies_of
    from juyong.services.kms.crypto.for_instances import INSTANCE_KEY as INSTANCE_KEY
    from juyong.services.kms.crypto.for_instances import INSTANCE_PAIR as INSTANCE_PAIR
    from juyong.services.kms.crypto.for_instances import advance_decrypt as advance_decrypt
    from juyong.services.kms.crypto.for_instances import advance_encrypt as advance_encrypt
    from juyong.services.kms.crypto.for_instances import algorithm_for as algorithm_for
    from juyong.services.kms.crypto.for_instances import associated_data as associated_data
    from juyong.services.kms.crypto.for_instances import decrypt as decrypt
    from juyong.services.kms.crypto.for_instances import digest as digest
    from juyong.services.kms.crypto.for_instances import encrypt as encrypt
    from juyong.services.kms.crypto.for_instances import instance_called as instance_called
    from juyong.services.kms.crypto.for_instances import public_half as public_half
    from juyong.services.kms.crypto.for_instances import sign as sign
    from juyong.services.kms.crypto.for_services import REFUSALS as REFUSALS
    from juyong.services.kms.crypto.for_services import KeyUse as KeyUse
    from juyong.services.kms.crypto.for_services import ServiceDataKey as ServiceDataKey
    from juyong.services.kms.crypto.for_services import data_key as data_key
    from juyong.services.kms.crypto.for_services import open_content as open_content
    from juyong.services.kms.crypto.for_services import open_data_key as open_data_key
    from juyong.services.kms.crypto.for_services import opening_needs as opening_needs
    from juyong.services.kms.crypto.for_services import seal_content as seal_content
    from juyong.services.kms.crypto.for_services import sealing_needs as sealing_needs
    from juyong.services.kms.crypto.pairs import verifies as verifies
    from juyong.services.kms.crypto.parameters import tobase64 as tobase64
    from juyong.services.kms.crypto.parameters import unbase64 as unbase64
    from juyong.services.kms.crypto.parameters import use as use
    from juyong.services.kms.crypto.sealing import BLOB as BLOB
    from juyong.services.kms.crypto.sealing import Blob as Blob
    from juyong.services.kms.crypto.sealing import located as located
    from juyong.services.kms.crypto.using import SEALING as SEALING
    from juyong.services.kms.crypto.using import USING as USING
    from juyong.services.kms.errors import InvalidParameter as InvalidParameter
    from juyong.services.kms.errors import NoInstance as NoInstance
    from juyong.services.kms.errors import NoResource as NoResource
    from juyong.services.kms.errors import UnsupportedOperation as UnsupportedOperation
    from juyong.services.kms.keys.key import KeyName as KeyName
    from juyong.services.kms.keys.tables import KeyRow as KeyRow
    from juyong.services.kms.keys.versions import pem_of as pem_of
    from juyong.services.kms.product import ASYMMETRIC as ASYMMETRIC
    from juyong.services.kms.product import SYMMETRIC as SYMMETRIC
    from juyong.services.kms.secrets.read import FetchConfig as FetchConfig
    from juyong.services.kms.secrets.read import read_value as read_value
    from juyong.services.kms.secrets.sealing import SECRETS_KEY as SECRETS_KEY
    from juyong.services.kms.secrets.secret import SECRET as SECRET
    from juyong.services.kms.secrets.secret import InDeleteWindow as InDeleteWindow
    from juyong.services.kms.secrets.secret import SecretReference as SecretReference
    from juyong.services.kms.secrets.secret import Stage as Stage
    from juyong.services.kms.secrets.secret import VersionId as VersionId
    from juyong.services.kms.secrets.secret import find_live_secret as find_live_secret
    from juyong.services.kms.secrets.secret import find_secret as find_secret
    from juyong.services.kms.secrets.secret import opens_with_own_key as opens_with_own_key
    from juyong.services.kms.secrets.tables import SecretRow as SecretRow
    from juyong.services.kms.soundness import ready as ready
else:
    __getattr__ = late_names(__name__)
