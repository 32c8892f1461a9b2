"""Objects of the JSON syntax as bodies of blocks."""

from __future__ import annotations

from collections.abc import Iterable

from tf_kms_guard.terraform.syntax.nodes import Attribute, Expression, Literal, ObjectItems, TupleItems


def attributes_of(members: Iterable[tuple[Expression, Expression]]) -> dict[str, Attribute]:
    """The members of an object by name. Objects of one name are several blocks of one type: they become an array."""
    found: dict[str, Attribute] = {}
    for key, value in members:
        if not isinstance(key, Literal) or not isinstance(key.value, str):
            continue
        name, span = key.value, key.span
        if name in found and not is_set_twice(found[name].expression, value):
            first = found[name]
            value = TupleItems((*_items(first.expression), *_items(value)), first.span.to(value.span))
            span = first.name_span
        found[name] = Attribute(name, value, span.to(value.span), span)
    return found


def is_set_twice(first: Expression, second: Expression) -> bool:
    """Whether two members of one name are surely one argument, and not blocks."""
    return not (isinstance(first, (ObjectItems, TupleItems)) and isinstance(second, (ObjectItems, TupleItems)))


def _items(value: Expression) -> tuple[Expression, ...]:
    return value.items if isinstance(value, TupleItems) else (value,)
