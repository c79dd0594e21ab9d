"""The functions of OSS for other services."""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.services.oss.buckets.bucket import BUCKET
    from juyong.services.oss.delivery import discard
    from juyong.services.oss.errors import NoBucket
    from juyong.services.oss.put_for_services import ToPut, put_as_role, writable_bucket
    from juyong.services.oss.read_for_services import NotReadable, readable_content, reading_needs
else:
    __getattr__ = late_names(__name__)
