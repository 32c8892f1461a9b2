"""What a conditional makes of the branch that holds: Terraform converts both branches to one type first.

``true ? 1 : "a"`` is ``"1"``. The rules are those of ``UnifyUnsafe`` in the library go-cty: a string absorbs
numbers and truth values; objects of the same attributes and tuples of the same length agree part by part, others
become maps and lists whose elements are of one type. A value that is not known to be a list or map is taken for a
tuple or object.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, TypeAlias, Union

from msgspec import Struct

from tf_kms_guard.terraform.choices import distribute
from tf_kms_guard.terraform.containers import CONTAINERS, parts_of
from tf_kms_guard.terraform.convert import to_string
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.marks import with_marks
from tf_kms_guard.terraform.values import (
    Choice,
    Collected,
    Failed,
    Marked,
    Object,
    SetValue,
    Tuple,
    UnknownKey,
    Value,
    Wrapped,
)
from tf_kms_guard.values.text import Text


class _Parts(Struct, frozen=True):
    """The type of a list or tuple."""

    types: tuple[_Type, ...]


class _Fields(Struct, frozen=True):
    """The type of a map or object."""

    types: dict[str, _Type]


class _Elements(Struct, frozen=True):
    """A collection of any size; ``kind`` is ``list``, ``map`` or ``set``."""

    kind: str
    type: _Type


_Type: TypeAlias = Union[str, _Parts, _Fields, _Elements]
_ANY: Final = "any"
_STRING: Final = "string"
_MOST_PARTS: Final = 20_000


class _Inconsistent(Exception):
    """No type fits."""


def agreed(chosen: Value, other: Value) -> Value:
    """``chosen`` as it is when the other branch of its conditional is ``other``.

    Raises:
        EvaluationError: the two can have no type in common.
    """
    if chosen is other:
        return chosen
    if isinstance(chosen, Wrapped):
        return distribute(lambda alternative: agreed(alternative, other), chosen)
    if _is_huge(chosen) or _is_huge(other):
        return chosen
    try:
        return _converted(chosen, _unified([_type_of(chosen), _type_of(other)]))
    except _Inconsistent:
        raise EvaluationError("the two results of this conditional can have no type in common") from None
    except RecursionError:
        return chosen


def _is_huge(value: Value) -> bool:
    """Whether there is too much in ``value``: parts that it shares are looked at once for each place."""
    left = _MOST_PARTS
    todo: list[Value] = [value]
    while todo:
        current = todo.pop()
        if isinstance(current, CONTAINERS):
            parts = parts_of(current)
            left -= len(parts)
            if left < 0:
                return True
            todo.extend(parts)
    return False


def collection_of(value: Value) -> Collected:
    """Whether ``value`` is a list or map, and of what, rather than a tuple or object; ``None``: not known."""
    return value.collection if isinstance(value, (Object, Tuple)) else None


def marked(function: str, arguments: Sequence[Value], result: Value) -> Value:
    """What ``function`` gave, with what is known of whether it is a list or map."""
    if not isinstance(result, (list, dict)):
        return result
    if function in _COLLECTIONS:
        collection: Collected = _COLLECTIONS[function]
        if collection is True and arguments:
            collection = collection_of(arguments[0]) or True
    elif function == "keys":
        kind = collection_of(arguments[0])
        collection = "string" if kind else kind
    elif function in _TUPLES:
        collection = False
    elif function in _LIKE_AN_ARGUMENT:
        collection = collection_of(arguments[_LIKE_AN_ARGUMENT[function]])
    elif function in _LIKE_ALL:
        kinds = [collection_of(argument) for argument in arguments]
        collection = False if False in kinds else None if None in kinds else kinds[0] if len(set(kinds)) == 1 else True
    else:
        return result
    if function == "concat" and collection is True:
        type_ = _unified([_type_of(argument) for argument in arguments])
        result = _converted(result, type_)
        collection = collection_of(result)
    if collection is None or not isinstance(result, (list, dict)) or collection_of(result) is collection:
        return result
    origin = result.origin if isinstance(result, (Object, Tuple)) else None
    return Object(result, origin, collection) if isinstance(result, dict) else Tuple(result, origin, collection)


_COLLECTIONS: Final[dict[str, Collected]] = {
    **dict.fromkeys(("split", "sort", "compact", "formatlist"), "string"),
    "range": "number",
    **dict.fromkeys(("distinct", "tolist", "tomap", "matchkeys", "transpose", "chunklist"), True),  # of what: below
}
_TUPLES: Final = frozenset(("flatten", "jsondecode"))
_LIKE_AN_ARGUMENT: Final = {"reverse": 0, "slice": 0, "values": 0, "zipmap": 1}
_LIKE_ALL: Final = frozenset(("concat", "merge"))


def _type_of(value: Value) -> _Type:
    if isinstance(value, (str, Text)):
        return _STRING
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, Decimal)):
        return "number"
    if isinstance(value, dict):
        if any(isinstance(key, UnknownKey) for key in value):
            return _ANY
        if collection_of(value):
            return _Elements("map", _element_type(value, value.values()))
        return _Fields({key: _type_of(item) for key, item in value.items()})
    if isinstance(value, list):
        if collection_of(value):
            return _Elements("list", _element_type(value, value))
        return _Parts(tuple(map(_type_of, value)))
    if isinstance(value, SetValue):
        return _Elements("set", _unified([_type_of(item) for item in value.elements]))
    if isinstance(value, Choice):
        return _unified([_type_of(item) for _, item in value.alternatives if not isinstance(item, Failed)])
    return _type_of(value.value) if isinstance(value, Marked) else _ANY


def _element_type(value: Value, items: Iterable[Value]) -> _Type:
    collected = collection_of(value)
    return collected if isinstance(collected, str) else _unified(list(map(_type_of, items)))


def _unified(types: Sequence[_Type]) -> _Type:
    known = [type_ for type_ in types if type_ != _ANY]
    if not known or (len(known) < len(types) and not all(isinstance(type_, str) for type_ in known)):
        return _ANY
    if all(type_ == known[0] for type_ in known):
        return known[0]
    if all(isinstance(type_, str) for type_ in known):
        if _STRING not in known:
            raise _Inconsistent
        return _STRING
    if all(isinstance(type_, (_Parts, _Elements)) and _kind(type_) != "map" for type_ in known):
        return _unified_lists(known)
    if all(_kind(type_) in ("object", "map") for type_ in known):
        return _unified_maps(known)
    raise _Inconsistent


def _kind(type_: _Type) -> str:
    if isinstance(type_, _Elements):
        return type_.kind
    return "object" if isinstance(type_, _Fields) else "tuple" if isinstance(type_, _Parts) else "primitive"


def _unified_lists(types: Sequence[_Type]) -> _Type:
    tuples = [type_.types for type_ in types if isinstance(type_, _Parts)]
    if len(tuples) == len(types) and len({len(items) for items in tuples}) == 1:
        return _Parts(tuple(_unified(column) for column in zip(*tuples, strict=True)))
    kind = "set" if all(_kind(type_) in ("set", "tuple") for type_ in types) and len(tuples) < len(types) else "list"
    return _Elements(kind, _unified(list(_element_types(types))))


def _unified_maps(types: Sequence[_Type]) -> _Type:
    objects = [type_.types for type_ in types if isinstance(type_, _Fields)]
    if len(objects) == len(types) and all(fields.keys() == objects[0].keys() for fields in objects):
        return _Fields({name: _unified([fields[name] for fields in objects]) for name in objects[0]})
    return _Elements("map", _unified(list(_element_types(types))))


def _element_types(types: Iterable[_Type]) -> Iterable[_Type]:
    for type_ in types:
        if isinstance(type_, _Parts):
            yield from type_.types
        elif isinstance(type_, _Fields):
            yield from type_.types.values()
        elif isinstance(type_, _Elements):
            yield type_.type


def _converted(value: Value, type_: _Type) -> Value:
    if type_ == _ANY or value is None:
        return value
    if isinstance(value, Marked):
        return with_marks(_converted(value.value, type_), value.marks, value.whole)
    if type_ == _STRING:
        return to_string(value) if isinstance(value, (bool, int, Decimal)) else value
    if isinstance(value, dict) and isinstance(type_, (_Fields, _Elements)):
        fields = {
            key: _converted(item, type_.types[key] if isinstance(type_, _Fields) else type_.type)
            for key, item in value.items()
        }
        collection = _collected(type_.type) if isinstance(type_, _Elements) else collection_of(value)
        if collection is collection_of(value) and all(fields[key] is item for key, item in value.items()):
            return value
        return Object(fields, value.origin if isinstance(value, Object) else None, collection)
    if isinstance(value, list) and isinstance(type_, (_Parts, _Elements)):
        types = type_.types if isinstance(type_, _Parts) else (type_.type,) * len(value)
        items = [_converted(item, part) for item, part in zip(value, types, strict=True)]
        if isinstance(type_, _Elements) and type_.kind == "set":
            return _as_set(items)
        collection = _collected(type_.type) if isinstance(type_, _Elements) else collection_of(value)
        if collection is collection_of(value) and all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return Tuple(items, value.origin if isinstance(value, Tuple) else None, collection)
    if isinstance(value, SetValue) and isinstance(type_, _Elements):
        items = [_converted(item, type_.type) for item in value.elements]
        if type_.kind == "list":
            return Tuple(items, None, _collected(type_.type))
        if all(new is old for new, old in zip(items, value.elements, strict=True)):
            return value
        return _as_set(items)
    return value


def _collected(type_: _Type) -> Collected:
    return type_ if isinstance(type_, str) and type_ != _ANY else True


def _as_set(items: Value) -> Value:
    from tf_kms_guard.terraform.types import as_marked_set

    return as_marked_set(items) if isinstance(items, list) else items
