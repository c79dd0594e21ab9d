"""Declare the figures that a product measures of what an account has, for CloudMonitor."""

import msgspec


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure, declared in `Product.measures` and told by a job of the product.

    name: Of the metric. title: What is measured. unit: Such as `bytes`. dimensions: Names of what
    tells series apart, without `userId`. counts: How often something happened in a minute: what
    several servers tell is added up, and a minute that is not told counts as 0. Otherwise the
    figure is a state, told now and then: the newest one in a minute counts. seconds: The shortest
    period in which a state is told for certain.
    """

    name: str
    title: str
    unit: str
    dimensions: tuple[str, ...]
    counts: bool = False
    seconds: int = 60
