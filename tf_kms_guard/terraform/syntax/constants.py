"""Constants as nodes: values that did not come from a file of source."""

from __future__ import annotations

from collections.abc import Mapping

from tf_kms_guard.terraform.syntax.nodes import Expression, Literal, ObjectItems, TupleItems
from tf_kms_guard.values.span import Span


def constant(value: object, place: Span) -> Expression:
    """A value of JSON's kinds as an expression that stands at ``place``."""
    if isinstance(value, Mapping):
        items = ((Literal(str(name), place), constant(item, place)) for name, item in value.items())
        return ObjectItems(tuple(items), place)
    if isinstance(value, list):
        return TupleItems(tuple(constant(item, place) for item in value), place)
    return Literal(value, place)  # type: ignore[arg-type]
