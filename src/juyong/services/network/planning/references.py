"""Which things the attributes of a new resource name: a plan knows no id before it is made.

For each expression, Terraform lists the references and does not show what the expression does with
the references. An expression that names one thing is taken to be that thing; one that names
several, where one is wanted, is not judged. References are followed through variables and outputs
of modules, and end at locals, which a plan does not show.

Source: Terraform, JSON output format, expression representation (documented).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from juyong.services.network.planning.plan import Module, Plan

_INDEX = r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]'
_STEP = re.compile(rf"module\.([\w-]+)(?:{_INDEX})?\.")
_INDEXES = re.compile(_INDEX)
_RESOURCE = re.compile(rf"([a-z][\w-]*\.[\w-]+)({_INDEX})?(?:\.([\w-]+))?")
_OUTPUT = re.compile(rf"(module\.([\w-]+)(?:{_INDEX})?)\.([\w-]+)")
_NO_RESOURCES = ("local.", "each.", "data.", "path.", "self.", "terraform.")
_DEEPEST = 8
"""Modules through which a reference is followed."""
_INDEXING = ("each.key", "count.index")
"""Words that choose one of several; which one, a plan does not say."""


class Reference(NamedTuple):
    """A resource by its address, without an index where none was written, and an attribute.

    attribute: Empty where the expression takes it from a list of resources.
    """

    address: str
    attribute: str


class NotTold(Exception):
    """The plan does not say what an expression names."""


class References:
    """The references of a plan.

    Cost: linear in the depth of modules, for each question.
    """

    def __init__(self, plan: Plan) -> None:
        self._root = plan.configuration.root_module

    def block(self, address: str, name: str) -> Any:
        """Return the expression of an attribute, or the list of expressions of a block; or None."""
        path, own = split(address)
        module = self._module(path)
        for each in () if module is None else module.resources:
            if each.address == own:
                return each.expressions.get(name)
        return None

    def of(self, address: str, name: str) -> list[Reference]:
        """Return what an attribute of a resource names, each once.

        Raises:
            NotTold: the plan does not say so.
        """
        return self.within(address, self.block(address, name))

    def within(self, address: str, expression: object) -> list[Reference]:
        """Return what an expression in the text of a resource names; see `of`."""
        found = self._named(split(address)[0], expression, _DEEPEST)
        return list(dict.fromkeys(found))

    def _module(self, path: str) -> Module | None:
        module: Module | None = self._root
        for step in _STEP.finditer(path):
            call = None if module is None else module.module_calls.get(step[1])
            module = None if call is None else call.module
        return module

    def _named(self, path: str, expression: object, left: int) -> Iterator[Reference]:
        texts = expression.get("references") if isinstance(expression, Mapping) else None
        if not isinstance(texts, list) or not texts or left == 0:
            raise NotTold
        for text in _longest(texts):
            if text.startswith("var."):
                yield from self._variable(path, text.split(".")[1], left)
            elif text.startswith("module."):
                yield from self._output(path, text, left)
            elif text in _INDEXING:
                continue
            elif (match := _RESOURCE.match(text)) and not text.startswith(_NO_RESOURCES):
                yield Reference(f"{path}{match[1]}{match[2] or ''}", match[3] or "")
            else:
                raise NotTold

    def _variable(self, path: str, name: str, left: int) -> Iterator[Reference]:
        steps = [step[0] for step in _STEP.finditer(path)]
        if not steps:
            raise NotTold
        outer = "".join(steps[:-1])
        module, called = self._module(outer), _STEP.fullmatch(steps[-1])
        call = module.module_calls.get(called[1]) if module and called else None
        expression = None if call is None else call.expressions.get(name)
        yield from self._named(outer, expression, left - 1)

    def _output(self, path: str, text: str, left: int) -> Iterator[Reference]:
        match = _OUTPUT.match(text)
        module = None if match is None else self._module(f"{path}{match[1]}.")
        if match is None or module is None or match[3] not in module.outputs:
            raise NotTold
        output = module.outputs[match[3]]
        yield from self._named(f"{path}{match[1]}.", output.expression, left - 1)


def split(address: str) -> tuple[str, str]:
    """Return the modules of an address, with their indexes, and the resource without its own."""
    at = 0
    while step := _STEP.match(address, at):
        at = step.end()
    return address[:at], _INDEXES.sub("", address[at:])


def _longest(texts: list[Any]) -> Iterator[str]:
    """Yield references without those that only begin another: Terraform lists both."""
    words = [text for text in texts if isinstance(text, str)]
    for text in words:
        if not any(other != text and other.startswith((f"{text}.", f"{text}[")) for other in words):
            yield text
