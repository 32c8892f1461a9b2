"""The types of nulls. Terraform's nulls have a type, ours have none: the expression that gave a null tells its type.

``true ? 1 : tostring(null)`` is ``"1"``, and ``coalesce(var.name, 1)`` is a string although ``var.name`` is null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tf_kms_guard.terraform.containers import parts_of
from tf_kms_guard.terraform.diagnostics import CycleError, EvaluationError
from tf_kms_guard.terraform.syntax import nodes
from tf_kms_guard.terraform.types import (
    AnyType,
    Collection,
    ObjectType,
    Primitive,
    TupleType,
    Type,
)
from tf_kms_guard.terraform.unification import (
    DYNAMIC,
    OPEN,
    Elements,
    Fields,
    Inconsistent,
    Parts,
    ValueType,
    as_type,
    collected,
    collection_of,
    common_type,
    overlaid,
    type_of,
    unify,
)
from tf_kms_guard.terraform.values import Choice, Failed, Object, SetValue, Tuple, Value

if TYPE_CHECKING:
    from tf_kms_guard.terraform.evaluate import Evaluator

_MOST_PARTS: Final = 2_000
"""In larger values nulls are not looked for."""

_MOST_NODES: Final = 500


def has_null(value: Value) -> bool:
    """Whether there is a null in ``value``."""
    left = _MOST_PARTS
    todo: list[Value] = [value]
    while todo:
        current = todo.pop()
        if current is None:
            return True
        if isinstance(current, (list, dict, SetValue, Choice)):
            parts = parts_of(current)
            left -= len(parts)
            if left < 0:
                return False
            todo.extend(parts)
    return False


def full_type(value: Value, node: nodes.Expression, evaluator: Evaluator) -> ValueType:
    """The type of ``value``, which ``node`` gave, with the types of its nulls as far as the expression tells them."""
    return overlaid(type_of(value), _Reader(evaluator).read(node)) if has_null(value) else type_of(value)


def same_types(left: Value, right: Value, node: nodes.Binary, evaluator: Evaluator) -> bool:
    """Whether two equal lists or maps may be of one type: of nulls in them the types may differ."""
    if not isinstance(left, (list, dict)) or not isinstance(right, (list, dict)):
        return True
    if not has_null(left) or not has_null(right):
        return True
    return _may_be_one(full_type(left, node.left, evaluator), full_type(right, node.right, evaluator))


def _may_be_one(one: ValueType, other: ValueType) -> bool:
    if OPEN in (one, other):
        return True
    if isinstance(one, Elements) and isinstance(other, Elements):
        return one.kind == other.kind and _may_be_one(one.type, other.type)
    if isinstance(one, Fields) and isinstance(other, Fields):
        return one.types.keys() == other.types.keys() and all(
            _may_be_one(type_, other.types[name]) for name, type_ in one.types.items()
        )
    if isinstance(one, Parts) and isinstance(other, Parts):
        return len(one.types) == len(other.types) and all(map(_may_be_one, one.types, other.types))
    return one == other


# --- arguments of functions --------------------------------------------------------------------------------

_ELEMENTS_OF_EACH: Final = frozenset(
    (
        "chunklist",
        "distinct",
        "matchkeys",
        "setintersection",
        "setproduct",
        "setsubtract",
        "setunion",
        "tolist",
        "tomap",
        "toset",
    )
)
_TOGETHER: Final = frozenset(("coalesce", "coalescelist"))


def with_types(name: str, node: nodes.Call, arguments: list[Value], evaluator: Evaluator) -> list[Value]:
    """The arguments of a function that makes values one type, converted where only the types of nulls tell to what.

    Raises:
        EvaluationError: they can have no type in common.
    """
    if name not in _ELEMENTS_OF_EACH and name not in _TOGETHER:
        return arguments
    if len(arguments) != len(node.arguments) or not any(map(has_null, arguments)):
        return arguments
    if any(isinstance(argument, (Choice, Failed)) for argument in arguments):
        return arguments
    types = [full_type(value, part, evaluator) for value, part in zip(arguments, node.arguments, strict=True)]
    if name == "coalescelist":
        if DYNAMIC in types:
            raise EvaluationError("coalescelist: every argument must be a list", node.span)
        return arguments
    if name == "coalesce":
        return _of_one_type(arguments, types)
    return [_with_elements(value, type_, node) for value, type_ in zip(arguments, types, strict=True)]


def _of_one_type(arguments: list[Value], types: Sequence[ValueType]) -> list[Value]:
    try:
        type_ = unify(types)
    except Inconsistent:
        raise EvaluationError("coalesce: all arguments must have the same type") from None
    return [as_type(argument, type_) for argument in arguments]


def _with_elements(value: Value, type_: ValueType, node: nodes.Call) -> Value:
    try:
        if isinstance(value, list) and isinstance(type_, Parts):
            common = common_type(type_.types)
            origin = value.origin if isinstance(value, Tuple) else None
            return Tuple((as_type(item, common) for item in value), origin, collected(common))
        if isinstance(value, dict) and isinstance(type_, Fields) and not collection_of(value):
            common = common_type(tuple(type_.types.values()), in_map=True)
            origin = value.origin if isinstance(value, Object) else None
            return Object({key: as_type(item, common) for key, item in value.items()}, origin, collected(common))
    except EvaluationError as error:
        raise EvaluationError(f"{node.name}: {error.message}", node.span) from None
    return value


# --- what an expression says of the type of its value -------------------------------------------------------


class _Reader:
    """Reads the types that expressions have whatever their values are."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.left = _MOST_NODES

    def read(self, node: nodes.Expression) -> ValueType:
        self.left -= 1
        reader = _READERS.get(type(node))
        return OPEN if reader is None or self.left < 0 else reader(self, node)

    def _literal(self, node: nodes.Literal) -> ValueType:
        return DYNAMIC if node.value is None else type_of(node.value)

    def _template(self, node: nodes.Template) -> ValueType:
        return self.read(node.parts[0]) if node.bare else "string"

    def _operation(self, node: nodes.Binary | nodes.Unary) -> ValueType:
        return "number" if node.operator in "+-*/%" else "bool"

    def _tuple(self, node: nodes.TupleItems) -> ValueType:
        return Parts(tuple(map(self.read, node.items)))

    def _object(self, node: nodes.ObjectItems) -> ValueType:
        types: dict[str, ValueType] = {}
        for key, value in node.items:
            name = self._key(key)
            if name is None:
                return OPEN
            types[name] = self.read(value)
        return Fields(types)

    def _key(self, node: nodes.Expression) -> str | None:
        from tf_kms_guard.terraform.evaluate import map_key

        try:
            return map_key(self.evaluator.evaluate(node))
        except (EvaluationError, CycleError):
            return None

    def _conditional(self, node: nodes.Conditional) -> ValueType:
        try:
            return unify([self.read(node.then), self.read(node.otherwise)])
        except Inconsistent:
            return OPEN

    def _attribute(self, node: nodes.GetAttribute) -> ValueType:
        source = node.source
        if isinstance(source, nodes.Name) and source.name not in self.evaluator.bindings:
            declared = self.evaluator.scope.declared(source.name, node.name)
            if isinstance(declared, (AnyType, Primitive, Collection, ObjectType, TupleType)):
                return constraint_type(declared)
            return OPEN if declared is None else self._elsewhere(declared)
        return _part(self.read(source), node.name)

    def _elsewhere(self, node: nodes.Expression) -> ValueType:
        inside, self.evaluator = self.evaluator, self.evaluator.outside()
        try:
            return self.read(node)
        finally:
            self.evaluator = inside

    def _index(self, node: nodes.Index) -> ValueType:
        name = self._key(node.key)
        return OPEN if name is None else _part(self.read(node.source), name)

    def _call(self, node: nodes.Call) -> ValueType:
        name = node.name.removeprefix("core::")
        if name in _PLAIN:
            return _PLAIN[name]
        if node.expand or not node.arguments:
            return OPEN
        first = self.read(node.arguments[0])
        if name in ("element", "lookup", "one") and isinstance(first, Elements):
            return first.type
        if name in _KINDS:
            return Elements(_KINDS[name], first.type if isinstance(first, Elements) else OPEN)
        return OPEN


def constraint_type(type_: Type) -> ValueType:
    """The type of values that fit a type constraint."""
    if isinstance(type_, Primitive):
        return type_.name
    if isinstance(type_, Collection):
        return Elements(type_.kind, constraint_type(type_.element))
    if isinstance(type_, ObjectType):
        return Fields({name: constraint_type(attribute.type) for name, attribute in type_.attributes.items()})
    if isinstance(type_, TupleType):
        return Parts(tuple(map(constraint_type, type_.elements)))
    return OPEN


def _part(type_: ValueType, name: str) -> ValueType:
    if isinstance(type_, Fields):
        return type_.types.get(name, OPEN)
    if isinstance(type_, Elements):
        return type_.type
    if isinstance(type_, Parts) and name.isdecimal() and int(name) < len(type_.types):
        return type_.types[int(name)]
    return OPEN


_PLAIN: Final[Mapping[str, str]] = {"tostring": "string", "tonumber": "number", "tobool": "bool"}
_KINDS: Final[Mapping[str, str]] = {"tolist": "list", "toset": "set", "tomap": "map"}
_READERS: Final[Mapping[type, Callable[[_Reader, Any], ValueType]]] = {
    nodes.Literal: _Reader._literal,
    nodes.Template: _Reader._template,
    nodes.Binary: _Reader._operation,
    nodes.Unary: _Reader._operation,
    nodes.TupleItems: _Reader._tuple,
    nodes.ObjectItems: _Reader._object,
    nodes.Conditional: _Reader._conditional,
    nodes.GetAttribute: _Reader._attribute,
    nodes.Index: _Reader._index,
    nodes.Call: _Reader._call,
}
