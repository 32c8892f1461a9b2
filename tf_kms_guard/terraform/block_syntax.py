"""The names of ``dynamic`` blocks."""

from __future__ import annotations

from tf_kms_guard.terraform.syntax.nodes import Attribute, Literal, Name


def iterator_name(iterator: Attribute | None, kind: str) -> str:
    """The name by which the content of a ``dynamic`` block speaks of its element."""
    if iterator is not None and isinstance(iterator.expression, Name):
        return iterator.expression.name
    if iterator is not None and isinstance(iterator.expression, Literal):
        return str(iterator.expression.value)
    return kind
