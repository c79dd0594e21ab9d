"""XML documents of OSS: read into their types or refused, and no entity is ever read."""

from juyong.api.documents import read_document
from juyong.api.errors import MalformedDocument
from juyong.services.oss.access_log.configuration import BucketLoggingStatus
from juyong.services.oss.buckets.blocking import Blocking
from juyong.services.oss.buckets.buckets import NewBucket
from juyong.services.oss.buckets.encryption import NewRule
from juyong.services.oss.buckets.resource_group import BucketResourceGroupConfiguration
from juyong.services.oss.buckets.tls import HttpsConfiguration
from juyong.services.oss.inventory.rules import InventoryConfiguration
from juyong.services.oss.last_access.configuration import AccessMonitorConfiguration
from juyong.services.oss.lifecycle.rules import LifecycleConfiguration
from juyong.services.oss.multipart.complete import NamedParts
from juyong.services.oss.retention.configuration import Days
from juyong.services.oss.website.rules import WebsiteConfiguration

_KINDS = (
    ("PublicAccessBlockConfiguration", Blocking),
    ("CreateBucketConfiguration", NewBucket),
    ("ServerSideEncryptionRule", NewRule),
    ("CompleteMultipartUpload", NamedParts),
    ("InitiateWormConfiguration", Days),
    ("HttpsConfiguration", HttpsConfiguration),
    ("WebsiteConfiguration", WebsiteConfiguration),
    ("BucketLoggingStatus", BucketLoggingStatus),
    ("InventoryConfiguration", InventoryConfiguration),
    ("LifecycleConfiguration", LifecycleConfiguration),
    ("AccessMonitorConfiguration", AccessMonitorConfiguration),
    ("BucketResourceGroupConfiguration", BucketResourceGroupConfiguration),
)
SEEDS: list[bytes] = [
    (
        b"\x09<LifecycleConfiguration><Rule><ID>a</ID><Prefix/><Status>Enabled</Status><Transition>"
        b"<Days>3</Days><StorageClass>IA</StorageClass><IsAccessTime>true</IsAccessTime>"
        b"</Transition><AtimeBase>1</AtimeBase></Rule></LifecycleConfiguration>"
    ),
    b"\x0a<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>",
    (
        b"\x0b<BucketResourceGroupConfiguration><ResourceGroupId>rg-a</ResourceGroupId>"
        b"</BucketResourceGroupConfiguration>"
    ),
    (
        b"\x00<PublicAccessBlockConfiguration><BlockPublicAccess>True</BlockPublicAccess>"
        b"</PublicAccessBlockConfiguration>"
    ),
    (
        b"\x01<CreateBucketConfiguration xmlns='a:b'><StorageClass>IA</StorageClass><!-- x --><X/>"
        b"</CreateBucketConfiguration>"
    ),
    (
        b"\x02<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>KMS"
        b"</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>"
    ),
    (
        b"\x03<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;A&quot;</ETag>"
        b"</Part></CompleteMultipartUpload>"
    ),
    (
        b"\x06<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix><Type>2</Type></IndexDocument>"
        b"<RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition><IncludeHeader><Key>a</Key>"
        b"<Equals>b</Equals></IncludeHeader></Condition><Redirect><RedirectType>External"
        b"</RedirectType></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>"
    ),
    (
        b"\x07<BucketLoggingStatus><LoggingEnabled><TargetBucket>b</TargetBucket><TargetPrefix/>"
        b"</LoggingEnabled></BucketLoggingStatus>"
    ),
    (
        b'\x00<!DOCTYPE a [<!ENTITY e "true">]><PublicAccessBlockConfiguration><BlockPublicAccess>&e;'
        b"</BlockPublicAccess></PublicAccessBlockConfiguration>"
    ),
    (
        b"\x04<InitiateWormConfiguration><RetentionPeriodInDays>25550</RetentionPeriodInDays>"
        b"</InitiateWormConfiguration>"
    ),
    (
        b"\x05<HttpsConfiguration><TLS><Enable>true</Enable><TLSVersion>TLSv1.2</TLSVersion></TLS>"
        b"<CipherSuite><Enable>false</Enable></CipherSuite></HttpsConfiguration>"
    ),
    (
        b"\x08<InventoryConfiguration><Id>a</Id><IsEnabled>true</IsEnabled><Filter><StorageClass>IA"
        b"</StorageClass></Filter><Destination><OSSBucketDestination><Format>CSV</Format><AccountId>1"
        b"</AccountId><RoleArn>acs:ram::1:role/a</RoleArn><Bucket>acs:oss:::abc</Bucket><Encryption>"
        b"<SSE-OSS/></Encryption></OSSBucketDestination></Destination><Schedule><Frequency>Daily"
        b"</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions>"
        b"</InventoryConfiguration>"
    ),
    b"\x00<a/>",
    b"",
]


def target(data: bytes) -> None:
    """Read the first byte as the kind, the rest as a document."""
    root, kind = _KINDS[data[0] % len(_KINDS)] if data else _KINDS[0]
    try:
        found = read_document(data[1:], root, kind)
    except MalformedDocument:
        return
    assert isinstance(found, kind)
    assert b"<!DOCTYPE" not in data
