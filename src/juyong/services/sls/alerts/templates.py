"""Alerts that are made of a template: the service ships the rule, the call fills its gaps.

Source: SLS API reference, AlertConfiguration, templateConfiguration (documented). The ids and the
texts of the templates are the platform's own, see juyong.content.alarms.
"""

from typing import Any

from juyong.content.alarms import TEMPLATES, Template
from juyong.services.sls.errors import BadArgument

_TYPE = "tpl"


def filled(document: dict[str, Any], project: str) -> dict[str, Any]:
    """Return a document whose template, if it has one, was filled in.

    Members that the call gives stay as they are; tokens: `logstore`, which is needed, and
    `project`, that of the alert without it.

    Raises:
        BadArgument: there is no such template, or a token is missing.
    """
    given = document.get("configuration")
    if not isinstance(given, dict) or given.get("type") != _TYPE:
        return document
    asked = given.get("templateConfiguration")
    template = TEMPLATES.get(str(asked.get("id"))) if isinstance(asked, dict) else None
    if not isinstance(asked, dict) or template is None:
        raise BadArgument(why="templateConfiguration names no template.")
    tokens = asked.get("tokens")
    store = tokens.get("logstore") if isinstance(tokens, dict) else None
    if not isinstance(tokens, dict) or not isinstance(store, str):
        raise BadArgument(why="templateConfiguration has no token `logstore`.")
    made = _configuration(template, str(tokens.get("project") or project), store)
    usual = {"displayName": template.title, "schedule": {"type": "FixedRate", "interval": "1m"}}
    kept = {name: value for name, value in given.items() if value not in (None, [], "")}
    return {**usual, **document, "configuration": {**made, **kept}}


def _configuration(template: Template, project: str, store: str) -> dict[str, Any]:
    query = {
        "storeType": "log",
        "project": project,
        "store": store,
        "query": template.query,
        "start": "-2m",
        "end": "now",
        "timeSpanType": "Relative",
    }
    return {
        "version": "2.0",
        "queryList": [query],
        "groupConfiguration": {"type": "custom", "fields": [*template.groups]},
        "severityConfigurations": [{"severity": template.severity, "evalCondition": {}}],
        "annotations": [{"key": "title", "value": template.title}],
        "threshold": 1,
        "sendResolved": False,
    }
