"""The CloudMonitor product."""

from juyong.api.errors import Throttled
from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product, Spelling, because

_INVALID = "The parameter {name} is invalid."

PRODUCT = Product(
    code="Cms",
    ram_code="cms",
    version="2019-01-01",
    hosts=api_hosts("metrics"),
    title="CloudMonitor",
    source="CloudMonitor API reference",
    service_codes=("cms",),
    dialect=Dialect(
        missing=("ParameterInvalid", "The parameter {name} is required."),
        invalid_code="ParameterInvalid",
        invalid_texts=dict.fromkeys(("Length", "InvalidChars", "Format", "Range", ""), _INVALID),
        denied=("Forbidden", 403, "You are not authorized to operate the specified resource."),
        spellings={Throttled: Spelling("Throttling.User", 429)},
    ),
    quotas={
        "cms.series": 10_000,
        "cms.rules": 1000,
        "cms.contacts": 1000,
        "cms.contact-groups": 100,
        "cms.event-rules": 100,
        "cms.monitor-groups": 100,
        "cms.group-instances": 3000,
        "cms.metric-queries": 50,
        "cms.metric-uploads": 200,
        "cms.event-uploads": 20,
    },
    refused=because(
        {
            "sites are not probed from elsewhere": (
                "*SiteMonitor* *HostAvailability* *SyntheticProbe*"
            ),
            "there is no agent, and no host that runs one": (
                "*Agent* *ModifyHostInfo* *MonitoringConfig"
            ),
            "there are no Prometheus namespaces; scrape /metrics instead": (
                "*HybridMonitor* *Exporter*"
            ),
            "logs are searched in SLS, which has alerts of its own": "*LogMonitor*",
            "instances are put into groups by CreateMonitorGroupInstances": (
                "*MonitorGroup* *DynamicTag*"
            ),
            "a rule on a group is put by PutGroupMetricRule": "*MetricRuleTemplate*",
            "a rule names its resources, or its group": "*MetricRuleResources",
            "groups and rules have no tags": "*Tags *TagKeyList *TagValueList",
            "rules are silenced by EffectiveInterval or DisableMetricRules": (
                "*MetricRuleBlackList*"
            ),
            "no rule is there before somebody puts one": "*ActiveMetricRule*",
            "alerts go to contacts and webhooks": "PutMetricRuleTargets DeleteMetricRuleTargets",
            "a rule on a custom metric is put by PutResourceMetricRule, on custom events by "
            "PutEventRule": "PutCustomMetricRule PutCustomEventRule",
            "data is read by DescribeMetricList": "Cursor BatchExport",
            "nothing is counted by time; the lists have every entry": (
                "*Histogram *AlertLogCount *SystemEventCount"
            ),
            "system events are found by DescribeSystemEventAttribute": "*SystemEventMetaList",
            "an event rule is tried by PutCustomEvent": "SendDryRunSystemEvent",
            "quotas are settings of the platform": "*QuotaAttribute",
        }
    ),
)
