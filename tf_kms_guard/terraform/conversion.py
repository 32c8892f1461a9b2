"""Conversion of values to the type that they have in common (see ``unification``)."""

from __future__ import annotations

from collections.abc import Sequence

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.unification import (
    DYNAMIC,
    OPEN,
    PLAIN,
    Elements,
    Fields,
    Inconsistent,
    Parts,
    ValueType,
    collected,
    collection_of,
    holds_dynamic,
    is_huge,
    may_be_one,
    one_of,
    overlaid,
    part_of,
    type_of,
    unify,
)
from tf_kms_guard.terraform.values import Collected, Failed, Object, SetValue, Tuple, UnknownKey, Value, Wrapped


def as_type(value: Value, type_: ValueType, source: ValueType = OPEN) -> Value:
    """``value`` converted to ``type_``, as ``can_convert`` allows it; the same object where nothing changes.

    ``source`` is its own type, where more is known of that than the value shows.

    Raises:
        EvaluationError: a text is no number or truth value, or elements cannot be made one type.
    """
    if value is None or type_ in (DYNAMIC, OPEN) or isinstance(value, Failed):
        return value
    if isinstance(value, Wrapped):
        from tf_kms_guard.terraform.choices import distribute

        return distribute(lambda one: as_type(one, type_, source), value, call="convert")
    if isinstance(type_, str):
        return value if isinstance(value, (list, dict, SetValue)) else PLAIN[type_](value)
    if isinstance(value, dict):
        return _as_map(value, type_, source)
    if isinstance(value, list):
        return _as_list(value, type_, source)
    if isinstance(value, SetValue) and isinstance(type_, Elements):
        items = [as_type(item, type_.type) for item in value.elements]
        if type_.kind == "list":
            return Tuple(items, None, collected(type_.type))
        if all(new is old for new, old in zip(items, value.elements, strict=True)):
            return value
        return _as_set(items, value.exact)
    return value


def _as_map(value: dict[str, Value], type_: ValueType, source: ValueType) -> Value:
    sources = [part_of(source, name) for name in value]
    if isinstance(type_, Fields):
        missing = next((name for name in type_.types if name not in value), None)
        if missing is not None and not any(isinstance(key, UnknownKey) for key in value):
            raise EvaluationError(f'the attribute "{missing}" is required')
        own = dict(zip(value, sources, strict=True))
        fields = {name: as_type(value[name], part, own[name]) for name, part in type_.types.items() if name in value}
        collection: Collected = False
    elif isinstance(type_, Elements):
        items = _each(list(value.values()), type_.type, sources, in_map=True)
        fields = dict(zip(value, items, strict=True))
        collection = collected(_type_made(type_.type, items, sources))
    else:
        return value
    if collection is False and not collection_of(value):
        collection = collection_of(value)
    is_same = len(fields) == len(value) and all(fields[key] is item for key, item in value.items())
    if is_same and collection == collection_of(value):
        return value
    return Object(fields, value.origin if isinstance(value, Object) else None, collection)


def _as_list(value: list[Value], type_: ValueType, source: ValueType) -> Value:
    sources = [part_of(source, str(place)) for place in range(len(value))]
    collection = collection_of(value)
    if isinstance(type_, Elements):
        items = _each(value, type_.type, sources)
        if type_.kind == "set":
            return _as_set(items, True)
        collection = collected(_type_made(type_.type, items, sources))
    elif isinstance(type_, Parts) and len(type_.types) == len(value):
        items = list(map(as_type, value, type_.types, sources))
    else:
        return value
    if collection == collection_of(value) and all(new is old for new, old in zip(items, value, strict=True)):
        return value
    return Tuple(items, value.origin if isinstance(value, Tuple) else None, collection)


def _as_set(items: list[Value], exact: bool) -> Value:
    from tf_kms_guard.terraform.types import as_marked_set

    return as_marked_set(items, exact)


def _each(items: list[Value], type_: ValueType, sources: Sequence[ValueType], *, in_map: bool = False) -> list[Value]:
    """Elements converted; to no type in particular, to that which they have in common."""
    if not holds_dynamic(type_):
        return list(map(as_type, items, [type_] * len(items), sources))
    types = _seen(items, sources)
    common = common_type(types, in_map=in_map) if type_ == DYNAMIC else type_
    found = converted(items, common, types)
    _refuse_unlike(_seen(found, [overlaid(common, own) for own in sources]))
    return found


def _seen(items: Sequence[Value], types: Sequence[ValueType]) -> list[ValueType]:
    return [overlaid(type_of(item), type_) for item, type_ in zip(items, types, strict=True)]


def _type_made(type_: ValueType, items: Sequence[Value], sources: Sequence[ValueType]) -> ValueType:
    """The type of elements of the types ``sources`` that were converted to ``type_``; where all are null, of these."""
    if type_ != DYNAMIC or not items:
        return type_
    found = one_of(map(type_of, items))
    nulls = one_of(sources) if found == OPEN else OPEN
    return found if nulls == DYNAMIC else overlaid(found, nulls)


def _refuse_unlike(types: Sequence[ValueType]) -> None:
    """Raise ``EvaluationError`` where elements of a collection are surely of different types."""
    common: ValueType = OPEN
    for type_ in types:
        if type_ == DYNAMIC:
            continue
        if not may_be_one(common, type_):
            raise EvaluationError("all elements must have the same type")
        common = overlaid(common, type_)


def of_one_type(
    items: Sequence[Value], types: Sequence[ValueType] | None = None, *, in_map: bool = False
) -> list[Value]:
    """``items`` converted to one type, as the elements of a collection are.

    ``types`` are those of the items where more is known of them than the values show. What is beside a value whose
    type is not known stays as it is.

    Raises:
        EvaluationError: no type fits.
    """
    if len(items) < 2 or is_huge(list(items)):
        return list(items)
    seen = [type_of(item) for item in items] if types is None else types
    return converted(items, common_type(seen, in_map=in_map), seen)


def converted(items: Sequence[Value], type_: ValueType, types: Sequence[ValueType]) -> list[Value]:
    """``items``, which are of ``types``, converted to what :func:`common_type` gave for these.

    Raises:
        EvaluationError: a null in one of them left open what in others is not the same.
    """
    found = [as_type(item, type_, source) for item, source in zip(items, types, strict=True)]
    if type_ != DYNAMIC and holds_dynamic(type_):
        seen = [overlaid(overlaid(type_of(item), type_), own) for item, own in zip(found, types, strict=True)]
        again = common_type(seen)
        found = [as_type(item, again, source) for item, source in zip(found, seen, strict=True)]
        _refuse_unlike([overlaid(type_of(item), source) for item, source in zip(found, seen, strict=True)])
    return found


def type_of_elements(value: Value, items: Sequence[Value]) -> ValueType:
    """The type of ``items``, the elements of ``value`` converted to one type."""
    collection = collection_of(value)
    return collection if isinstance(collection, str) else common_type([type_of(item) for item in items])


def has_elements(value: Value, items: Sequence[Value]) -> bool:
    """Whether a list or set shows of what type its elements are."""
    return bool(items) or collection_of(value) not in (None, False, True, DYNAMIC)


def common_type(types: Sequence[ValueType], *, in_map: bool = False) -> ValueType:
    """The type of the elements of a collection.

    Raises:
        EvaluationError: they can have no type in common.
    """
    if not types:
        return OPEN
    try:
        type_ = unify(types)
    except Inconsistent:
        raise EvaluationError("all elements must have the same type") from None
    if type_ == DYNAMIC:
        sure = [one for one in types if one != DYNAMIC]
        if sure and not (in_map and all(one == sure[0] for one in sure)):
            raise EvaluationError("all elements must have the same type, and null beside a list or object has none")
    return type_
