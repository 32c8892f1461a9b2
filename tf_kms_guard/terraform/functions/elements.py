"""What functions on collections share: one type for all elements, sets in order, elements by origin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from tf_kms_guard.terraform.conversion import of_one_type
from tf_kms_guard.terraform.convert import describe
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.equality import values_equal
from tf_kms_guard.terraform.functions.registry import elements, unknown_in
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.values import Object, SetValue, Tuple, UnknownKey, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text, TextLike, known
from tf_kms_guard.values.truth import Truth, any_of
from tf_kms_guard.values.unknown import Unknown

_MOST_COMPARED: Final = 200
"""So many values that are not wholly known are compared; of more it is open whether they differ."""


def list_elements(value: Value) -> Sequence[Value]:
    """The elements of a list; a set is refused. Raises :class:`NotKnown` or ``EvaluationError``."""
    if isinstance(value, SetValue):
        raise EvaluationError(f"a list is required, but this is {describe(value)}")
    return elements(value)


def like_first(items: Iterable[Value], *sources: Value) -> list[Value]:
    """A list that was written where the first of ``sources`` that knows its place was."""
    origin = _first_origin(sources)
    return list(items) if origin is None else Tuple(items, origin)


def map_like_first(items: dict[str, Value], *sources: Value) -> dict[str, Value]:
    """A map that was written where the first of ``sources`` that knows its place was."""
    origin = _first_origin(sources)
    return items if origin is None else Object(items, origin)


def key_text(key: str) -> TextLike:
    """A map's key as text, which may have holes."""
    return key.text if isinstance(key, UnknownKey) else key


def text_key(text: TextLike) -> str:
    """Text as a map's key."""
    characters = known(text)
    if characters is not None:
        return text if isinstance(text, str) else characters
    return UnknownKey(text) if isinstance(text, (Text, Unknown)) else text


def _first_origin(sources: Iterable[Value]) -> Span | None:
    return next((s.origin for s in sources if isinstance(s, (Object, Tuple)) and s.origin is not None), None)


def is_in(item: Value, items: Iterable[Value]) -> Truth:
    """Whether ``item`` is one of ``items``, all of one type."""
    return any_of(values_equal(item, other, same_type=True) for other in items)


def without_repeats(items: Iterable[Value]) -> tuple[list[Value], bool]:
    """The items without those surely equal to an earlier one, and whether all that is left surely differs."""
    kept: list[Value] = []
    spelled: set[tuple[type, object]] = set()
    loose: list[Value] = []
    exact = True
    for item in items:
        is_plain = item is None or isinstance(item, (bool, int, Decimal, str))
        key = _key(item) if isinstance(item, (bool, int, Decimal, str)) else (Unknown, identity_of(item))
        if key in spelled:
            continue
        spelled.add(key)
        if exact:
            others = loose if is_plain else kept
            exact = len(loose) <= _MOST_COMPARED and is_in(item, others) is Truth.NO
        if not is_plain:
            loose.append(item)
        kept.append(item)
    return kept, exact


def _key(item: bool | int | Decimal | str) -> tuple[type, object]:
    if isinstance(item, str):
        return (str, str(item))
    return (bool, item) if isinstance(item, bool) else (Decimal, item)


def set_of(items: Sequence[Value]) -> SetValue:
    """The set of ``items``: converted to one type, without repeats, in Terraform's order.

    What is not wholly known comes last, in the order given.
    """
    kept, exact = without_repeats(of_one_type(items))
    first = _in_order([item for item in kept if unknown_in(item) is None])
    last = [item for item in kept if unknown_in(item) is not None]
    return SetValue((*first, *last), exact)


def _in_order(items: list[Value]) -> list[Value]:
    """Strings and numbers in ascending order, false before true, null last; anything else as it is.

    Terraform orders sets of collections by a hash of its own, and promises no order.
    """
    if any(item is None for item in items):
        return [*_in_order([item for item in items if item is not None]), None]
    if all(known(item) is not None for item in items):
        return sorted(items, key=lambda item: known(item) or "")
    numbers = [item for item in items if isinstance(item, (int, Decimal))]
    return [*sorted(numbers)] if len(numbers) == len(items) else items
