"""DeleteObject."""

from juyong.api.access import Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.operation import Route, operation
from juyong.services.oss.objects.object import AT_KEY, Place, latest_of
from juyong.services.oss.objects.write import add_version, marker, remove_version
from juyong.services.oss.product import PRODUCT as OSS


@operation(
    OSS,
    "DeleteObject",
    on=AT_KEY,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="DELETE", path="/{bucket}/{key+}"),
)
def delete_object(ctx: Context, place: Place) -> RawAnswer:
    """Delete an object, or hide it behind a delete marker where the bucket keeps versions."""
    if place.bucket.versioning:
        added = add_version(ctx, marker(ctx, place))
        told = {"x-oss-delete-marker": "true", "x-oss-version-id": added.version_id}
        return RawAnswer(status=204, headers=told)
    found = latest_of(ctx, place.bucket.bucket_name, place.key)
    if found is not None:
        remove_version(ctx, found)
    return RawAnswer(status=204)
