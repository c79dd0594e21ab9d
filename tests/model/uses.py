"""The slow model of the sums of uses: one event after the other, in plain dictionaries."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

ENOUGH = {"allowed": 200, "refused": 20}
PROVE_NOTHING = {
    *("InvalidAccessKeyId.Inactive", "InvalidSecurityToken.Expired", "InvalidTimeStamp.Expired"),
    *("InvalidTimeStamp.Format", "SignatureDoesNotMatch", "SignatureNonceUsed"),
}
Key = tuple[str, ...]


@dataclass
class UsesModel:
    """Sums by account, principal, key, service, action, outcome and resource."""

    sums: dict[Key, tuple[int, int, int]] = field(default_factory=dict)

    def add(self, at: int, body: str, evidence: str) -> None:
        """Count one event."""
        event = json.loads(body)
        who = event["userIdentity"]
        error = event.get("errorCode", "")
        if (event["eventType"] != "ApiCall" and not evidence) or error in PROVE_NOTHING:
            return
        if who["accountId"] != event["recipientAccountId"] or not who.get("principalId"):
            return
        key = who.get("accessKeyId", "")
        principal = who["principalId"]
        if who["type"] == "assumed-role":
            principal, key = principal.split(":")[0], ""
        service = event["serviceName"]
        questions = json.loads(evidence or "{}").get("questions", [])
        asked = [
            (each["action"], each["decision"] in ("Allow", "SelfService"), each["resource"])
            for each in questions
            if not each.get("principal")
        ]
        for action, allowed, resource in asked or [
            (f"{service.lower()}:{event['eventName']}", not error, "*")
        ]:
            outcome = "allowed" if allowed else "refused"
            act = (who["accountId"], principal, key, service, action, outcome)
            self._count((*act, resource), at)

    def _count(self, key: Key, at: int) -> None:
        named = [known for known in self.sums if known[:-1] == key[:-1]]
        if key not in named and len(named) >= ENOUGH[key[-2]]:
            key = (*key[:-1], "(others)")
        first, last, count = self.sums.get(key, (at, at, 0))
        self.sums[key] = (min(first, at), max(last, at), count + 1)


def recount(events: Iterable[tuple[int, str, str]]) -> dict[Key, tuple[int, int, int]]:
    """Sum up events, each given as its time, body and evidence, in their order."""
    model = UsesModel()
    for each in events:
        model.add(*each)
    return model.sums
