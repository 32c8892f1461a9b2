"""Nested blocks as they are written in JSON syntax, and the names of ``dynamic`` ones."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.terraform.syntax.nodes import (
    Attribute,
    Block,
    Body,
    Expression,
    Literal,
    Name,
    ObjectItems,
    TupleItems,
)


def iterator_name(iterator: Attribute | None, kind: str) -> str:
    """The name by which the content of a ``dynamic`` block speaks of its element."""
    if iterator is not None and isinstance(iterator.expression, Name):
        return iterator.expression.name
    if iterator is not None and isinstance(iterator.expression, Literal):
        return str(iterator.expression.value)
    return kind


def dynamic_in_json(attribute: Attribute, kind: str) -> Iterator[Block]:
    """The ``dynamic`` blocks of a type in JSON syntax: objects by the type of the blocks that they make."""
    for by_kind in objects(attribute.expression):
        written = attributes_of(by_kind).get(kind)
        for item in () if written is None else objects(written.expression):
            arguments = attributes_of(item)
            content = arguments.pop("content", None)
            contents = tuple(
                Block("content", (), Body(attributes_of(one), (), one.span), one.span, one.span)
                for one in (() if content is None else objects(content.expression))
            )
            yield Block("dynamic", (kind,), Body(arguments, contents, item.span), item.span, item.span)


def objects(expression: Expression) -> Iterator[ObjectItems]:
    """Blocks that are written as an object or a list of objects."""
    items = expression.items if isinstance(expression, TupleItems) else (expression,)
    return (item for item in items if isinstance(item, ObjectItems))


def attributes_of(item: ObjectItems) -> dict[str, Attribute]:
    """The arguments of such a block."""
    return {
        key.value: Attribute(key.value, value, value.span, key.span)
        for key, value in item.items
        if isinstance(key, Literal) and isinstance(key.value, str)
    }
