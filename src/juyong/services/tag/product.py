"""The Tag product."""

from juyong.api import registry
from juyong.api.hosts import api_hosts
from juyong.api.product import Product, because


def _load() -> None:
    """Import the types of resources of all products, which nearly every operation asks."""
    registry.resources()


PRODUCT = Product(
    code="Tag",
    ram_code="tag",
    version="2018-08-28",
    hosts=api_hosts("tag"),
    title="Tag",
    source="Tag API reference",
    ready=_load,
    service_codes=("tag",),
    refused=because(
        {
            "there are no tag policies": "*Polic* *ConfigRule*",
            "a tag exists with a resource that has the tag; none is kept without one": (
                "CreateTags DeleteTag"
            ),
            "no resource is tagged by the platform itself": "*CreatedBy*",
            "no resource inherits the tags of another": "*AssociatedResourceRule*",
        }
    ),
)
