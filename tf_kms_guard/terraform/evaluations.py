"""Which evaluation of an expression a value comes from: the same code is evaluated many times.

A module is used several times, a ``for`` runs over its body, a template is rendered with other variables. What
comes of it is the same value only where everything that it depends on is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tf_kms_guard.terraform.identity import call_identity
from tf_kms_guard.terraform.syntax import nodes
from tf_kms_guard.terraform.values import Value

if TYPE_CHECKING:
    from tf_kms_guard.terraform.evaluate import Evaluator

ELEMENT = "*"
"""The name by which the inside of a splat speaks of its element."""


def evaluation_of(kind: str, node: nodes.Expression, evaluator: Evaluator, *sources: Value) -> str:
    """The identity of what an expression gives: its place, the module instance, and the values of names in it.

    Args:
        kind: a word that goes in front of the place.
        node: the expression.
        evaluator: what evaluates it.
        sources: values that it is made of.
    """
    used = sorted(names_in(node) & evaluator.bindings.keys())
    path = evaluator.scope.path
    place = f"{path}:{node.span}" if path else str(node.span)
    return call_identity(f"{kind}@{place}", [*sources, *(evaluator.bindings[name] for name in used)])


def depends_on_more(each: nodes.Expression) -> bool:
    """Whether the inside of a splat is more than a path of names and literal keys from the element."""
    simple = (nodes.GetAttribute, nodes.Index, nodes.Literal, nodes.Name)
    return names_in(each) != {ELEMENT} or not all(isinstance(part, simple) for part in _walk(each))


def names_in(node: nodes.Expression) -> set[str]:
    """The names at the roots of references, wherever they stand in an expression."""
    return {part.name for part in _walk(node) if isinstance(part, nodes.Name)}


def _walk(node: nodes.Expression) -> Iterator[nodes.Expression]:
    todo: list[object] = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, nodes.NODES):
            yield part
            todo.extend(getattr(part, name) for name in part.__struct_fields__)
        elif isinstance(part, tuple):
            todo.extend(part)
