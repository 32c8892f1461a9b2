"""Values that are written out: a configuration has no functions and no references."""

from __future__ import annotations

from decimal import Decimal

from tf_kms_guard.config.errors import ConfigError
from tf_kms_guard.terraform.syntax.nodes import (
    Call,
    Expression,
    GetAttribute,
    Index,
    Literal,
    Name,
    ObjectItems,
    Splat,
    Template,
    TupleItems,
    Unary,
)
from tf_kms_guard.terraform.values import Object, Tuple, Value


def literal(expression: Expression) -> Value:
    """The value of an expression that is written out.

    Raises:
        ConfigError: it has to be worked out.
    """
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, Template):
        return _text(expression)
    if isinstance(expression, TupleItems):
        return Tuple((literal(item) for item in expression.items), expression.span)
    if isinstance(expression, ObjectItems):
        return _object(expression)
    if isinstance(expression, Unary) and expression.operator == "-":
        number = literal(expression.operand)
        if isinstance(number, (int, Decimal)) and not isinstance(number, bool):
            return -number
    raise ConfigError(f"{_named(expression)} cannot stand here: write the value itself", expression.span)


def _text(template: Template) -> str:
    """A text of several lines is a template of literals."""
    lines: list[str] = []
    for part in template.parts:
        if not isinstance(part, Literal) or not isinstance(part.value, str):
            raise ConfigError("a text with ${…} or %{…} cannot stand here: write the text itself", part.span)
        lines.append(part.value)
    return "".join(lines)


def _object(expression: ObjectItems) -> Object:
    items: dict[str, Value] = {}
    for key, value in expression.items:
        name = literal(key)
        if not isinstance(name, str):
            raise ConfigError("a key is a name or a text in quotes", key.span)
        if name in items:
            raise ConfigError(f"{name} is set twice: keep one of them", key.span)
        items[name] = literal(value)
    return Object(items, expression.span)


def _named(expression: Expression) -> str:
    if isinstance(expression, Call):
        return f"the function {expression.name}"
    if isinstance(expression, Name):
        return f"{expression.name} without quotes is a reference, which"
    if isinstance(expression, (GetAttribute, Index, Splat)):
        return "a reference"
    return "an expression"
