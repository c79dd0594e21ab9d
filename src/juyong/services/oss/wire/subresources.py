"""The query parameters that signature V1 covers, and those that name parts of a target.

Source: the union of the lists of the official Go and Python SDKs (observed).
"""

SIGNED = frozenset(
    {
        *("accessPoint", "accessPointPolicy", "acl", "append"),
        *("asyncFetch", "bucketArchiveDirectRead", "bucketInfo", "callback"),
        *("callback-var", "cloudboxes", "cname", "comp", "continuation-token", "cors"),
        *("delete", "encryption", "endTime", "group", "httpsConfig", "img", "inventory"),
        *("inventoryId", "legalHold", "lifecycle", "link", "live", "location", "logging"),
        *("metaQuery", "objectInfo", "objectMeta", "objectWorm", "partNumber", "policy"),
        *("policyStatus", "position", "publicAccessBlock", "qos", "qosInfo"),
        *("qosRequester", "redundancyTransition", "referer", "regionList"),
        *("replication", "replicationLocation", "replicationProgress"),
        *("requestPayment", "requesterQosInfo", "resourceGroup", "resourcePool"),
        *("resourcePoolBuckets", "resourcePoolInfo", "response-cache-control"),
        *("response-content-disposition", "response-content-encoding"),
        *("response-content-language", "response-content-type"),
        *("response-expires", "responseHeader", "restore", "retention", "rtc", "seal"),
        *("security-token", "sequential", "startTime", "stat", "status", "style"),
        *("styleName", "symlink", "tagging", "transferAcceleration", "udf"),
        *("udfApplication", "udfApplicationLog", "udfId", "udfImage", "udfImageDesc"),
        *("udfName", "uploadId", "uploads", "versionId", "versioning", "versions", "vod"),
        *("website", "withHashContext", "worm", "wormExtend", "wormId"),
        *("x-oss-ac-forward-allow", "x-oss-ac-source-ip"),
        *("x-oss-ac-subnet-mask", "x-oss-ac-vpc-id", "x-oss-access-point-name"),
        *("x-oss-async-process", "x-oss-enable-md5", "x-oss-enable-sha1"),
        *("x-oss-enable-sha256", "x-oss-hash-ctx", "x-oss-md5-ctx"),
        *("x-oss-process", "x-oss-redundancy-transition-taskid"),
        *("x-oss-request-payer", "x-oss-target-redundancy-type"),
        *("x-oss-traffic-limit", "x-oss-write-get-object-response"),
    }
)
# SECURITY: signature V1 of no official client covers `accessmonitor` (observed in oss2, the Go SDKs
# and the gateway of Terraform's provider): whoever sees such a client's PutBucket on the wire can
# switch monitoring within 15 minutes. V4 covers all parameters.
UNSIGNED = frozenset({"accessmonitor"})
SUBRESOURCES = frozenset(name for name in SIGNED | UNSIGNED if "-" not in name)
"""Names that mean a part of a bucket or object, or say which; others say how it is shown."""
LISTING = frozenset(
    {
        *("prefix", "marker", "delimiter", "max-keys", "encoding-type", "list-type"),
        *("start-after", "fetch-owner", "continuation-token"),
    }
)
"""The parameters of lists of objects."""
