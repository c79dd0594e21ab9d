"""The product's types of resources."""

from juyong.services.actiontrail.trails.trail import TRAIL

RESOURCES = (TRAIL,)
