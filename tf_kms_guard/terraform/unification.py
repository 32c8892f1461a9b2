"""The type that several values have in common, and conversion to it.

Terraform makes values one type in the branches of a conditional, in the elements of a list, set or map, and in the
arguments of some functions. The rules are those of ``UnifyUnsafe`` in the library go-cty: a string absorbs numbers
and truth values; objects of the same attributes and tuples of the same length agree part by part, others become maps
and lists whose elements are of one type; a null without a type fits every plain type. A value that is not known to be
a list or map is taken for a tuple or object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final, TypeAlias, Union

from msgspec import Struct

from tf_kms_guard.terraform.containers import CONTAINERS, parts_of
from tf_kms_guard.terraform.convert import is_text, to_bool, to_number, to_string
from tf_kms_guard.terraform.values import Choice, Collected, Failed, Marked, Object, SetValue, Tuple, UnknownKey, Value


class Parts(Struct, frozen=True):
    """The type of a tuple."""

    types: tuple[ValueType, ...]


class Fields(Struct, frozen=True):
    """The type of an object."""

    types: dict[str, ValueType]


class Elements(Struct, frozen=True):
    """The type of a collection of any size; ``kind`` is ``list``, ``map`` or ``set``."""

    kind: str
    type: ValueType


ValueType: TypeAlias = Union[str, Parts, Fields, Elements]
"""``string``, ``number``, ``bool``, :data:`DYNAMIC`, :data:`OPEN`, or one of the structures."""

DYNAMIC: Final = "dynamic"
"""The type of a null that has none."""

OPEN: Final = "open"
"""A type that Terraform knows and we do not."""

_STRING: Final = "string"
_MOST_PARTS: Final = 20_000
PLAIN: Final[dict[str, Callable[[Value], Value]]] = {
    "string": to_string,
    "number": to_number,
    "bool": to_bool,
}


class Inconsistent(Exception):
    """No type fits."""


# --- types of values ---------------------------------------------------------------------------------------


def collection_of(value: Value) -> Collected:
    """Whether ``value`` is a list or map, and of what, rather than a tuple or object; ``None``: not known."""
    return value.collection if isinstance(value, (Object, Tuple)) else None


def collected(type_: ValueType) -> Collected:
    """What a list or map of elements of ``type_`` remembers of them."""
    return type_ if isinstance(type_, str) and type_ != OPEN else True


def type_of(value: Value) -> ValueType:
    """The type of a value, as far as the value shows it: that of a null is open."""
    if is_text(value):
        return _STRING
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, Decimal)):
        return "number"
    if isinstance(value, dict):
        if any(isinstance(key, UnknownKey) for key in value):
            return OPEN
        if collection_of(value):
            return Elements("map", element_type(value))
        return Fields({key: type_of(item) for key, item in value.items()})
    if isinstance(value, list):
        return Elements("list", element_type(value)) if collection_of(value) else Parts(tuple(map(type_of, value)))
    if isinstance(value, SetValue):
        return Elements("set", element_type(value))
    if isinstance(value, Choice):
        return one_of(type_of(item) for _, item in value.alternatives if not isinstance(item, Failed))
    return type_of(value.value) if isinstance(value, Marked) else OPEN


def element_type(value: list[Value] | dict[str, Value] | SetValue) -> ValueType:
    """The type of the elements of a list, map or set; open where nothing shows it."""
    collection = collection_of(value)
    if isinstance(collection, str):
        return collection
    return one_of(map(type_of, value.values() if isinstance(value, dict) else value))


def one_of(types: Iterable[ValueType]) -> ValueType:
    """The type of what has one of ``types``; open where they are not the same."""
    found: ValueType = OPEN
    for type_ in types:
        if found not in (OPEN, type_) and not _is_same_kind(found, type_):
            return OPEN
        found = overlaid(found, type_)
    return found


def _is_same_kind(one: ValueType, other: ValueType) -> bool:
    return other in (DYNAMIC, OPEN) or overlaid(one, other) == overlaid(other, one)


def overlaid(one: ValueType, other: ValueType) -> ValueType:
    """What ``one`` says of a type, and where it leaves that open what ``other`` does."""
    if one == other or other == OPEN:
        return one
    if one == OPEN or (one == DYNAMIC and other != OPEN):
        return other
    if isinstance(one, Elements) and isinstance(other, Elements) and one.kind == other.kind:
        return Elements(one.kind, overlaid(one.type, other.type))
    if isinstance(one, Fields) and isinstance(other, Fields) and one.types.keys() == other.types.keys():
        return Fields({name: overlaid(type_, other.types[name]) for name, type_ in one.types.items()})
    if isinstance(one, Parts) and isinstance(other, Parts) and len(one.types) == len(other.types):
        return Parts(tuple(map(overlaid, one.types, other.types)))
    return one


def is_huge(value: Value) -> bool:
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


# --- one type for several ----------------------------------------------------------------------------------


def unify(types: Sequence[ValueType]) -> ValueType:
    """The type that all have in common; :data:`DYNAMIC` where a null leaves it open, :data:`OPEN` where we do.

    Raises:
        Inconsistent: there is none.
    """
    if not types:
        raise Inconsistent
    if all(type_ == types[0] for type_ in types):
        return types[0]
    kinds = {_kind(type_) for type_ in types}
    if {"object", "tuple"} <= kinds:
        raise Inconsistent
    if OPEN in types:
        return _STRING if _STRING in types and kinds <= {"plain", DYNAMIC, OPEN} else OPEN
    structures = kinds - {DYNAMIC}
    if len(structures) == 1 and structures != {"plain"}:
        return DYNAMIC if DYNAMIC in kinds else _UNIFIERS[structures.pop()](types)
    for pair, merge in _IN_DISGUISE:
        if structures == pair:
            try:
                merged = merge(types)
            except Inconsistent:
                break
            if all(can_convert(type_, merged) for type_ in types):
                return merged
    return _preferred(types)


def is_uniform(type_: ValueType) -> bool:
    """Whether the parts of a tuple or object are all plain, or of one type without conversion."""
    if not isinstance(type_, (Parts, Fields)):
        return True
    types = type_.types if isinstance(type_, Parts) else type_.types.values()
    sure = [one for one in types if one != DYNAMIC]
    return all(isinstance(one, str) for one in sure) or all(one == sure[0] for one in sure)


def _kind(type_: ValueType) -> str:
    if isinstance(type_, Elements):
        return type_.kind
    if isinstance(type_, str):
        return type_ if type_ in (DYNAMIC, OPEN) else "plain"
    return "object" if isinstance(type_, Fields) else "tuple"


def _collections(types: Sequence[ValueType]) -> ValueType:
    found = [type_ for type_ in types if isinstance(type_, Elements)]
    return Elements(found[0].kind, unify([type_.type for type_ in found]))


def _objects(types: Sequence[ValueType]) -> ValueType:
    fields = [type_.types for type_ in types if isinstance(type_, Fields)]
    if all(one.keys() == fields[0].keys() for one in fields):
        return Fields({name: unify([one[name] for one in fields]) for name in fields[0]})
    return Elements("map", unify([type_ for one in fields for type_ in one.values()]))


def _tuples(types: Sequence[ValueType]) -> ValueType:
    parts = [type_.types for type_ in types if isinstance(type_, Parts)]
    if len({len(one) for one in parts}) == 1:
        return Parts(tuple(unify(column) for column in zip(*parts, strict=True)))
    as_list = Elements("list", unify([type_ for one in parts for type_ in one]))
    if not all(can_convert(type_, as_list) for type_ in types):
        raise Inconsistent
    return as_list


def _tuples_as_lists(types: Sequence[ValueType]) -> ValueType:
    tuples = [type_.types for type_ in types if isinstance(type_, Parts)]
    as_list = Elements("list", unify([type_ for one in tuples for type_ in one]))
    return unify([as_list if isinstance(type_, Parts) else type_ for type_ in types])


def _objects_as_maps(types: Sequence[ValueType]) -> ValueType:
    objects = [type_.types for type_ in types if isinstance(type_, Fields)]
    as_map = Elements("map", unify([type_ for one in objects for type_ in one.values()]))
    return unify([as_map if isinstance(type_, Fields) else type_ for type_ in types])


_Unifier: TypeAlias = Callable[[Sequence[ValueType]], ValueType]
_UNIFIERS: Final[dict[str, _Unifier]] = {
    "list": _collections,
    "set": _collections,
    "map": _collections,
    "object": _objects,
    "tuple": _tuples,
}
_IN_DISGUISE: Final[tuple[tuple[set[str], _Unifier], ...]] = (
    ({"map", "object"}, _objects_as_maps),
    ({"list", "tuple"}, _tuples_as_lists),
)


def _preferred(types: Sequence[ValueType]) -> ValueType:
    """The first of ``types`` to which all can be converted, the more general before the less."""
    left = list(types)
    while left:
        best = next((one for one in left if not any(_comes_first(other, one) for other in left)), left[0])
        if all(can_convert(type_, best) for type_ in types):
            return best
        left.remove(best)
    raise Inconsistent


def _comes_first(one: ValueType, other: ValueType) -> bool:
    """Whether ``one`` is tried before ``other``."""
    if DYNAMIC in (one, other):
        return one != DYNAMIC
    if isinstance(one, str) and isinstance(other, str):
        return one == _STRING and other != _STRING
    if isinstance(one, Elements) and isinstance(other, Elements) and one.kind == other.kind:
        return _comes_first(one.type, other.type)
    return (_kind(one), _kind(other)) in _ORDER


_ORDER: Final = frozenset((("tuple", "set"), ("list", "set"), ("list", "tuple"), ("map", "object")))


def can_convert(source: ValueType, target: ValueType) -> bool:
    """Whether values of one type can be converted to the other; a text may still turn out to be no number."""
    if OPEN in (source, target) or DYNAMIC in (source, target) or source == target:
        return True
    if isinstance(source, str) and isinstance(target, str):
        return _STRING in (source, target)
    if isinstance(target, Fields):
        if isinstance(source, Fields):
            return all(
                name in source.types and can_convert(source.types[name], type_) for name, type_ in target.types.items()
            )
        return _kind(source) == "map" and all(
            can_convert(part_of(source, name), type_) for name, type_ in target.types.items()
        )
    if isinstance(target, Parts):
        return (
            isinstance(source, Parts)
            and len(source.types) == len(target.types)
            and all(map(can_convert, source.types, target.types))
        )
    if not isinstance(target, Elements):
        return False
    if isinstance(source, Elements):
        return (source.kind == "map") == (target.kind == "map") and can_convert(source.type, target.type)
    if isinstance(source, Fields):
        return target.kind == "map" and _all_convert(tuple(source.types.values()), target.type, in_map=True)
    return isinstance(source, Parts) and target.kind != "map" and _all_convert(source.types, target.type)


def _all_convert(types: Sequence[ValueType], target: ValueType, *, in_map: bool = False) -> bool:
    if target == DYNAMIC and types:
        try:
            target = unify(types)
        except Inconsistent:
            return False
        if target == DYNAMIC and not in_map:
            return all(type_ == DYNAMIC for type_ in types)
    return all(can_convert(type_, target) for type_ in types)


def part_of(type_: ValueType, name: str) -> ValueType:
    """The type of an attribute or element; open where there is none."""
    if isinstance(type_, Fields):
        return type_.types.get(name, OPEN)
    if isinstance(type_, Elements):
        return type_.type
    if isinstance(type_, Parts) and name.isdecimal() and int(name) < len(type_.types):
        return type_.types[int(name)]
    return OPEN


# --- what is left open --------------------------------------------------------------------------------


def may_be_one(one: ValueType, other: ValueType) -> bool:
    """Whether two types, as far as they are known, may be the same."""
    if OPEN in (one, other):
        return True
    if isinstance(one, Elements) and isinstance(other, Elements):
        return one.kind == other.kind and may_be_one(one.type, other.type)
    if isinstance(one, Fields) and isinstance(other, Fields):
        return one.types.keys() == other.types.keys() and all(
            may_be_one(type_, other.types[name]) for name, type_ in one.types.items()
        )
    if isinstance(one, Parts) and isinstance(other, Parts):
        return len(one.types) == len(other.types) and all(map(may_be_one, one.types, other.types))
    return one == other


def holds_dynamic(type_: ValueType) -> bool:
    """Whether a null leaves a part of the type open."""
    if isinstance(type_, Elements):
        return holds_dynamic(type_.type)
    if isinstance(type_, Fields):
        return any(map(holds_dynamic, type_.types.values()))
    if isinstance(type_, Parts):
        return any(map(holds_dynamic, type_.types))
    return type_ == DYNAMIC
