"""Objects of the JSON syntax as bodies of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tf_kms_guard.terraform.syntax.nodes import Attribute, Block, Body, Expression, Literal, ObjectItems, TupleItems


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


def dynamic_blocks(attribute: Attribute, kind: str) -> Iterator[Block]:
    """The ``dynamic`` blocks of a type in JSON syntax: objects by the type of the blocks that they make."""
    for by_kind in objects_in(attribute.expression):
        written = attributes_of(by_kind.items).get(kind)
        for item in () if written is None else objects_in(written.expression):
            arguments = attributes_of(item.items)
            content = arguments.pop("content", None)
            contents = tuple(
                Block("content", (), Body(attributes_of(one.items), (), one.span), one.span, one.span)
                for one in (() if content is None else objects_in(content.expression))
            )
            yield Block("dynamic", (kind,), Body(arguments, contents, item.span), item.span, item.span)


def objects_in(expression: Expression) -> Iterator[ObjectItems]:
    """The objects that stand for blocks: one, or those in an array."""
    items = expression.items if isinstance(expression, TupleItems) else (expression,)
    return (item for item in items if isinstance(item, ObjectItems))


def _items(value: Expression) -> tuple[Expression, ...]:
    return value.items if isinstance(value, TupleItems) else (value,)
