"""Why operations of the published API are refused."""

from juyong.api.product import because

REFUSED = because({"this operation is no part of the networks of this platform": "*"})
