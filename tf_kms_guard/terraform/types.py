"""Type constraints of variables, and conversion to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias, Union

from msgspec import Struct, field

from tf_kms_guard.terraform.choices import distribute
from tf_kms_guard.terraform.conversion import of_one_type
from tf_kms_guard.terraform.convert import describe, to_bool, to_number, to_string
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.equality import values_equal
from tf_kms_guard.terraform.marks import bare_throughout, marks_among, with_marks
from tf_kms_guard.terraform.syntax.nodes import Call, Expression, Literal, Name, ObjectItems, TupleItems
from tf_kms_guard.terraform.unification import collected, element_type, is_huge
from tf_kms_guard.terraform.values import (
    Collected,
    Failed,
    Object,
    Referred,
    SetValue,
    Tuple,
    Value,
    Wrapped,
)
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class AnyType(Struct, frozen=True):
    """``any``."""


class Primitive(Struct, frozen=True):
    """``string``, ``number`` or ``bool``."""

    name: str


class Collection(Struct, frozen=True):
    """``list(T)``, ``set(T)`` or ``map(T)``: ``kind`` is the word."""

    kind: str
    element: Type


class ObjectAttribute(Struct, frozen=True):
    """An attribute of an object type. ``default`` is the value of an optional one that is not given."""

    type: Type
    optional: bool = False
    default: Value = field(default=None)


class ObjectType(Struct, frozen=True):
    """``object({…})``."""

    attributes: Mapping[str, ObjectAttribute]


class TupleType(Struct, frozen=True):
    """``tuple([…])``."""

    elements: tuple[Type, ...]


Type: TypeAlias = Union[AnyType, Primitive, Collection, ObjectType, TupleType]

ANY_TYPE: Final = AnyType()

_PRIMITIVES: Final = frozenset(("string", "number", "bool"))
_COLLECTIONS: Final = frozenset(("list", "set", "map"))
_CONVERSIONS: Final[dict[str, Callable[[Value], Value]]] = {
    "string": to_string,
    "number": to_number,
    "bool": to_bool,
}


# --- reading -----------------------------------------------------------------------------------------------


def parse_type(expression: Expression, evaluate: Callable[[Expression], Value] | None = None) -> Type:
    """Read the ``type`` argument of a variable.

    ``evaluate`` gives the value of the default in ``optional(T, default)``, which must be of the type ``T``. Raises
    :class:`EvaluationError`.
    """
    if isinstance(expression, Literal) and expression.value in ("string", "list", "map"):
        expression = Name(str(expression.value), expression.span)  # as Terraform 0.11 wrote it
    return _read(expression, evaluate)


def _read(expression: Expression, evaluate: Callable[[Expression], Value] | None) -> Type:
    if isinstance(expression, Name):
        if expression.name in _PRIMITIVES:
            return Primitive(expression.name)
        if expression.name == "any":
            return ANY_TYPE
        if expression.name in ("list", "map"):
            return Collection(expression.name, ANY_TYPE)
        raise EvaluationError(f"`{expression.name}` is no type", expression.span)
    if isinstance(expression, Call) and len(expression.arguments) == 1:
        argument = expression.arguments[0]
        if expression.name in _COLLECTIONS:
            return Collection(expression.name, _read(argument, evaluate))
        if expression.name == "tuple" and isinstance(argument, TupleItems):
            return TupleType(tuple(_read(item, evaluate) for item in argument.items))
        if expression.name == "object" and isinstance(argument, ObjectItems):
            return ObjectType(dict(_read_attribute(key, value, evaluate) for key, value in argument.items))
    raise EvaluationError("this is no type", expression.span)


def _read_attribute(
    key: Expression, value: Expression, evaluate: Callable[[Expression], Value] | None
) -> tuple[str, ObjectAttribute]:
    if not isinstance(key, Literal) or not isinstance(key.value, str):
        raise EvaluationError("the name of an attribute is required", key.span)
    if not isinstance(value, Call) or value.name != "optional":
        return key.value, ObjectAttribute(_read(value, evaluate))
    if len(value.arguments) not in (1, 2):
        raise EvaluationError("optional takes a type and a default", value.span)
    type_ = _read(value.arguments[0], evaluate)
    default: Value = None
    if len(value.arguments) == 2 and evaluate is not None:
        default = evaluate(value.arguments[1])
        try:
            convert(default, type_)
        except EvaluationError as error:
            raise EvaluationError(f"the default of {key.value}: {error.message}", value.span) from None
    return key.value, ObjectAttribute(type_, True, default)


# --- converting --------------------------------------------------------------------------------------------


def convert(value: Value, type: Type) -> Value:
    """``value`` as Terraform converts it for a variable of this type.

    Unknown values stay as they are; a choice is converted alternative by alternative. Raises
    :class:`EvaluationError` that names the part: ``.rules[0].id: a number is required, …``.
    """
    return _convert(value, type, "")


def _convert(value: Value, type_: Type, path: str) -> Value:
    if value is None or isinstance(type_, AnyType) or isinstance(value, (Unknown, Failed)):
        return value
    if isinstance(value, Wrapped):
        return distribute(lambda one: _convert(one, type_, path), value, call="convert")
    if isinstance(type_, Primitive):
        try:
            return _CONVERSIONS[type_.name](value)
        except EvaluationError as error:
            raise _wrong(path, error.message) from None
    if isinstance(type_, ObjectType):
        return _to_object(value, type_, path)
    if isinstance(type_, TupleType):
        return _to_tuple(value, type_, path)
    if type_.kind == "map":
        return _to_map(value, type_.element, path)
    return _to_sequence(value, type_, path)


def _to_object(value: Value, type_: ObjectType, path: str) -> Value:
    if isinstance(value, Referred):
        set_here = frozenset(value.to.names())
        given = {
            name: value.to.read(name)
            for name, attribute in type_.attributes.items()
            if not attribute.optional or name in set_here
        }
    elif isinstance(value, dict):
        given = value
    else:
        raise _wrong(path, f"an object is required, but this is {describe(value)}")
    result = Object((), _origin(value), False)
    for name, attribute in type_.attributes.items():
        here = f"{path}.{name}"
        if name in given and not (given[name] is None and attribute.optional):
            result[name] = _convert(given[name], attribute.type, here)
        elif attribute.optional:
            result[name] = _convert(attribute.default, attribute.type, here)
        else:
            raise _wrong(path, f'the attribute "{name}" is required')
    return result


def _to_tuple(value: Value, type_: TupleType, path: str) -> Value:
    items = _items(value, "a tuple", path)
    if len(items) != len(type_.elements):
        raise _wrong(path, f"a tuple of {len(type_.elements)} is required, but this has {len(items)}")
    pairs = zip(items, type_.elements, strict=True)
    return Tuple(
        (_convert(item, type_, f"{path}[{n}]") for n, (item, type_) in enumerate(pairs)), _origin(value), False
    )


def _to_map(value: Value, element: Type, path: str) -> Value:
    if isinstance(value, Referred):
        return value
    if not isinstance(value, dict):
        raise _wrong(path, f"a map is required, but this is {describe(value)}")
    names, items = list(value), list(value.values())
    if isinstance(element, AnyType):
        items = _unified(items, path, in_map=True)
    else:
        items = [_convert(item, element, f'{path}["{name}"]') for name, item in value.items()]
        if _holds_any(element):
            items = _unified(items, path, in_map=True)
    return Object(zip(names, items, strict=True), _origin(value), _collected(element, items))


def _to_sequence(value: Value, type_: Collection, path: str) -> Value:
    items = _items(value, f"a {type_.kind}", path)
    if isinstance(type_.element, AnyType):
        items = _unified(items, path)
    else:
        items = [_convert(item, type_.element, f"{path}[{n}]") for n, item in enumerate(items)]
        if _holds_any(type_.element):
            items = _unified(items, path)
    if type_.kind == "list":
        return Tuple(items, _origin(value), _collected(type_.element, items))
    exact = not isinstance(value, SetValue) or value.exact
    return as_marked_set(items, exact)


def _holds_any(type_: Type) -> bool:
    """Whether values of this type may still be of different types."""
    if isinstance(type_, Collection):
        return _holds_any(type_.element)
    if isinstance(type_, ObjectType):
        return any(_holds_any(attribute.type) for attribute in type_.attributes.values())
    if isinstance(type_, TupleType):
        return any(map(_holds_any, type_.elements))
    return isinstance(type_, AnyType)


def _collected(element: Type, items: list[Value]) -> Collected:
    if isinstance(element, Primitive):
        return element.name
    return collected(element_type(Tuple(items))) if isinstance(element, AnyType) and not is_huge(items) else True


def _items(value: Value, wanted: str, path: str) -> list[Value]:
    if isinstance(value, list):
        return value
    if isinstance(value, SetValue):
        return list(value.elements)
    raise _wrong(path, f"{wanted} is required, but this is {describe(value)}")


def _unified(items: list[Value], path: str, *, in_map: bool = False) -> list[Value]:
    try:
        return of_one_type(items, in_map=in_map)
    except EvaluationError as error:
        raise _wrong(path, error.message) from None


def as_marked_set(items: Sequence[Value], exact: bool = True) -> Value:
    """A set of ``items``. Elements of a set have no marks: theirs go to the whole."""
    marks, whole = marks_among(items)
    return with_marks(as_set(map(bare_throughout, items) if marks else items, exact), marks, whole)


def as_set(items: Iterable[Value], exact: bool = True) -> SetValue:
    """A set of ``items``: duplicates dropped, strings sorted by their characters, numbers by size."""
    kept: list[Value] = []
    seen: set[tuple[str, object]] = set()
    for item in items:
        characters = known(item)
        if characters is not None:
            key: tuple[str, object] = ("string", characters)
        elif isinstance(item, (bool, int, Decimal)):
            key = (type(item).__name__ if isinstance(item, bool) else "number", item)
        else:
            answers = [values_equal(item, other, same_type=True) for other in kept]
            if Truth.YES in answers:
                continue
            exact = exact and Truth.UNKNOWN not in answers
            kept.append(item)
            continue
        if key not in seen:
            seen.add(key)
            if any(values_equal(item, other) is Truth.UNKNOWN for other in kept if not _is_plain(other)):
                exact = False
            kept.append(item)
    return SetValue(tuple(sorted(kept, key=_order)), exact)


def _is_plain(value: Value) -> bool:
    return isinstance(value, (bool, int, Decimal)) or known(value) is not None


def _order(value: Value) -> tuple[int, str, Decimal]:
    characters = known(value)
    if characters is not None:
        return 0, characters, Decimal(0)
    if isinstance(value, (bool, int, Decimal)):
        return 0, "", Decimal(value)
    return 1, "", Decimal(0)


def _origin(value: Value) -> Span | None:
    return value.origin if isinstance(value, (Object, Tuple)) else None


def _wrong(path: str, message: str) -> EvaluationError:
    return EvaluationError(f"{path}: {message}" if path else message)
