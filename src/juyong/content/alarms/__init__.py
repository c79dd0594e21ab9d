"""Alarms that we ship: rules over the events of a trail, each with an event that rings and one not.

A rule is made by CreateAlert with `"type": "tpl"` and its id in `templateConfiguration`.
"""

from juyong.content.alarms.actiontrail import ALARMS
from juyong.content.alarms.template import Template

TEMPLATES = {each.id: each for each in ALARMS}

__all__ = ("TEMPLATES", "Template")
