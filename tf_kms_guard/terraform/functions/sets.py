"""Functions on sets. Elements that are not wholly known are kept where they may belong."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from tf_kms_guard.terraform.conversion import (
    as_type,
    common_type,
    has_elements,
    of_one_type,
    type_of_elements,
)
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.elements import is_in, set_of
from tf_kms_guard.terraform.functions.registry import (
    MOST_ELEMENTS,
    Kind,
    NotKnown,
    Parameter,
    elements,
    function,
    ordered,
    refuse_huge,
)
from tf_kms_guard.terraform.values import SetValue, Value
from tf_kms_guard.values.truth import Truth, all_of

_ANY = Parameter.ANY


@function("setunion", Kind.COMPARING, _ANY, rest=_ANY)
def setunion(*sets: Value) -> Value:
    """All elements of all sets."""
    united = set_of(list(itertools.chain(*_of_one_type(sets))))
    return united if _exact(sets) else SetValue(united.elements, exact=False)


@function("setintersection", Kind.COMPARING, _ANY, rest=_ANY)
def setintersection(*sets: Value) -> Value:
    """The elements that all sets have. Free if that depends on what is not known."""
    first, *others = _of_one_type(sets)
    found: list[Value] = []
    for item in first:
        truth = all_of(is_in(item, other) for other in others)
        if truth is Truth.UNKNOWN:
            raise NotKnown([item, *itertools.chain(*others)])
        if truth is Truth.YES:
            found.append(item)
    return _set(found, sets)


@function("setsubtract", Kind.COMPARING, _ANY, _ANY)
def setsubtract(one: Value, other: Value) -> Value:
    """The elements of ``one`` that ``other`` lacks. Free if that depends on what is not known."""
    first, second = _of_one_type((one, other))
    found: list[Value] = []
    for item in first:
        truth = is_in(item, second)
        if truth is Truth.UNKNOWN:
            raise NotKnown([item, *second])
        if truth is Truth.NO:
            found.append(item)
    return _set(found, (one, other))


@function("setproduct", Kind.STRUCTURAL, _ANY, rest=_ANY)
def setproduct(*sets: Value) -> Value:
    """Every combination of an element of each; a set if all are sets, else a list."""
    if len(sets) < 2:
        raise EvaluationError("at least two sets are needed")
    parts = [of_one_type(ordered(value) if not isinstance(value, SetValue) else elements(value)) for value in sets]
    refuse_huge(math.prod(len(part) for part in parts) * len(parts), MOST_ELEMENTS)
    rows: list[Value] = [list(row) for row in itertools.product(*parts)]
    if all(isinstance(value, SetValue) for value in sets):
        return SetValue(tuple(rows), _exact(sets))
    if not _exact(sets):
        raise NotKnown(list(sets))
    return rows


def _exact(sets: Sequence[Value]) -> bool:
    return all(value.exact for value in sets if isinstance(value, SetValue))


def _of_one_type(sets: Sequence[Value]) -> list[list[Value]]:
    """The elements of each set converted to what all have in common; each must be of one type by itself."""
    parts = [of_one_type(elements(value)) for value in sets]
    type_ = common_type([type_of_elements(*pair) for pair in zip(sets, parts, strict=True) if has_elements(*pair)])
    return [[as_type(item, type_) for item in part] for part in parts]


def _set(items: Sequence[Value], sets: Sequence[Value]) -> SetValue:
    found = set_of(items)
    return found if _exact(sets[:1]) else SetValue(found.elements, exact=False)
