"""Values transformed and tested, with what the tests cost taken from a budget."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from juyong.engines.inspect.errors import Unjudged
from juyong.engines.inspect.gates import Value
from juyong.engines.inspect.model.choosing import Chooser
from juyong.engines.inspect.model.state import Match, State
from juyong.engines.inspect.operators import OperatorRefused, Test, make_test
from juyong.engines.inspect.patterns import Captures
from juyong.engines.inspect.rules import Link, Selector
from juyong.engines.inspect.seclang.macros import parse
from juyong.engines.inspect.transforms import TRANSFORMS

MATCHED: Captures = ()
_MOST_TESTS = 1_000
"""How many operators with macros filled in an engine keeps."""
_MOST_ANSWERS = 128
"""For each link: enough for the headers that most requests share."""
_LONGEST_KEPT = 256
_TESTED = 8
_TRANSFORMED = 6
"""Bits of a length that cost nothing: a step is about a microsecond."""

Texts = list[tuple[Value, bytes]]


class Cache:
    """Tests that inspections under one engine share; may be used by several threads.

    Each dict is emptied when it is full, so that no client fills the memory.
    """

    def __init__(self, country_of: Test | None = None) -> None:
        """Begin empty; country_of: The test of geoLookup."""
        self.geo: Test = country_of or (lambda _value: None)
        self._tests: dict[tuple[str, bytes], Test] = {}

    def test(self, name: str, argument: bytes, phrases: tuple[bytes, ...]) -> Test:
        """Return the test of an operator whose argument is known only now.

        Raises:
            OperatorRefused: the argument has no form.
        """
        kept = self._tests.get((name, argument))
        if kept is None:
            kept = make_test(name, argument, phrases)
            if len(self._tests) >= _MOST_TESTS:
                self._tests.clear()
            self._tests[name, argument] = kept
        return kept


class Tester:
    """The test of a link: selectors, transformations and operator, made ready."""

    def __init__(self, link: Link, cache: Cache) -> None:
        """Compile."""
        self.link = link
        self._cache = cache
        self._chooser = Chooser(link.selectors)
        self._steps = [TRANSFORMS[name] for name in link.transforms]
        self._argument = parse(link.operator.argument) if link.operator.has_macros else None
        self._answers: dict[bytes, Captures | None] = {}

    @cached_property
    def _test(self) -> Test | None:
        """The test, made when a request first needs it; None where each request has its own."""
        operator = self.link.operator
        if operator.name == "geolookup":
            return self._cache.geo
        if self._argument is not None:
            return None
        try:
            return make_test(operator.name, operator.argument, operator.phrases)
        except OperatorRefused:
            return None

    def matches(self, state: State, without: Sequence[Selector] = ()) -> Iterator[Match]:
        """Yield each value that the link matches, in order; values are chosen before the first.

        Args:
            without: Targets that ctl actions took out.

        Raises:
            Unjudged: the budget is spent, or the operator cannot be carried out.
        """
        test = self._test or self._filled_in(state)
        negated = self.link.operator.negated
        for value, text in self._texts(state, without):
            captures = self._answer(state, test, text)
            if (captures is None) == negated:
                yield Match(value, text, captures or MATCHED)

    def captures(self, state: State, text: bytes) -> Captures | None:
        """Return the operator's result for one text; for engines that found the text themselves.

        Raises:
            Unjudged: as `matches`.
        """
        return self._answer(state, self._test or self._filled_in(state), text)

    def _answer(self, state: State, test: Test, text: bytes) -> Captures | None:
        """Return the result of a test; costs one step of the budget or more."""
        state.spend(1 + (len(text) >> _TESTED))
        return self.answer(text) if test is self._test else test(text)

    def answer(self, text: bytes) -> Captures | None:
        """Return a constant operator's result for a text; the caller counts the budget.

        COST: short texts are remembered, as headers come again and again.
        """
        test = self._test
        if test is None or len(text) > _LONGEST_KEPT:
            return None if test is None else test(text)
        answers = self._answers
        try:
            return answers[text]
        except KeyError:
            if len(answers) >= _MOST_ANSWERS:
                answers.clear()
            answer = answers[text] = test(text)
            return answer

    def _filled_in(self, state: State) -> Test:
        operator = self.link.operator
        argument = operator.argument if self._argument is None else state.expand(self._argument)
        try:
            return self._cache.test(operator.name, argument, operator.phrases)
        except OperatorRefused as refused:
            raise Unjudged(500, f"the rule at {self.link.place}: {refused}") from None

    def _texts(self, state: State, without: Sequence[Selector]) -> Texts:
        """Return the texts to test; kept for the phase where no rule changes them."""
        chooser = Chooser((*self.link.selectors, *without)) if without else self._chooser
        key = (chooser.selectors, self.link.transforms, self.link.multi_match)
        if chooser.steady and (kept := state.texts.get(key)) is not None:
            return kept
        texts: Texts = []
        for value in chooser.choose(state):
            texts += [(value, text) for text in self._transformed(state, value.value)]
        if chooser.steady:
            state.texts[key] = texts
        return texts

    def _transformed(self, state: State, text: bytes) -> list[bytes]:
        """Return a value after its transformations; of multiMatch, each different text on the way.

        Source: ModSecurity 2.9 reference manual, multiMatch (documented).
        """
        found = [text]
        for step in self._steps:
            state.spend(1 + (len(text) >> _TRANSFORMED))
            text = step(text)
            found.append(text)
        return list(dict.fromkeys(found)) if self.link.multi_match else found[-1:]
