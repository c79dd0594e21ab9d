"""Effects of matching rules on a request: verdicts, and phases that an allow leaves out."""

from collections.abc import Mapping

from juyong.engines.inspect.model.program import ReadyRule
from juyong.engines.inspect.model.state import State
from juyong.engines.inspect.rules import DefaultAction, Disruption, Mode, Phase
from juyong.engines.inspect.seclang.macros import parse
from juyong.engines.inspect.verdict import Hit, Verdict

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOUND = 302
_ALLOWED = {
    Disruption.ALLOW: frozenset(Phase) - {Phase.LOGGING},
    Disruption.ALLOW_REQUEST: frozenset({Phase.REQUEST_HEAD, Phase.REQUEST_BODY}),
}
_ERRORS = range(400, 600)


class Effects:
    """The verdict of one inspection so far, and the phases that rules allowed.

    Source: ModSecurity 2.9 reference manual, disruptive actions (documented). Under DetectionOnly
    `allow` counts as well, so that a report tells what would have been (assumed).
    """

    def __init__(self, defaults: Mapping[Phase, DefaultAction], state: State) -> None:
        """Begin with no verdict; defaults: Of every phase."""
        self._defaults = defaults
        self._state = state
        self._allowed: frozenset[Phase] = frozenset()
        self.verdict: Verdict | None = None
        self.enforced = True

    @property
    def untouched(self) -> bool:
        """Whether there is no verdict, and no phase is left out."""
        return self.verdict is None and not self._allowed

    def passes(self, phase: Phase) -> bool:
        """Tell whether no rule of a phase runs any more."""
        return phase in self._allowed

    def of(self, ready: ReadyRule, hit: Hit) -> Verdict | None:
        """Carry out the effect of a rule that matched; return the verdict to answer with.

        The logging phase comes after the answer, so nothing is refused there.
        """
        rule = ready.rule
        default = self._defaults[rule.phase]
        blocks = rule.disruption is Disruption.BLOCK
        effect = default.disruption if blocks else rule.disruption
        if effect is Disruption.PASS or rule.phase is Phase.LOGGING:
            return None
        if effect is Disruption.ALLOW_PHASE:
            self._allowed |= {rule.phase}
            return None
        if effect in _ALLOWED:
            self._allowed |= _ALLOWED[effect]
            return None
        return self.settle(self._verdict(ready, effect, default, hit))

    def settle(self, verdict: Verdict, *, last: bool = False) -> Verdict | None:
        """Keep the first verdict, and return it where it is to be carried out.

        Args:
            last: Whether no further rule of the traffic runs.
        """
        if last:
            self._allowed = frozenset(Phase) - {Phase.LOGGING}
        if self.verdict is None:
            self.verdict = verdict
            self.enforced = self._state.mode is Mode.ON
        elif self._state.mode is Mode.ON and not self.enforced:
            self.verdict, self.enforced = verdict, True
        return self.verdict if self.enforced else None

    def _verdict(
        self, ready: ReadyRule, effect: Disruption, default: DefaultAction, hit: Hit
    ) -> Verdict:
        status = ready.rule.status or default.status
        location = b""
        if effect is Disruption.REDIRECT:
            status = status if status in _REDIRECTS else _FOUND
            location = one_line(self._state.expand(ready.location or parse(default.location)))
        elif status not in _ERRORS:
            status = DefaultAction().status
        return Verdict(
            rule=ready.rule.id,
            phase=ready.rule.phase,
            status=status,
            location=location,
            drop=effect is Disruption.DROP,
            reason=hit.msg or hit.logdata or f"rule {ready.rule.id}",
        )


def one_line(text: bytes) -> bytes:
    """Return a text in which bytes that would end or break a header are percent-encoded."""
    return b"".join(
        [b"%c" % byte if 0x20 < byte < 0x7F else b"%%%02X" % byte for byte in text]  # noqa: PLR2004
    )
