"""Published operations of SLS that are not served, each with the reason, by name and by path."""

from juyong.api.product import because

NOTHING_LEARNED = "nothing is learned from logs, and no assistant is served"
NOT_FETCHED = "logs come in by PutLogs; nothing is fetched from elsewhere"
NO_OTHER_STORE = "logs go to no other store than OSS"
NO_FILES = "logs do not leave by files that are made on request"
OWN_NAMES = "projects are reached by their own hosts; there are no further names"
NO_TICKETS = "pages of the console are not shared by tickets"
ONE_PLACE = "the platform is one place, and no way to it is faster than others"
NO_AGENT = "no agent takes its configuration from here"
NO_METRICS = "there are logs and no metrics"
AS_THEY_ARE = "logs are kept as they come, and read as they are"
NO_CHANGE = "no job changes logs as they come"
NO_REPORT = "jobs are alerts and scheduled SQL"
WHILE_WAITING = "queries are answered while the caller waits, by the server's own processors"
NO_RULE = "what others log is not collected by a rule"
NO_VIEW = "logstores are joined by SQL over a project, and no view is kept"
NO_OWN_LOG = "the service writes no log of itself into a project"
NO_SHIPPER = "logs go to OSS by exports; shippers of the older kind are not served"
ONLY_ALERTS = (
    "the jobs here are alerts; exports to OSS stand at /ossexports, and SQL at /scheduledsqls"
)
NO_PIXEL = "a page sends its logs by POST"
NOT_CHANGED = "nothing of what is kept is deleted or changed before its time"

REFUSED = because(
    {
        NOTHING_LEARNED: "*Annotation* *AiTools GetMLServiceResults",
        NOT_FETCHED: "*Ingestion*",
        NO_OTHER_STORE: "*MaxComputeExport* *OSSHDFSExport*",
        NO_FILES: "*DownloadJob*",
        OWN_NAMES: "*Domain*",
        NO_TICKETS: "*Ticket* RefreshToken",
        ONE_PLACE: "*TransferAcceleration",
        NO_AGENT: (
            "*AgentInstanceConfig* CreateConfig DeleteConfig GetConfig ListConfig UpdateConfig"
            " *LogtailPipelineConfig* *MachineGroup* *AppliedConfigs ListMachines"
        ),
        NO_METRICS: "*MetricStore*",
        AS_THEY_ARE: "*Processor*",
        NO_CHANGE: "*ETL*",
        WHILE_WAITING: "*AsyncSql* *SqlInstance*",
        NO_RULE: "*CollectionPolic*",
        NO_VIEW: "*StoreView*",
        NO_OWN_LOG: "*Logging",
        NOT_CHANGED: "DeleteLogs*",
        "records are listed by offset": "ListNextResourceRecord",
    }
)
"""A pattern that a served operation matches says nothing of that operation."""

PATHS = because(
    {
        NOTHING_LEARNED: "/ml",
        NOT_FETCHED: (
            "/azureblobingestions /elasticsearchingestions /ossingestions /s3ingestions /ingestions"
        ),
        NO_OTHER_STORE: "/maxcomputeexports /osshdfsexports /externalstores /topostore",
        NO_FILES: "/downloadjobs",
        OWN_NAMES: "/domains",
        NO_TICKETS: "/tickets /token",
        ONE_PLACE: "/transferacceleration",
        NO_AGENT: "/agentinstanceconfigs /configs /pipelineconfigs /machinegroups",
        NO_METRICS: "/metricstores /prometheus",
        AS_THEY_ARE: "/consumeprocessors /ingestprocessors /logstores/processor",
        NO_CHANGE: "/etls",
        WHILE_WAITING: "/asyncsql /sqlinstance",
        NO_RULE: "/collectionpolicy",
        NO_VIEW: "/storeviews",
        NO_OWN_LOG: "/logging",
        NO_SHIPPER: "/logstores/shipper",
        NO_PIXEL: "/logstores/track_ua.gif",
        NOT_CHANGED: "/deletelogtasks /logstores/deletelogtasks",
    }
)
"""By the first segment of a path; of what belongs to a logstore, by the one behind its name."""


def why_not(path: str) -> str | None:
    """Return why nothing is served below a path of a project or of the service; else None."""
    first, *rest = path.strip("/").split("/")
    if first == "jobs" and rest[1:2] not in ([], ["jobinstances"]):
        return NO_REPORT
    if first == "logstores" and len(rest) > 1:
        first = f"{first}/{rest[1]}"
    return PATHS.get(f"/{first}")
