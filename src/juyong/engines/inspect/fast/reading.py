"""Variables that a reader holds: members become objects of Python when a rule asks for them."""

from functools import lru_cache

from juyong.engines.inspect.bodies.parsed import Parsed
from juyong.engines.inspect.gates import Collections, Traffic, Value
from juyong.engines.inspect.http import Request
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model.state import State
from juyong.engines.inspect.rules import Mode
from juyong.engines.inspect.stored import Store
from juyong.engines.inspect.variables import SUMS, body_variables, says_nothing, without_body

_MEMBERS = ("ARGS", "ARGS_POST")
_NAMES = ("ARGS_NAMES", "ARGS_POST_NAMES")
_ARGUMENTS = frozenset({*_MEMBERS, *_NAMES})


class ReadState(State):
    """The state of a request whose variables a reader holds."""

    def __init__(
        self, request: Request, limits: Limits, store: Store, mode: Mode, traffic: Traffic
    ) -> None:
        """Begin with the head of the request as it was read."""
        super().__init__(request, limits, store, mode)
        self.traffic = traffic
        self._made: dict[str, list[Value]] = {}

    def add(self, more: Collections) -> None:
        """Take variables in."""
        self.traffic.add([value for values in more.values() for value in values])
        self.renew()

    def add_body(self, body: Parsed, wanted: frozenset[str]) -> None:
        """Take the variables of a body in; wanted: Those that rules read."""
        if says_nothing(body):
            self.traffic.add(flat_without_body(body.processor, wanted))
        else:
            known = {name: self.variable(name) for name in SUMS.keys() & wanted}
            made = body_variables(body, known=known, wanted=wanted - _ARGUMENTS)
            self.traffic.add([value for values in made.values() for value in values])
            self.traffic.add_pairs(body.arguments, _MEMBERS, _NAMES)
        self.renew()

    def renew(self) -> None:
        """Forget what was made of the variables before new ones came."""
        super().renew()
        self._made.clear()

    def variable(self, name: str) -> list[Value]:
        """Return the members of a variable of the traffic, in order."""
        found = self._made.get(name)
        if found is None:
            members = self.traffic.members(name)
            found = self._made[name] = [Value(name, key, value) for key, value in members]
        return found


@lru_cache(maxsize=64)
def flat_without_body(processor: str, wanted: frozenset[str]) -> tuple[Value, ...]:
    """Return the members that a request without a body has in phase 2."""
    made = without_body(processor, wanted)
    return tuple(value for values in made.values() for value in values)
