"""The metrics that the platform measures of its own products, and the custom ones of an account.

Source: the members of a metric's description, namespaces of ECS, RDS, OSS and SLS (documented);
every other namespace, and the names of the metrics, are the platform's own (assumed): the published
metrics of those products are of machines that the platform does not run.
"""

from collections.abc import Iterator

import msgspec

from juyong.api.errors import BadParameter
from juyong.api.registry import packages
from juyong.base.ids import AccountId
from juyong.services.cms.tables import SeriesRow
from juyong.store.transaction import Transaction

PERIODS = (60, 300, 900, 3600)
"""Seconds; each is a whole number of the one minute in which samples are kept."""
STATISTICS = ("Average", "Minimum", "Maximum", "Sum", "SampleCount")
CUSTOM = "acs_customMetric_"
_PUBLISHED = {
    "Ecs": "acs_ecs_dashboard",
    "Rds": "acs_rds_dashboard",
    "Oss": "acs_oss_dashboard",
    "Sls": "acs_sls_dashboard",
    "FC-Open": "acs_fc",
    "KmsInstance": "acs_kms",
    "Actiontrail-2017": "acs_actiontrail",
}


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric.

    title: What is measured. dense: A minute without a sample counts as 0, since the platform would
    have counted. dimensions: Names, separated by commas. least: The shortest period, in seconds.
    instance: The dimension that tells which instance of a monitor group is measured; empty: the
    metric is of no instance.
    """

    namespace: str
    name: str
    title: str
    unit: str
    dense: bool = False
    dimensions: str = "userId,apiName"
    least: int = PERIODS[0]
    instance: str = ""

    @property
    def periods(self) -> tuple[int, ...]:
        """The periods that may be asked for, in seconds."""
        return tuple(each for each in PERIODS if each >= self.least)

    def period(self, asked: str | None) -> int:
        """Return the period that is asked for, or the shortest one.

        Raises:
            BadParameter: the metric is not measured that often.
        """
        if asked is not None and int(asked) < self.least:
            raise BadParameter("ParameterInvalid", "The parameter Period is invalid.")
        return int(asked or self.least)

    @property
    def key(self) -> str:
        """The metric as the store names it."""
        return f"{self.namespace}/{self.name}"


_COUNTS = {
    "RequestCount": "Calls that the account made.",
    "ErrorCount": "Calls that were refused or failed.",
    "ServerErrorCount": "Calls that failed by a fault of the platform.",
    "DeniedCount": "Calls that no policy allowed.",
    "ThrottledCount": "Calls beyond the rate of the operation.",
}
LATENCY = "Latency"


def namespace_of(product: str) -> str:
    """Return the namespace with the metrics of a product, by its code."""
    return _PUBLISHED.get(product) or f"acs_{product.lower().replace('-', '_')}"


def category_of(namespace: str) -> str:
    """Return how monitor groups name the product of a namespace: `oss` for `acs_oss_dashboard`."""
    return namespace.removeprefix("acs_").removesuffix("_dashboard")


def categories() -> list[str]:
    """Return the products that measure instances, as monitor groups name the products."""
    products = packages().values()
    return sorted({category_of(namespace_of(each.code)) for each in products if each.measures})


def namespaces() -> dict[str, str]:
    """Return the namespaces of all products, each with the title of its product."""
    found: dict[str, str] = {}
    for product in packages().values():
        found.setdefault(namespace_of(product.code), product.title)
    return dict(sorted(found.items()))


def metrics_in(namespace: str) -> list[Metric]:
    """Return the metrics of a product's namespace, by name."""
    counts = [
        Metric(namespace=namespace, name=name, title=title, unit="count", dense=True)
        for name, title in _COUNTS.items()
    ]
    latency = "How long calls took from request to answer."
    counts.append(Metric(namespace=namespace, name=LATENCY, title=latency, unit="ms"))
    products = (each for each in packages().values() if namespace_of(each.code) == namespace)
    figures = [
        Metric(
            namespace=namespace,
            name=each.name,
            title=each.title,
            unit=each.unit,
            dense=each.counts,
            dimensions=",".join(("userId", *each.dimensions)),
            least=each.seconds,
            instance=each.dimensions[0],
        )
        for product in products
        for each in product.measures
    ]
    return sorted([*counts, *figures], key=lambda each: each.name)


def custom_namespace(account_id: AccountId) -> str:
    """Return the namespace with the custom metrics of an account."""
    return f"{CUSTOM}{account_id}"


def metric_of(tx: Transaction, account_id: AccountId, namespace: str, name: str) -> Metric | None:
    """Return a metric that an account may ask for, or None where there is none of that name."""
    if namespace == custom_namespace(account_id):
        return next((m for m in custom_metrics(tx, account_id) if m.name == name), None)
    if namespace not in namespaces():
        return None
    return next((each for each in metrics_in(namespace) if each.name == name), None)


def custom_metrics(tx: Transaction, account_id: AccountId) -> Iterator[Metric]:
    """Yield the custom metrics that the account brought samples of, by name."""
    space = custom_namespace(account_id)
    known: dict[str, set[str]] = {}
    for row in tx.find(SeriesRow, order=("metric",), account_id=account_id, custom=True):
        name = row.metric.partition("/")[2]
        known.setdefault(name, set()).update(msgspec.json.decode(row.dimensions))
    for name, dimensions in known.items():
        yield Metric(
            namespace=space,
            name=name,
            title="Reported by PutCustomMetric.",
            unit="",
            dimensions=",".join(sorted(dimensions)),
            instance="groupId",
        )
