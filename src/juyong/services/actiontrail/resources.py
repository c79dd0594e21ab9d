"""The product's types of resources."""

from juyong.services.actiontrail.templates.template import TEMPLATE
from juyong.services.actiontrail.trails.trail import TRAIL

RESOURCES = (TEMPLATE, TRAIL)
