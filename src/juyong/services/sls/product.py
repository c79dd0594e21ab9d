"""The SLS product: its hosts, its quotas, and what of it is not served."""

from juyong.api.measures import Measure
from juyong.api.naming import camel_name
from juyong.api.product import Dialect, Product, Style
from juyong.services.sls.refusals import REFUSED

HOSTS = tuple(
    f"{project}{{region}}{network}"
    for network in (
        ".log.aliyuncs.com",
        "-intranet.log.aliyuncs.com",
        "-share.log.aliyuncs.com",
        ".sls.aliyuncs.com",
    )
    for project in ("", "{project}.")
)
"""Source: SLS endpoints (documented), endpoint rules of the official SDKs (observed)."""

STORAGE = Measure(
    name="LogstoreStorage",
    title="Raw bytes that a logstore keeps.",
    unit="bytes",
    dimensions=("project", "logstore"),
    seconds=3600,
)
"""Source: dimensions of the metrics of SLS (documented); the name is assumed."""

PRODUCT = Product(
    code="Sls",
    ram_code="log",
    version="2020-12-30",
    hosts=HOSTS,
    title="Simple Log Service",
    source="SLS API reference",
    style=Style.REST,
    spell=camel_name,
    wire="juyong.services.sls.wire.format",
    claims=("LOG ", "SLS ", "SLS4-HMAC-SHA256"),
    told_by=("type", "action"),
    dialect=Dialect(
        missing=("ParameterInvalid", "{name} is required."),
        invalid_code="ParameterInvalid",
        denied=(
            "Unauthorized",
            401,
            "denied by sts or ram, action: {action}, resource: {resource}",
        ),
    ),
    service_codes=("sls",),
    quotas={
        "sls.projects": 50,
        "sls.logstores": 200,
        "sls.shards": 400,
        "sls.consumer-groups": 30,
        "sls.saved-searches": 100,
        "sls.dashboards": 100,
        "sls.alerts": 100,
        "sls.scheduled-sqls": 100,
        "sls.exports": 100,
    },
    refused=REFUSED,
    measures=(STORAGE,),
)
