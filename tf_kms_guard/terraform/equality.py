"""Terraform's ``==`` and ``<``, three-valued.

Values of different types are never equal: ``"1" != 1``. A list is no tuple and a map no object. Where it is not
known which of them a value is, two with equal elements are equal only if they are one and the same value, and
otherwise it is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tf_kms_guard.terraform.choices import combinations
from tf_kms_guard.terraform.convert import is_number, is_text
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.values import (
    MOST_ALTERNATIVES,
    Choice,
    Collected,
    Failed,
    Object,
    Referred,
    SetValue,
    Tuple,
    UnknownKey,
    Value,
)
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import Text
from tf_kms_guard.values.truth import Truth, all_of, any_of
from tf_kms_guard.values.unknown import Unknown


def values_equal(one: Value, other: Value, *, same_type: bool = False) -> Truth:
    """Whether two values are equal.

    ``same_type``: the two are elements of one collection, so that their types agree.
    """
    try:
        return _Comparison(same_type).of(one, other)
    except RecursionError:
        return Truth.UNKNOWN


def is_less(one: Value, other: Value) -> Truth:
    """Whether the number ``one`` is less than ``other``, both already converted.

    Unknown if either is. Raises ``EvaluationError`` for null and for what is no number.
    """
    if isinstance(one, Choice) or isinstance(other, Choice):
        return _agreement(is_less(a, b) for _, (a, b) in combinations([one, other]))
    for value in (one, other):
        if not is_number(value) and not isinstance(value, Unknown):
            raise EvaluationError("only numbers can be ordered")
    if isinstance(one, (int, Decimal)) and isinstance(other, (int, Decimal)):
        return Truth.of(one < other)
    return Truth.NO if isinstance(one, Unknown) and one.is_same(other) else Truth.UNKNOWN


class _Comparison:
    """One comparison. It remembers the pairs of containers it has met: values share parts."""

    def __init__(self, same_type: bool) -> None:
        self.same_type = same_type
        self.seen: dict[tuple[int, int], Truth] = {}

    def of(self, one: Value, other: Value) -> Truth:
        if one is other:
            return Truth.YES
        if isinstance(one, Choice) or isinstance(other, Choice):
            return _agreement(self.of(a, b) for _, (a, b) in combinations([one, other]))
        if isinstance(one, (str, Text)) and isinstance(other, (str, Text, Unknown)):
            return equal(one, other)
        if isinstance(one, Unknown) and isinstance(other, (str, Text, Unknown)):
            return equal(one, other)
        if isinstance(one, Unknown) or isinstance(other, Unknown):
            unknown = one if isinstance(one, Unknown) else other
            return Truth.NO if is_text(unknown) else Truth.UNKNOWN
        if isinstance(one, Failed) or isinstance(other, Failed):
            return Truth.UNKNOWN
        if isinstance(one, Referred) or isinstance(other, Referred):
            return _references_equal(one, other)
        if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
            # True and False are one object each, as is None: what is equal was "is" above.
            return Truth.NO
        if isinstance(one, (int, Decimal)) and isinstance(other, (int, Decimal)):
            return Truth.of(one == other)
        return self._containers(one, other)

    def _containers(self, one: Value, other: Value) -> Truth:
        pair = (id(one), id(other))
        truth = self.seen.get(pair)
        if truth is None:
            truth = self.seen[pair] = self._compare_containers(one, other)
        return truth

    def _compare_containers(self, one: Value, other: Value) -> Truth:
        if isinstance(one, SetValue) and isinstance(other, SetValue):
            if one.exact and other.exact and len(one.elements) != len(other.elements):
                return Truth.NO
            if not one.elements and not other.elements and not self.same_type:
                return Truth.UNKNOWN  # the types of their elements may differ
            return _within(one, other) & _within(other, one)
        kinds = _collection(one), _collection(other)
        if False in kinds and any(kinds):
            return Truth.NO
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return Truth.UNKNOWN if _has_unknown_keys(one) or _has_unknown_keys(other) else Truth.NO
            truth = all_of(self.of(one[key], other[key]) for key in one)
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return Truth.NO
            truth = all_of(self.of(a, b) for a, b in zip(one, other, strict=True))
        else:
            return Truth.NO
        return truth if self.same_type or _same_type(kinds, len(one)) else truth & Truth.UNKNOWN


def _same_type(kinds: tuple[Collected, Collected], length: int) -> bool:
    """Whether two containers whose elements are equal are of one type; of empty ones the types may differ."""
    if kinds == (False, False):
        return True
    if isinstance(kinds[0], str) and isinstance(kinds[1], str):
        return kinds[0] == kinds[1]
    return all(kinds) and length > 0


def _collection(value: Value) -> Collected:
    return value.collection if isinstance(value, (Object, Tuple)) else None


def _has_unknown_keys(value: dict[str, Value]) -> bool:
    return any(isinstance(key, UnknownKey) for key in value)


def _within(one: SetValue, other: SetValue) -> Truth:
    """Whether every element of ``one`` is in ``other``."""
    return all_of(any_of(values_equal(a, b, same_type=True) for b in other.elements) for a in one.elements)


def _agreement(truths: Iterator[Truth]) -> Truth:
    first = next(truths, Truth.UNKNOWN)
    for count, truth in enumerate(truths, 2):
        if truth is not first or count > MOST_ALTERNATIVES:
            return Truth.UNKNOWN
    return first


def _references_equal(one: Value, other: Value) -> Truth:
    if isinstance(one, Referred) and isinstance(other, Referred) and one.to.address == other.to.address:
        return Truth.YES
    if isinstance(one, (Referred, dict)) and isinstance(other, (Referred, dict)):
        return Truth.UNKNOWN
    return Truth.NO
