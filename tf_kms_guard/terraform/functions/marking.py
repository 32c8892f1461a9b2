"""Functions about marks, and how marks pass through the others.

Measured with Terraform 1.11: most functions give a marked value when any part of an argument is marked. Those that
only move parts about give the marks of their arguments themselves, while each part keeps its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tf_kms_guard.terraform.choices import (
    Finder,
    first_choice,
    first_choice_inside,
    first_mark_inside,
    first_wrapped,
    first_wrapped_inside,
)
from tf_kms_guard.terraform.containers import CONTAINERS, inner_first, with_parts
from tf_kms_guard.terraform.functions.registry import Function, Kind, NotKnown, Parameter, function
from tf_kms_guard.terraform.marks import with_marks, without_marks
from tf_kms_guard.terraform.values import Choice, Mark, Marked, Referred, Value, Wrapped
from tf_kms_guard.values.unknown import Unknown

_ABOUT_MARKS: Final = frozenset(("sensitive", "nonsensitive", "issensitive", "ephemeralasnull"))

_MOVING: Final = frozenset(
    (
        *("chunklist", "concat", "element", "flatten", "keys", "length", "lookup", "merge", "reverse", "setproduct"),
        *("slice", "tobool", "tolist", "tomap", "tonumber", "tostring", "values", "zipmap"),
    )
)

_COMPOSING: Final = frozenset(("jsonencode", "templatefile", "templatestring", "yamlencode"))
"""What is secret in their results is what was put in, and noted already."""

_LIKE_ARGUMENTS: Final = _MOVING | {"chomp", "indent", "replace", "trimspace"}
"""Their results are secret as a whole if an argument is."""


def finder_for(declared: Function) -> Finder:
    """Finds what is in the way of applying a function: choices, and the marks that it does not see."""
    is_deep = declared.deep or declared.kind is Kind.WHOLE
    if declared.name in _FINDERS:
        return _FINDERS[declared.name]
    if declared.name in _MOVING:
        return first_choice_inside if is_deep else first_wrapped
    return first_wrapped_inside if is_deep else first_mark_inside


def _in_look_up(values: Sequence[Value]) -> Wrapped | None:
    """The default of ``lookup`` is given as it is."""
    found = first_wrapped(values[:2])
    return first_choice(values) if found is None else found


def _in_zipmap(values: Sequence[Value]) -> Wrapped | None:
    """The marks of keys go to the whole map."""
    found = first_wrapped(values)
    return first_mark_inside(values[:1]) if found is None else found


_FINDERS: Final[dict[str, Finder]] = {
    **dict.fromkeys(_ABOUT_MARKS, first_choice),
    "lookup": _in_look_up,
    "zipmap": _in_zipmap,
}


def noted(name: str, result: Value) -> Value:
    """The result of a function, with what is known of whether all of it is secret."""
    if not isinstance(result, Marked) or name in _ABOUT_MARKS or name in _LIKE_ARGUMENTS:
        return result
    return Marked(result.value, result.marks, name not in _COMPOSING)


@function("sensitive", Kind.STRUCTURAL, Parameter.NULLABLE)
def sensitive(value: Value) -> Value:
    """The value, marked."""
    return with_marks(value, Mark.SENSITIVE)


@function("nonsensitive", Kind.STRUCTURAL, Parameter.NULLABLE)
def nonsensitive(value: Value) -> Value:
    """The value without its own mark; its parts keep theirs."""
    return without_marks(value, Mark.SENSITIVE | Mark.UNSHOWN)


@function("issensitive", Kind.STRUCTURAL, Parameter.NULLABLE)
def issensitive(value: Value) -> Value:
    """Whether the value itself is marked. Free if it is not known: it may yet turn out to be."""
    if isinstance(value, Marked) and value.marks & Mark.SENSITIVE:
        return True
    inner = value.value if isinstance(value, Marked) else value
    if isinstance(inner, (Unknown, Referred)):
        raise NotKnown(inner)
    return False


@function("ephemeralasnull", Kind.STRUCTURAL, Parameter.NULLABLE)
def ephemeralasnull(value: Value) -> Value:
    """The value with null for all that is ephemeral."""
    if not isinstance(value, CONTAINERS):
        return value
    seen: dict[int, Value] = {}
    for inner in inner_first(value):
        if isinstance(inner, Marked):
            kept = with_marks(seen.get(id(inner.value), inner.value), inner.marks, inner.whole)
            seen[id(inner)] = None if inner.marks & Mark.EPHEMERAL else kept
        elif not isinstance(inner, Choice):
            seen[id(inner)] = with_parts(inner, seen)
    return seen.get(id(value), value)
