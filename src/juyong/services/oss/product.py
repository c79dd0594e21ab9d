"""The OSS product: its hosts, its quotas, and what of it is not served."""

from juyong.api.measures import Measure
from juyong.api.product import Dialect, Product, Style
from juyong.services.oss.refusals import REFUSED, UNSERVED
from juyong.services.oss.wire.subresources import SUBRESOURCES

HOSTS = (
    "oss.aliyuncs.com",
    "oss-{region}.aliyuncs.com",
    "oss-{region}-internal.aliyuncs.com",
    "{bucket}.oss-{region}.aliyuncs.com",
    "{bucket}.oss-{region}-internal.aliyuncs.com",
    "{region}.oss.aliyuncs.com",
    "{bucket}.{region}.oss.aliyuncs.com",
    "oss-accelerate.aliyuncs.com",
    "{bucket}.oss-accelerate.aliyuncs.com",
)
"""Source: OSS endpoints (documented), endpoint rules of the official SDKs (observed)."""

STORAGE = Measure(
    name="MeteringStorageUtilization",
    title="Bytes that a bucket holds.",
    unit="bytes",
    dimensions=("BucketName",),
    seconds=3600,
)
"""Source: metrics of OSS (documented); measured twice an hour, which is assumed."""
OBJECTS = Measure(
    name="MeteringObjectCount",
    title="Objects that a bucket holds.",
    unit="count",
    dimensions=("BucketName",),
    seconds=3600,
)
"""Source: the name is assumed."""

PRODUCT = Product(
    code="Oss",
    ram_code="oss",
    version="2019-05-17",
    hosts=HOSTS,
    title="Object Storage Service",
    source="OSS API reference",
    style=Style.REST,
    spell=str,
    wire="juyong.services.oss.wire.format",
    sees_requests=True,
    claims=("OSS ", "OSS4-HMAC-SHA256"),
    asked_by=("OSSAccessKeyId", "x-oss-credential"),
    labelled="bucket",
    dialect=Dialect(
        missing=("InvalidArgument", "{name} is required."),
        invalid_code="InvalidArgument",
        denied=(
            "AccessDenied",
            403,
            "You have no right to access this object because of bucket acl.",
        ),
    ),
    service_codes=("oss",),
    quotas={"oss.buckets": 100},
    refused=REFUSED,
    marks=SUBRESOURCES,
    places={"on_bucket": "/{bucket}"},
    unserved=UNSERVED,
    measures=(STORAGE, OBJECTS),
)
