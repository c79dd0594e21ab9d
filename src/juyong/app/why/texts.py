"""Find the text of a policy by its digest, in any place that keeps texts.

A text that has the digest is the text: so no clock and no order of changes has to be trusted.
"""

from collections.abc import Iterator
from hmac import compare_digest
from typing import Any, NamedTuple

import msgspec

from juyong.api.registry import resources
from juyong.api.resource import Resource
from juyong.audit.evidence import ConsultedPolicy
from juyong.base.ids import AccountId
from juyong.content.policies.service_roles import TRUSTS_NO_SERVICE
from juyong.content.policies.system import system_policy
from juyong.engines.policy import Layer, digest_of
from juyong.services.identity.facade import PolicyVersionRow
from juyong.store.inventory import ResourceRow
from juyong.store.inventory_reads import states_named
from juyong.store.transaction import Transaction

SYSTEM, CUSTOM = "System", "Custom"


class Text(NamedTuple):
    """The text of a policy.

    kept: Where it was found. place: Which of the resource's documents it is, see Documents.of.
    """

    text: str
    kept: str
    place: int = 0


def text_of(
    tx: Transaction, policy: ConsultedPolicy, account_id: AccountId, target: str
) -> Text | None:
    """Return the text of a policy that was consulted; None where no place keeps the text any more.

    account_id: The caller's. target: The name of the resource that may have the policy.
    """
    for found in _candidates(tx, policy, account_id, target):
        if compare_digest(digest_of(found.text), policy.digest):
            return found
    return None


def _candidates(
    tx: Transaction, policy: ConsultedPolicy, account_id: AccountId, target: str
) -> Iterator[Text]:
    if policy.text:
        yield Text(policy.text, "the event")
    elif policy.type == SYSTEM:
        held = system_policy(policy.name)
        if held is not None:
            yield Text(held.document, "the policies of this version")
    elif policy.type == CUSTOM:
        for row in _versions(tx, account_id, policy):
            yield Text(row.document, "the versions of the policy")
        yield from _past(tx, f"acs:ram:*:{account_id}:policy/{policy.name}", Layer.IDENTITY)
    else:
        layer = Layer(policy.type)
        yield from _past(tx, target, layer)
        if layer is Layer.TRUST:
            yield Text(TRUSTS_NO_SERVICE, "the trust of a role that did not exist")


def _versions(
    tx: Transaction, account_id: AccountId, policy: ConsultedPolicy
) -> list[PolicyVersionRow]:
    number = policy.version.removeprefix("v")
    if not number.isdecimal():
        return []
    row = tx.get(PolicyVersionRow, account_id, policy.name, int(number))
    return [] if row is None else [row]


def _past(tx: Transaction, arn: str, layer: Layer) -> Iterator[Text]:
    """Yield what the inventory's history knows of the policies of a resource, the newest first."""
    for resource, account_id, label in carriers(arn, layer):
        for event in states_named(tx, account_id, resource.kind, label):
            texts = _documents(resource, event.snapshot, account_id)
            for place, text in enumerate(texts):
                yield Text(text, f"the inventory, {resource.kind}", place)


def document_now(tx: Transaction, arn: str, layer: Layer, place: int) -> tuple[bool, str | None]:
    """Return whether a resource that may carry a policy is there now, and its document."""
    for resource, account_id, label in carriers(arn, layer):
        row = _named(tx, account_id, resource.kind, label)
        if row is not None:
            texts = _documents(resource, row.state, account_id)
            return True, texts[min(place, len(texts) - 1)] if texts else None
    return False, None


def _named(tx: Transaction, account_id: AccountId, kind: str, label: str) -> ResourceRow | None:
    by_id = tx.find(ResourceRow, account_id=account_id, resource_type=kind, resource_id=label)
    rows = by_id or tx.find(ResourceRow, account_id=account_id, resource_type=kind)
    folded = label.lower()
    return next((row for row in rows if by_id or row.name.lower() == folded), None)


def carriers(arn: str, layer: Layer) -> Iterator[tuple[Resource[Any], AccountId, str]]:
    """Yield the types of resource that carry policies of a layer and have such names.

    Each type comes with the account, and the label in the name.
    """
    parts = arn.split(":", 4)
    if len(parts) != len(("acs", "service", "region", "account", "relative")):
        return
    _, service, _, account_id, relative = parts
    for each in resources().values():
        of_service, _, path = each.arn.partition(":")
        if each.documents is None or each.documents.layer is not layer or of_service != service:
            continue
        if relative.startswith(path):
            label = relative.removeprefix(path)
            label = label.partition("/")[0] if each.documents.below else label
            yield each, AccountId(account_id), label


def _documents(resource: Resource[Any], state: str, account_id: AccountId) -> tuple[str, ...]:
    if resource.documents is None:
        return ()
    try:
        return resource.documents.of(msgspec.json.decode(state), account_id)
    except (KeyError, TypeError, ValueError):
        return ()  # a state in the shape of an older version, which told no policy
