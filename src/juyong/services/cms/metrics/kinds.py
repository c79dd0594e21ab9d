"""List the metrics and the namespaces that there are."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Text
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.services.cms.answers import EVERYTHING, CountedInText, Done, PageNumber, reads_data
from juyong.services.cms.metrics.catalogue import (
    STATISTICS,
    Metric,
    custom_metrics,
    custom_namespace,
    metrics_in,
    namespaces,
)
from juyong.services.cms.metrics.describing import Namespace
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.texts import Reads, labels, to_json

Filter = Annotated[str, Reads(labels), Doc('JSON: `[{"name": …, "value": …}]`.')]


class MetricMeta(Shape, frozen=True, kw_only=True):
    """The description of a metric; Labels is a JSON array as text."""

    namespace: str
    metric_name: Annotated[str, Of("name")]
    description: Annotated[str, Of("title")]
    unit: str
    dimensions: str
    statistics: str = ",".join(STATISTICS)
    periods: Annotated[str, Of(through=lambda periods: ",".join(map(str, periods)))]
    labels: str


class TotalInText(Done, frozen=True, kw_only=True):
    """A page of metrics, and how many there are in all, as text."""

    total_count: str


def _labels_of(metric: Metric) -> dict[str, str]:
    return {"metricCategory": metric.namespace.removeprefix("acs_"), "alertEnable": "true"}


def _labelled(held: dict[str, str]) -> str:
    return to_json([{"name": k, "value": v} for k, v in held.items()])


@operation(CMS, "DescribeMetricMetaList", **reads_data(answers="Resources.Resource"))
def describe_metric_meta_list(
    ctx: Context,
    *,
    namespace: Namespace | None = None,
    metric_name: Annotated[str, Text(1, 128), Doc("Only this one.")] | None = None,
    labels: Filter | None = None,
    page_number: PageNumber = 1,
    page_size: Annotated[int, Between(1, 10_000), Doc("1 to 10000.")] = 30,
) -> Listing[MetricMeta, TotalInText]:
    """List the metrics that there are: those of the platform's products and the account's own."""
    wanted = _wanted(labels)
    own = custom_namespace(ctx.account_id)
    found = [
        metric
        for space in namespaces()
        if namespace in (None, space)
        for metric in metrics_in(space)
    ]
    if namespace in (None, own):
        found += custom_metrics(ctx.tx, ctx.account_id)
    chosen = [
        MetricMeta.of(each, labels=_labelled(_labels_of(each)))
        for each in found
        if metric_name in (None, each.name) and wanted.items() <= _labels_of(each).items()
    ]
    shown = page_of(chosen, page_number, page_size)
    return Listing(shown, TotalInText(total_count=str(len(chosen))))


class ProjectMeta(Shape, frozen=True, kw_only=True):
    """A namespace."""

    namespace: str
    description: str
    labels: str


class ProjectPage(CountedInText, frozen=True, kw_only=True):
    """A page of namespaces; its numbers are texts."""

    page_number: str
    page_size: str


@operation(
    CMS,
    "DescribeProjectMeta",
    resource=EVERYTHING,
    answers="Resources.Resource",
    audit="data",
    reads_only=True,
)
def describe_project_meta(
    _ctx: Context,
    *,
    labels: Filter | None = None,
    page_number: Annotated[int, Between(1, 100), Doc("1 to 100.")] = 1,
    page_size: Annotated[int, Between(1, 10_000), Doc("1 to 10000.")] = 30,
) -> Listing[ProjectMeta, ProjectPage]:
    """List the products that have metrics, by namespace."""
    wanted = _wanted(labels)
    found = [
        ProjectMeta(namespace=space, description=title, labels=_labelled({"product": title}))
        for space, title in namespaces().items()
        if wanted.items() <= {"product": title}.items()
    ]
    page = ProjectPage(
        total=str(len(found)), page_number=str(page_number), page_size=str(page_size)
    )
    return Listing(page_of(found, page_number, page_size), page)


def _wanted(text: str | None) -> dict[str, str]:
    return labels(text) if text else {}
