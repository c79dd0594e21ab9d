"""Published operations of OSS that are not served, each with the reason."""

from juyong.api.product import because

ONE_PLACE = "the platform is one place: nothing is copied or moved to another"
NO_PROCESSING = "objects are stored and returned as they are; none is processed"
NO_FIELDS = "fields of one's own are of real-time logs, which a log service would hold"
OWN_NAMES = "buckets are reached by their own hosts; there are no further names"
NO_SPACES = "there are no spaces besides buckets"

REFUSED = because(
    {
        ONE_PLACE: "*Replication* *RedundancyTransition *Rtc ListCloudBoxes",
        NO_PROCESSING: "*Style *ProcessObject *Select* *MetaQuery* *Metadata* *DataPipeline*",
        NO_FIELDS: "*UserDefinedLogFields*",
        OWN_NAMES: "*Cname* *AccessPoint*",
        NO_SPACES: "ListBucketSpaces",
        "there are no vectors, tables, datasets and buckets for agents": (
            "*Vector* *Table* *Dataset* *AgenticBucket* *Namespace* *SmartCluster* *FileMeta"
            " SemanticQuery SimpleQuery"
        ),
        "buckets are kept from change as a whole": "*LegalHold *Retention *ObjectWorm*",
        "a bucket has no quota of its own": "*StorageQuota",
        "an archived object is restored before it is read": "*ArchiveDirectRead",
        "overwriting is forbidden by the header of a call": "*OverwriteConfig",
        "an object that was appended to can be appended to": "SealAppendObject",
        "a restored copy ends when its days are over": "CleanRestoredObject",
    }
)
"""A pattern that a served operation matches says nothing of that operation."""

UNSERVED = {
    **dict.fromkeys(("replication", "replicationProgress", "replicationLocation"), ONE_PLACE),
    **dict.fromkeys(("redundancyTransition", "rtc"), ONE_PLACE),
    **dict.fromkeys(("cname", "accessPoint", "accessPointPolicy"), OWN_NAMES),
    **dict.fromkeys(("style", "styleName", "x-oss-process"), NO_PROCESSING),
    **dict.fromkeys(("img", "metaQuery", "select"), NO_PROCESSING),
    "userDefinedLogFieldsConfig": NO_FIELDS,
    **dict.fromkeys(("live", "vod"), "there are no live channels"),
    "asyncFetch": "nothing is fetched from elsewhere",
    **dict.fromkeys(("callback", "x-oss-callback"), "nothing is called when an object is stored"),
    **dict.fromkeys(("qosInfo", "qosRequester"), "all requests share the server"),
}
"""Marks of operations that are not served."""
