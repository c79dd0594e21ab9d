"""The OSS product: its hosts, its quotas, and what of it is not served."""

from juyong.api.product import Dialect, Product, Style
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

_ONE_PLACE = "the platform is one place: nothing is copied, moved or accelerated to another"
_NO_PROCESSING = "objects are stored and returned as they are; none is processed"
_NO_LOG = "no access log is written into buckets; events tell who called"
_NO_PAGES = "buckets are no web sites"
_OWN_NAMES = "buckets are reached by their own hosts; there are no further names"
_PAID = "nobody pays for requests"

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
    marks=SUBRESOURCES,
    unserved={
        **dict.fromkeys(("replication", "replicationProgress", "replicationLocation"), _ONE_PLACE),
        **dict.fromkeys(("PUT transferAcceleration", "redundancyTransition", "rtc"), _ONE_PLACE),
        **dict.fromkeys(("cname", "accessPoint", "accessPointPolicy"), _OWN_NAMES),
        **dict.fromkeys(
            ("style", "styleName", "x-oss-process", "img", "metaQuery"), _NO_PROCESSING
        ),
        **dict.fromkeys(("PUT logging", "DELETE logging", "userDefinedLogFieldsConfig"), _NO_LOG),
        **dict.fromkeys(("PUT website", "DELETE website"), _NO_PAGES),
        **dict.fromkeys(("PUT requestPayment", "x-oss-request-payer"), _PAID),
        "PUT accessmonitor": "the last access of objects is not noted",
        "PUT resourceGroup": "buckets belong to the account's default resource group",
        "httpsConfig": "versions of TLS are the server's, for all buckets",
        "inventory": "no lists of objects are written; ListObjects tells them",
        "live": "there are no live channels",
        "vod": "there are no live channels",
        "asyncFetch": "nothing is fetched from elsewhere",
        "callback": "nothing is called when an object is stored",
        "x-oss-callback": "nothing is called when an object is stored",
        "qosInfo": "all requests share the server",
        "qosRequester": "all requests share the server",
    },
)
