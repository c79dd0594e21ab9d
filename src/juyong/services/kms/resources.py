"""The types of resources of the key service that the inventory keeps."""

from juyong.services.kms.access.client_keys import CLIENT_KEY
from juyong.services.kms.access.points import POINT
from juyong.services.kms.access.policies import POLICY
from juyong.services.kms.access.rules import RULE
from juyong.services.kms.instances import INSTANCE
from juyong.services.kms.keys.aliases import ALIAS
from juyong.services.kms.keys.key import KEY
from juyong.services.kms.secrets.secret import SECRET

RESOURCES = (KEY, ALIAS, SECRET, RULE, POLICY, POINT, CLIENT_KEY, INSTANCE)
