"""Functions on lists."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from tf_kms_guard.terraform.choices import choose, spread
from tf_kms_guard.terraform.conversion import (
    as_type,
    common_type,
    has_elements,
    of_one_type,
    type_of_elements,
)
from tf_kms_guard.terraform.convert import is_text, to_bool, to_number, to_string
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.equality import values_equal
from tf_kms_guard.terraform.functions.elements import (
    is_in,
    like_first,
    list_elements,
    without_repeats,
)
from tf_kms_guard.terraform.functions.registry import (
    MOST_ELEMENTS,
    Kind,
    NotKnown,
    Parameter,
    elements,
    function,
    is_whole,
    ordered,
    refuse_huge,
    string,
)
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.unification import Inconsistent, type_of, unify
from tf_kms_guard.terraform.values import (
    MOST_ALTERNATIVES,
    Choice,
    Failed,
    Marked,
    Referred,
    SetValue,
    Tuple,
    Value,
    Wrapped,
)
from tf_kms_guard.values.text import known, origin_of
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_ANY, _NULLABLE, _WHOLE = Parameter.ANY, Parameter.NULLABLE, Parameter.WHOLE


@function("concat", Kind.STRUCTURAL, _ANY, rest=_ANY)
def concat(*lists: Value) -> Value:
    """All lists one after the other."""
    return like_first((item for items in lists for item in list_elements(items)), *lists)


@function("flatten", Kind.STRUCTURAL, _ANY)
def flatten(value: Value) -> Value:
    """The elements of lists in lists, at any depth."""
    elements(value)
    return spread(_flat, [value], "flatten", _wrapped_list)


def _flat(value: Value) -> Value:
    found: list[Value] = []
    _flatten_into(found, value)
    return like_first(found, value)


def _flatten_into(found: list[Value], value: Value) -> None:
    for item in ordered(value) if isinstance(value, SetValue) else elements(value):
        if isinstance(item, (list, SetValue)):
            _flatten_into(found, item)
        elif isinstance(item, Unknown) and not is_text(item):
            raise NotKnown(item)
        else:
            found.append(item)
        refuse_huge(len(found), MOST_ELEMENTS)


def _wrapped_list(values: Sequence[Value]) -> Wrapped | None:
    """A choice or mark in the place of an element whose alternatives may be lists."""
    for value in values:
        if isinstance(value, Wrapped) and _may_be_list(value):
            return value
        if isinstance(value, (list, SetValue)):
            found = _wrapped_list(list(value))
            if found is not None:
                return found
    return None


def _may_be_list(value: Value) -> bool:
    if isinstance(value, Marked):
        return _may_be_list(value.value)
    if isinstance(value, Choice):
        return any(_may_be_list(item) for _, item in value.alternatives)
    return isinstance(value, (list, SetValue)) or (isinstance(value, Unknown) and not is_text(value))


@function("distinct", Kind.COMPARING, _ANY)
def distinct(value: Value) -> Value:
    """The list without repeats; elements that only may be equal are kept."""
    return like_first(without_repeats(of_one_type(ordered(value)))[0], value)


@function("compact", Kind.COMPARING, _ANY)
def compact(value: Value) -> Value:
    """The strings of a list that are neither null nor empty; those that may be empty are kept."""
    items = [to_string(item) for item in elements(value)]
    return like_first((item for item in items if item is not None and known(item) != ""), value)


@function("reverse", Kind.STRUCTURAL, _ANY)
def reverse(value: Value) -> Value:
    """The list from its end."""
    return like_first(reversed(ordered(value)), value)


@function("slice", Kind.STRUCTURAL, _ANY, _WHOLE, _WHOLE)
def part(value: Value, start: int, end: int) -> Value:
    """The elements from ``start`` up to ``end``, which is not included."""
    items = list_elements(value)
    if not 0 <= start <= end <= len(items):
        raise EvaluationError(f"a list of {len(items)} has no elements {start} to {end}")
    return like_first(items[start:end], value)


@function("chunklist", Kind.STRUCTURAL, _ANY, _WHOLE)
def chunklist(value: Value, size: int) -> Value:
    """The list in parts of ``size``; 0 makes one part."""
    items = of_one_type(ordered(value))
    if size < 0:
        raise EvaluationError("the size must not be negative")
    size = size or len(items) or 1
    return [list(items[at : at + size]) for at in range(0, len(items), size)]


@function("sort", Kind.WHOLE, _ANY)
def sort(value: Value) -> Value:
    """The strings of a list in the order of their characters."""
    return like_first(sorted(string(item) for item in elements(value)), value)


@function("element", Kind.COMPARING, _ANY, _NULLABLE)
def element(value: Value, place: Value) -> Value:
    """The element at ``place``, counted around."""
    items = list_elements(value)
    if not items:
        raise EvaluationError("an empty list has no elements")
    index = to_number(place)
    if isinstance(index, Unknown):
        if len(items) > MOST_ALTERNATIVES:
            raise NotKnown(index)
        condition = replace(index, identity=f"{index.identity} % {len(items)}")
        return choose(condition, [(str(number), item) for number, item in enumerate(items)])
    if not isinstance(index, int) or not is_whole(index):
        raise EvaluationError("the index must be a whole number")
    if index % len(items) and index < 0:
        return _from_the_end(value, items, index)
    return items[index % len(items)]


def _from_the_end(value: Value, items: Sequence[Value], index: int) -> Value:
    """A negative index counts from the end of a list and is an error for a tuple."""
    item = items[index % len(items)]
    message = "the index of a tuple must not be negative"
    collection = value.collection if isinstance(value, Tuple) else None
    if collection:
        return item
    if collection is False:
        raise EvaluationError(message)
    because = "whether Terraform has this as a list or as a tuple is not known"
    is_list = Unknown(f"is_list({identity_of(value)})", because)
    return choose(is_list, [(True, item), (False, Failed(f"element: {message}", origin_of(value)))])


@function("index", Kind.COMPARING, _ANY, _ANY)
def index(value: Value, wanted: Value) -> Value:
    """The place of the first element that equals ``wanted``."""
    for place, item in enumerate(list_elements(value)):
        truth = values_equal(item, wanted)
        if truth is Truth.YES:
            return place
        if truth is Truth.UNKNOWN:
            raise NotKnown([item, wanted])
    raise EvaluationError("the list has no such element")


@function("contains", Kind.COMPARING, _ANY, _ANY)
def contains(value: Value, wanted: Value) -> Value:
    """Whether a list or set has an element that equals ``wanted``."""
    unsure: Value = None
    for item in elements(value):
        truth = values_equal(item, wanted)
        if truth is Truth.YES:
            return True
        if truth is Truth.UNKNOWN and unsure is None:
            unsure = [item, wanted]
    if unsure is not None:
        raise NotKnown(unsure)
    return False


@function("one", Kind.STRUCTURAL, _ANY)
def one(value: Value) -> Value:
    """The only element, or null if there is none."""
    items = elements(value)
    if len(items) > 1:
        if isinstance(value, SetValue) and not value.exact:
            raise NotKnown(value)
        raise EvaluationError("there is more than one element")
    return items[0] if items else None


@function("coalesce", Kind.COMPARING, _NULLABLE, rest=_NULLABLE)
def coalesce(*values: Value) -> Value:
    """The first argument that is neither null nor an empty string."""
    untyped = next((item for item in values if isinstance(item, Unknown) and not is_text(item)), None)
    items = _agreeing(values)
    for item in items:
        if untyped is not None and isinstance(item, (bool, int, Decimal)):
            raise NotKnown(untyped)
        if item is None or known(item) == "":
            continue
        if isinstance(item, Unknown) and not item.minted:
            raise NotKnown(item)
        if is_text(item) and not isinstance(item, Unknown) and known(item) is None and _may_be_empty(item):
            raise NotKnown(item)
        return item
    raise EvaluationError("every argument is null or an empty string")


def _agreeing(values: Sequence[Value]) -> list[Value]:
    try:
        type_ = unify([type_of(value) for value in values])
    except Inconsistent:
        raise EvaluationError("all arguments must have the same type") from None
    return [as_type(value, type_) for value in values]


def _may_be_empty(item: Value) -> bool:
    pieces: Sequence[Value] = getattr(item, "pieces", ())
    return all(isinstance(piece, Unknown) and piece.shape.minimum == 0 and not piece.minted for piece in pieces)


@function("coalescelist", Kind.STRUCTURAL, _NULLABLE, rest=_NULLABLE)
def coalescelist(*values: Value) -> Value:
    """The first list that is not empty."""
    for value in values:
        if value is not None and list_elements(value):
            return value
    raise EvaluationError("every list is empty")


@function("matchkeys", Kind.COMPARING, _ANY, _ANY, _ANY)
def matchkeys(values: Value, keys: Value, wanted: Value) -> Value:
    """The values whose key, at the same place, is one of ``wanted``."""
    items, names, search = (of_one_type(part) for part in (ordered(values), ordered(keys), elements(wanted)))
    if len(items) != len(names):
        raise EvaluationError("values and keys must be of one length")
    both = ((keys, names), (wanted, search))
    type_ = common_type([type_of_elements(*pair) for pair in both if has_elements(*pair)])
    names, search = ([as_type(item, type_) for item in part] for part in (names, search))
    found: list[Value] = []
    for item, name in zip(items, names, strict=True):
        truth = is_in(name, search)
        if truth is Truth.UNKNOWN:
            raise NotKnown([name, *search])
        if truth is Truth.YES:
            found.append(item)
    return like_first(found, values)


@function("alltrue", Kind.COMPARING, _ANY)
def alltrue(value: Value) -> Value:
    """Whether all elements are true."""
    return _truths(value, decisive=False)


@function("anytrue", Kind.COMPARING, _ANY)
def anytrue(value: Value) -> Value:
    """Whether an element is true."""
    return _truths(value, decisive=True)


def _truths(value: Value, *, decisive: bool) -> Value:
    """``decisive`` if an element is; null counts as false."""
    unsure: Value = None
    decided = False
    for item in elements(value):
        truth = to_bool(item)
        if isinstance(truth, (Unknown, Choice, Referred)):
            unsure = item if unsure is None else unsure
        elif bool(truth) is decisive:
            decided = True
    if decided:
        return decisive
    if unsure is not None:
        raise NotKnown(unsure)
    return not decisive
