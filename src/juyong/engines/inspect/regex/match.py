"""A back-tracking matcher with a bound on its steps, for trees that no linear engine can carry.

Look-around, references to groups and possession need it. The matcher runs only on values that the
wider language of `write.written` matches, and only for so many steps.
"""

from collections.abc import Callable, Iterator

import msgspec

from juyong.engines.inspect.regex.parse import PatternRefused
from juyong.engines.inspect.regex.sets import POSIX, Bytes
from juyong.engines.inspect.regex.tree import (
    Atomic,
    Back,
    Choice,
    Group,
    Look,
    Mode,
    Node,
    OneOf,
    Place,
    Repeat,
    Sequence,
)

MOST_STEPS, BASE_STEPS, BYTE_STEPS = 200_000, 1_000, 64
"""Of one search: 1,000 and 64 for each byte of the value, and 200,000 at most, which take about a
tenth of a second. So many short values together take no longer than one long one."""
LARGEST = 20_000
"""Instructions of a program."""


Span = tuple[int, int]


class OutOfSteps(Exception):
    """A search that was not finished."""


class _Take(msgspec.Struct, frozen=True):
    members: Bytes


class _Split(msgspec.Struct, frozen=True):
    first: int
    second: int


class _Save(msgspec.Struct, frozen=True):
    slot: int


class _Moved(msgspec.Struct, frozen=True):
    """Go on only if the place is not the one saved: a loop of nothing ends."""

    slot: int


class _Inner(msgspec.Struct, frozen=True):
    """Run a program of its own here: an atomic item, or a condition.

    widths: For a condition on the text before: the length that each program matches.
    """

    programs: tuple[tuple["_Instruction", ...], ...]
    keeps: bool
    negative: bool
    widths: tuple[int, ...] = ()


_Instruction = _Take | _Split | _Save | _Moved | _Inner | Place | Back | None
"""None is the end of a program."""
_Registers = tuple[int, ...]


class Matcher:
    """A tree made a program."""

    def __init__(self, tree: Node, groups: int) -> None:
        """Compile.

        Raises:
            PatternRefused: The program is too large, or a condition on what stands before has no
                fixed length.
        """
        writer = _Writer(slots=2 * groups + 2)
        self._program = writer.program(tree)
        self._blank = (-1,) * writer.slots
        self._slots = 2 * groups + 2

    def search(self, value: bytes, starts: Callable[[int], int]) -> list[Span] | None:
        """Return the spans of the leftmost match, and of its groups.

        starts: From a place, the next one at or after it where a match may begin; -1 where there
        is none. A group that took no part has the span (-1, -1).

        Raises:
            OutOfSteps: The bound was reached.
        """
        run = _Run(value)
        at = starts(0)
        while at >= 0:
            found = run.match(self._program, at, self._blank)
            if found is not None:
                end, registers = found
                groups = zip(
                    registers[2 : self._slots : 2], registers[3 : self._slots : 2], strict=True
                )
                spans = [(at, end), *groups]
                return [span if min(span) >= 0 else (-1, -1) for span in spans]
            run.steps -= (len(value) - at) // 64
            at = starts(at + 1) if at < len(value) else -1
        return None


_WORD = POSIX[b"word"]


class _Run:
    """One search."""

    def __init__(self, value: bytes) -> None:
        self.value = value
        self.steps = min(MOST_STEPS, BASE_STEPS + BYTE_STEPS * len(value))

    def match(
        self, program: tuple[_Instruction, ...], at: int, registers: _Registers
    ) -> tuple[int, _Registers] | None:
        """Return where a match from `at` ends, and the registers then."""
        stack = [(0, at, registers)]
        while stack:
            counter, at, registers = stack.pop()
            while True:
                self.steps -= 1
                if self.steps < 0:
                    raise OutOfSteps
                instruction = program[counter]
                counter += 1
                if instruction is None:
                    return at, registers
                if isinstance(instruction, _Split):
                    stack.append((instruction.second, at, registers))
                    counter = instruction.first
                    continue
                after = self.step(instruction, at, registers)
                if after is None:
                    break
                at, registers = after
        return None

    def step(  # noqa: PLR0911  # one for each kind
        self, instruction: _Instruction, at: int, registers: _Registers
    ) -> tuple[int, _Registers] | None:
        """Carry out one instruction; None where it fails."""
        match instruction:
            case _Take(members):
                fits = at < len(self.value) and self.value[at] in members
                return (at + 1, registers) if fits else None
            case _Save(slot):
                return at, (*registers[:slot], at, *registers[slot + 1 :])
            case _Moved(slot):
                return (at, registers) if registers[slot] != at else None
            case Place():
                return (at, registers) if self.holds(instruction, at) else None
            case Back(number, fold):
                return self.again(registers[2 * number : 2 * number + 2], at, registers, fold=fold)
            case _Inner():
                return self.inner(instruction, at, registers)
            case _:
                return None

    def holds(self, place: Place, at: int) -> bool:
        """Tell whether a condition on the place holds."""
        value = self.value
        match place:
            case Place.START:
                return at == 0
            case Place.END:
                return at == len(value)
            case Place.LINE_START:
                return at == 0 or value[at - 1 : at] == b"\n"
            case Place.LINE_END:
                return at == len(value) or value[at : at + 1] == b"\n"
            case _:
                before = at > 0 and value[at - 1] in _WORD
                after = at < len(value) and value[at] in _WORD
                return (before != after) == (place is Place.WORD_EDGE)

    def again(
        self, span: _Registers, at: int, registers: _Registers, *, fold: bool
    ) -> tuple[int, _Registers] | None:
        """Match what a group matched; a group that took no part matches nowhere."""
        start, end = span
        if min(span) < 0:
            return None
        wanted, there = self.value[start:end], self.value[at : at + end - start]
        same = wanted.lower() == there.lower() if fold else wanted == there
        return (at + len(wanted), registers) if same else None

    def inner(self, inner: _Inner, at: int, registers: _Registers) -> tuple[int, _Registers] | None:
        """Run the programs of an atomic item or of a condition."""
        found = None
        for index, program in enumerate(inner.programs):
            begin = at - inner.widths[index] if inner.widths else at
            found = self.match(program, begin, registers) if begin >= 0 else None
            if found is not None:
                break
        if inner.negative:
            return (at, registers) if found is None else None
        if found is None:
            return None
        return found if inner.keeps else (at, found[1])


class _Writer:
    """From a tree to programs; slots: The registers used so far."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.size = 0

    def program(self, node: Node) -> tuple[_Instruction, ...]:
        """Return the program of a tree."""
        return (*self.write(node, 0), None)

    def write(self, node: Node, at: int) -> list[_Instruction]:  # noqa: PLR0911  # one for each kind
        """Return the instructions of a node that stand at `at`."""
        self.size += 1
        if self.size > LARGEST:
            raise PatternRefused("a pattern too large for the matcher that it needs")
        match node:
            case OneOf(members):
                return [_Take(members)]
            case Place() | Back():
                return [node]
            case Sequence(items):
                return self.sequence(items, at)
            case Choice(branches):
                return self.choice(branches, at)
            case Group(item, number):
                inside = self.write(item, at + 1)
                return [_Save(2 * number), *inside, _Save(2 * number + 1)]
            case Atomic(item):
                return [_Inner((self.program(item),), keeps=True, negative=False)]
            case Look(item, ahead, negative):
                return [self.look(item, ahead=ahead, negative=negative)]
            case Repeat():
                return self.repeat(node, at)

    def sequence(self, items: tuple[Node, ...], at: int) -> list[_Instruction]:
        """Write items one after the other."""
        written: list[_Instruction] = []
        for item in items:
            written += self.write(item, at + len(written))
        return written

    def choice(self, branches: tuple[Node, ...], at: int) -> list[_Instruction]:
        """Write branches, the first one preferred."""
        if len(branches) == 1:
            return self.write(branches[0], at)
        first = self.write(branches[0], at + 1)
        rest = at + len(first) + 2
        second = self.choice(branches[1:], rest)
        end = rest + len(second)
        return [_Split(at + 1, rest), *first, _Split(end, end), *second]

    def look(self, item: Node, *, ahead: bool, negative: bool) -> _Inner:
        """Write a condition."""
        if ahead:
            return _Inner((self.program(item),), keeps=False, negative=negative)
        branches = item.branches if isinstance(item, Choice) else (item,)
        programs = tuple(self.program(branch) for branch in branches)
        widths = tuple(map(_width, branches))
        return _Inner(programs, keeps=False, negative=negative, widths=widths)

    def repeat(self, node: Repeat, at: int) -> list[_Instruction]:
        """Write a repetition: the copies that must be, then those that may."""
        if node.mode is Mode.POSSESSIVE:
            greedy = Repeat(node.item, node.least, node.most, Mode.GREEDY)
            return [_Inner((self.program(greedy),), keeps=True, negative=False)]
        written = self.sequence((node.item,) * node.least, at)
        begin = at + len(written)
        if node.most is None:
            slot, self.slots = self.slots, self.slots + 1
            inside = self.write(node.item, begin + 2)
            end = begin + len(inside) + 4
            split = self.split(begin + 1, end, node.mode)
            back = _Split(begin, begin)
            return [*written, split, _Save(slot), *inside, _Moved(slot), back]
        optional: list[_Instruction] = []
        copies = [self.write(node.item, 0) for _ in range(node.most - node.least)]
        end = begin + sum(len(copy) + 1 for copy in copies)
        for _ in copies:
            here = begin + len(optional)
            optional.append(self.split(here + 1, end, node.mode))
            optional += self.write(node.item, here + 1)
        return written + optional

    def split(self, inside: int, end: int, mode: Mode) -> _Split:
        """Return the choice between a further copy and the end."""
        return _Split(end, inside) if mode is Mode.LAZY else _Split(inside, end)


def _width(node: Node) -> int:
    widths = set(_widths(node))
    if len(widths) != 1:
        raise PatternRefused("a condition on what stands before has no fixed length")
    return widths.pop()


def _widths(node: Node) -> Iterator[int]:
    match node:
        case OneOf():
            yield 1
        case Place() | Look():
            yield 0
        case Sequence(items):
            yield sum(map(_width, items))
        case Choice(branches):
            yield from map(_width, branches)
        case Group(item) | Atomic(item):
            yield _width(item)
        case Repeat(item, least, most):
            yield _width(item) * least
            yield -1 if most is None else _width(item) * most
        case Back():
            yield from (-1, -2)
