"""The types of resources of CloudMonitor."""

from juyong.services.cms.contacts.contacts import CONTACT, GROUP
from juyong.services.cms.events.rules import EVENT_RULE
from juyong.services.cms.groups.group import MONITOR_GROUP
from juyong.services.cms.rules.rule import RULE

RESOURCES = (CONTACT, GROUP, RULE, EVENT_RULE, MONITOR_GROUP)
