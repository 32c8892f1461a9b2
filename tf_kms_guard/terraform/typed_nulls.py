"""The types of nulls. Terraform's nulls have a type, ours have none: the expression that gave a null tells its type.

``true ? 1 : tostring(null)`` is ``"1"``, and ``coalesce(var.name, 1)`` is a string although ``var.name`` is null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tf_kms_guard.terraform.choices import distribute
from tf_kms_guard.terraform.containers import CONTAINERS, parts_of
from tf_kms_guard.terraform.conversion import as_type, common_type, converted
from tf_kms_guard.terraform.convert import map_key, to_bool
from tf_kms_guard.terraform.diagnostics import CycleError, EvaluationError
from tf_kms_guard.terraform.marks import bare, bare_throughout, marks_among, with_marks
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
    can_convert,
    collected,
    collection_of,
    may_be_one,
    overlaid,
    part_of,
    type_of,
    unify,
)
from tf_kms_guard.terraform.values import Choice, Failed, Marked, Object, SetValue, Tuple, Value
from tf_kms_guard.values.text import known

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
        if isinstance(current, CONTAINERS):
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
    if not isinstance(bare(left), (list, dict)) or not isinstance(bare(right), (list, dict)):
        return True
    if not has_null(left) or not has_null(right):
        return True
    return may_be_one(full_type(left, node.left, evaluator), full_type(right, node.right, evaluator))


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
_TOGETHER: Final = frozenset(("coalesce", "coalescelist", "lookup", "merge"))


def with_types(name: str, node: nodes.Call, arguments: list[Value], evaluator: Evaluator) -> list[Value]:
    """The arguments of a function that makes values one type, converted where only the types of nulls tell to what.

    Raises:
        EvaluationError: they can have no type in common.
    """
    if name not in _ELEMENTS_OF_EACH and name not in _TOGETHER and name not in _PLAIN:
        return arguments
    if len(arguments) != len(node.arguments) or not any(map(has_null, arguments)):
        return arguments
    if any(isinstance(bare(argument), (Choice, Failed)) for argument in arguments):
        return arguments
    types = [full_type(value, part, evaluator) for value, part in zip(arguments, node.arguments, strict=True)]
    if name == "coalescelist":
        if DYNAMIC in types:
            raise EvaluationError("coalescelist: every argument must be a list", node.span)
        return arguments
    if name == "lookup":
        if len(types) == 3 and isinstance(types[0], Elements) and not can_convert(types[2], types[0].type):
            raise EvaluationError("lookup: the default value must have the type of the map's elements", node.span)
        return arguments
    if name == "merge":
        place = types.index(DYNAMIC) if DYNAMIC in types else len(types)
        return [*arguments[:place], *map(_as_entries, arguments[place:])]
    if name == "coalesce":
        return _candidates(arguments, types)
    if bare(arguments[0]) is None and name in _CONVERSIONS and not can_convert(types[0], _CONVERSIONS[name]):
        raise EvaluationError(f"{name}: this null has a type that cannot be converted", node.span)
    return [_with_elements(value, type_, node) for value, type_ in zip(arguments, types, strict=True)]


def _as_entries(value: Value) -> Value:
    """An argument of ``merge`` after a null without type: Terraform takes whatever has texts for keys, or none."""
    if isinstance(value, SetValue) and value.exact and all(known(item) is not None for item in value):
        return Object(((str(known(item)), item) for item in value), None, False)
    return Object((), None, False) if isinstance(value, list) and not value else value


def _candidates(arguments: list[Value], types: Sequence[ValueType]) -> list[Value]:
    """What ``coalesce`` picks from, converted; nothing after what it surely picks."""
    try:
        type_ = unify(types)
    except Inconsistent:
        raise EvaluationError("coalesce: all arguments must have the same type") from None
    found: list[Value] = []
    for argument, own in zip(arguments, types, strict=True):
        found.append(as_type(argument, type_, own))
        if isinstance(bare(found[-1]), (list, dict, SetValue, bool, int)):
            break
    found[-1] = with_marks(found[-1], *marks_among(arguments[len(found) :]))
    return found


def _with_elements(value: Value, type_: ValueType, node: nodes.Call) -> Value:
    if isinstance(value, Marked):
        return distribute(lambda inner: _with_elements(inner, type_, node), value)
    try:
        if isinstance(value, list) and isinstance(type_, Parts):
            common = common_type(type_.types)
            origin = value.origin if isinstance(value, Tuple) else None
            return Tuple(converted(value, common, type_.types), origin, collected(common))
        if isinstance(value, dict) and isinstance(type_, Fields) and not collection_of(value):
            types = [part_of(type_, name) for name in value]
            common = common_type(types, in_map=True)
            origin = value.origin if isinstance(value, Object) else None
            items = converted(list(value.values()), common, types)
            return Object(zip(value, items, strict=True), origin, collected(common))
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
        try:
            return OPEN if reader is None or self.left < 0 else reader(self, node)
        except (EvaluationError, CycleError, Inconsistent):
            return OPEN

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
        return map_key(bare(self.evaluator.evaluate(node)))

    def _conditional(self, node: nodes.Conditional) -> ValueType:
        then, otherwise = self.read(node.then), self.read(node.otherwise)
        if DYNAMIC in (then, otherwise):
            return otherwise if then == DYNAMIC else then
        type_ = unify([then, otherwise])
        if type_ != OPEN:
            return type_
        condition = to_bool(self._value(node.condition)[0])
        return then if condition is True else otherwise if condition is False else OPEN

    def _attribute(self, node: nodes.GetAttribute) -> ValueType:
        source = node.source
        if isinstance(source, nodes.Name) and source.name not in self.evaluator.bindings:
            declared = self.evaluator.scope.declared(source.name, node.name)
            if isinstance(declared, (AnyType, Primitive, Collection, ObjectType, TupleType)):
                return constraint_type(declared)
            return OPEN if declared is None else self._elsewhere(declared)
        return part_of(self.read(source), node.name)

    def _elsewhere(self, node: nodes.Expression) -> ValueType:
        inside, self.evaluator = self.evaluator, self.evaluator.outside()
        try:
            return self.read(node)
        finally:
            self.evaluator = inside

    def _index(self, node: nodes.Index) -> ValueType:
        name = self._key(node.key)
        return OPEN if name is None else part_of(self.read(node.source), name)

    def _call(self, node: nodes.Call) -> ValueType:
        name = node.name.removeprefix("core::")
        if name in _PLAIN:
            return _PLAIN[name]
        reader = _CALLS.get(name)
        if reader is None or node.expand or not node.arguments:
            return OPEN
        return reader(self, node)

    def _value(self, node: nodes.Expression) -> tuple[Value, ValueType]:
        """An argument without marks, and its type; so little is left to look at that it may be evaluated again."""
        self.left -= _MOST_NODES // 20
        if self.left < 0:
            return None, OPEN
        value = bare_throughout(self.evaluator.evaluate(node))
        return value, overlaid(type_of(value), self.read(node))

    def _part_of(self, node: nodes.Call) -> ValueType:
        type_ = self.read(node.arguments[0])
        if isinstance(type_, Elements) or len(node.arguments) < 2:
            return part_of(type_, "0")
        name = self._key(node.arguments[1])
        return OPEN if name is None else part_of(type_, name)

    def _one(self, node: nodes.Call) -> ValueType:
        type_ = self.read(node.arguments[0])
        return DYNAMIC if isinstance(type_, Parts) and not type_.types else part_of(type_, "0")

    def _collection(self, node: nodes.Call) -> ValueType:
        type_, kind = self.read(node.arguments[0]), _KINDS[node.name.removeprefix("core::")]
        if isinstance(type_, Elements):
            return Elements(kind, type_.type)
        if isinstance(type_, Parts):
            return Elements(kind, common_type(type_.types) if type_.types else DYNAMIC)
        if isinstance(type_, Fields):
            types = tuple(type_.types.values())
            return Elements(kind, common_type(types, in_map=True) if types else DYNAMIC)
        return Elements(kind, OPEN)

    def _values(self, node: nodes.Call) -> ValueType:
        type_ = self.read(node.arguments[0])
        if isinstance(type_, Elements):
            return Elements("list", type_.type)
        return Parts(tuple(type_.types[name] for name in sorted(type_.types))) if isinstance(type_, Fields) else OPEN

    def _reverse(self, node: nodes.Call) -> ValueType:
        type_ = self.read(node.arguments[0])
        if isinstance(type_, Elements):
            return Elements("list", type_.type)
        return Parts(tuple(reversed(type_.types))) if isinstance(type_, Parts) else OPEN

    def _merge(self, node: nodes.Call) -> ValueType:
        merged: dict[str, ValueType] = {}
        types: list[ValueType] = []
        for argument in node.arguments:
            value, type_ = self._value(argument)
            types.append(type_)
            if isinstance(value, dict):
                merged.update({name: part_of(type_, name) for name in value})
        if all(isinstance(type_, Elements) and type_ == types[0] for type_ in types):
            return types[0]
        return Fields(merged)

    def _zipmap(self, node: nodes.Call) -> ValueType:
        names, _ = self._value(node.arguments[0])
        type_ = self.read(node.arguments[1])
        if isinstance(type_, Elements):
            return Elements("map", type_.type)
        if isinstance(names, list) and isinstance(type_, Parts) and len(names) == len(type_.types):
            return Fields({str(known(name)): part for name, part in zip(names, type_.types, strict=True)})
        return OPEN

    def _concat(self, node: nodes.Call) -> ValueType:
        pairs = [self._value(argument) for argument in node.arguments]
        if all(isinstance(type_, Elements) for _, type_ in pairs):
            return unify([type_ for _, type_ in pairs])
        return Parts(tuple(part for pair in pairs for part in _parts(*pair)))

    def _flatten(self, node: nodes.Call) -> ValueType:
        return Parts(tuple(_flat(*self._value(node.arguments[0]))))

    def _argument(self, node: nodes.Call) -> ValueType:
        return self.read(node.arguments[0])

    def _coalesce(self, node: nodes.Call) -> ValueType:
        return unify([self.read(argument) for argument in node.arguments])


def _parts(value: Value, type_: ValueType) -> Sequence[ValueType]:
    if isinstance(value, list):
        return [part_of(type_, str(place)) for place in range(len(value))]
    return [part_of(type_, "0")] * len(value.elements) if isinstance(value, SetValue) else []


def _flat(value: Value, type_: ValueType) -> Iterator[ValueType]:
    items = list(value) if isinstance(value, (list, SetValue)) else []
    for item, part in zip(items, _parts(value, type_), strict=True):
        if isinstance(item, (list, SetValue)):
            yield from _flat(item, part)
        else:
            yield part


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


_PLAIN: Final[Mapping[str, str]] = {"tostring": "string", "tonumber": "number", "tobool": "bool"}
_KINDS: Final[Mapping[str, str]] = {"tolist": "list", "toset": "set", "tomap": "map", "distinct": "list"}
_CALLS: Final[Mapping[str, Callable[[_Reader, nodes.Call], ValueType]]] = {
    **dict.fromkeys(_KINDS, _Reader._collection),
    **dict.fromkeys(("ephemeralasnull", "nonsensitive", "sensitive"), _Reader._argument),
    "coalesce": _Reader._coalesce,
    "concat": _Reader._concat,
    "element": _Reader._part_of,
    "flatten": _Reader._flatten,
    "lookup": _Reader._part_of,
    "merge": _Reader._merge,
    "one": _Reader._one,
    "reverse": _Reader._reverse,
    "values": _Reader._values,
    "zipmap": _Reader._zipmap,
}
_CONVERSIONS: Final[Mapping[str, ValueType]] = {
    **_PLAIN,
    **{name: Elements(kind, DYNAMIC) for name, kind in _KINDS.items()},
}
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
