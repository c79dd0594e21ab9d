"""One authorisation question of a call, decided and kept for its event."""

from typing import Literal, NamedTuple

from juyong.engines.policy import Decision, Layers, Request, authorise, trusts

SELF_SERVICE = "SelfService"
Way = Literal["", "both", "shared", "trust"]
"""How the sides of a question count together; a text, since events keep it.

PERF: a text remembers its hash, a member of an Enum does not.
"""
EITHER_SIDE: Way = ""
"""Within one account either side may allow; between accounts both must."""
BOTH_SIDES: Way = "both"
"""Both sides must allow, the target's by a trust policy."""
SHARED: Way = "shared"
"""The target's policy alone may allow whoever it names."""
BY_TRUST: Way = "trust"
"""The trust policy alone decides, for a service or an identity provider."""


class Asked(NamedTuple):
    """A question, the policies that were asked, and their answer.

    outcome: `Allow`, `ExplicitDeny`, `ImplicitDeny`, or SELF_SERVICE where no policy allows what
        the account's preferences let users do to themselves.
    way: How it was decided.
    meant: The resource that was asked about, where the request tells less of it; empty otherwise.
    """

    request: Request
    layers: Layers
    outcome: str
    way: Way = EITHER_SIDE
    meant: str = ""


def decide(request: Request, layers: Layers, way: Way) -> Decision:
    """Decide a question in its way; for BY_TRUST `layers.resource` is the trust policy.

    Calls are decided here, and so are the questions that events kept: the two cannot differ.
    """
    if way == BY_TRUST and layers.resource is not None:
        return trusts(request, layers.resource)
    return authorise(
        request, layers, require_resource=way in (BOTH_SIDES, BY_TRUST), shared=way == SHARED
    )
