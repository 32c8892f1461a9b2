"""Through which module calls, and which of their arguments, something came to be written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tf_kms_guard.terraform.syntax import nodes
from tf_kms_guard.values.span import Span

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance


def placed_argument(instance: ModuleInstance, attribute: nodes.Attribute) -> Span:
    """The place of an argument in a module's code, with the places that lead there.

    In each call that is the argument through which the value comes, if that is clear from how it is written; else
    the first line of the call.
    """
    calls: list[Span] = []
    written: nodes.Attribute | None = attribute
    here: ModuleInstance | None = instance
    while here is not None and here.call is not None:
        written = None if written is None else _given(here, written)
        calls.append(here.call.header if written is None else written.span)
        here = here.parent
    return attribute.span.through(tuple(calls)) if calls else attribute.span


def _given(instance: ModuleInstance, attribute: nodes.Attribute) -> nodes.Attribute | None:
    """The argument of a module call on which an attribute in that module depends: the only one, or its namesake."""
    variables = dict.fromkeys(_variables_in(instance, attribute.expression))
    given = [argument for name in variables if (argument := instance.argument(name)) is not None]
    return given[0] if len(given) == 1 else instance.argument(attribute.name)


def _variables_in(instance: ModuleInstance, expression: nodes.Expression) -> Iterator[str]:
    """The variables that an expression names, itself or through local values."""
    todo: list[object] = [expression]
    followed: set[str] = set()
    while todo:
        current = todo.pop()
        match current:
            case nodes.GetAttribute(nodes.Name("var"), name):
                yield name
            case nodes.GetAttribute(nodes.Name("local"), name):
                local = instance.module.locals.get(name)
                if local is not None and name not in followed:
                    followed.add(name)
                    todo.append(local.expression)
            case tuple():
                todo.extend(current)
            case _ if isinstance(current, nodes.NODES):
                todo.extend(getattr(current, name) for name in current.__struct_fields__)
