"""The branches of a conditional: the one that holds has the type that both have in common.

So Terraform evaluates both, and only errors in the branch that holds count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tf_kms_guard.terraform.branches import agreed
from tf_kms_guard.terraform.convert import map_key, to_bool
from tf_kms_guard.terraform.diagnostics import CycleError, EvaluationError
from tf_kms_guard.terraform.marks import bare, marked_as
from tf_kms_guard.terraform.syntax import nodes
from tf_kms_guard.terraform.typed_nulls import full_type, has_null
from tf_kms_guard.terraform.values import Failed, Object, Referred, Tuple, Value
from tf_kms_guard.values.text import Text
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.evaluate import Evaluator

_DEEPEST: Final = 3
"""In stand-ins nested deeper than this, conversions are left out: looking into each twice takes 2ⁿ steps."""

_FILE_FUNCTIONS: Final = frozenset(
    (
        "file",
        "fileexists",
        "fileset",
        "filebase64",
        "filebase64sha256",
        "filebase64sha512",
        "filemd5",
        "filesha1",
        "filesha256",
        "filesha512",
        "templatefile",
    )
)


class Branches:
    """The two branches of one conditional, each evaluated at most once."""

    __slots__ = ("_made", "evaluator", "node")

    def __init__(self, evaluator: Evaluator, node: nodes.Conditional) -> None:
        self.evaluator = evaluator
        self.node = node
        self._made: dict[bool, Value | EvaluationError | CycleError] = {}

    def value(self, which: bool) -> Value:
        """The branch that holds, converted to the type that both have in common, with the marks of both.

        Raises:
            EvaluationError: it cannot be evaluated, or the two can have no type in common.
        """
        other = self.node.otherwise if which else self.node.then
        value = self._converted(which, other)
        if not self.evaluator.scope.knows_secrets or reads_files(other):
            return value
        beside = self._evaluated(not which)
        return value if isinstance(beside, (EvaluationError, CycleError)) else marked_as(value, beside)

    def _converted(self, which: bool, other: nodes.Expression) -> Value:
        value = self._evaluated(which)
        if isinstance(value, (EvaluationError, CycleError)):
            raise value
        if isinstance(value, (Unknown, Failed, Referred)) or reads_files(other):
            return value
        if isinstance(value, (str, Text)) and isinstance(other, (nodes.Literal, nodes.Template)):
            return value
        if self.evaluator.depth > _DEEPEST:
            return value
        beside = self._evaluated(not which)
        if isinstance(beside, (EvaluationError, CycleError)):
            beside = _in_place_of(other, self.evaluator.deeper())
        if has_null(value) or has_null(beside):
            chosen = self.node.then if which else self.node.otherwise
            pairs = ((value, chosen), (beside, other))
            return agreed(value, beside, [full_type(*pair, self.evaluator) for pair in pairs])
        return agreed(value, beside)

    def _evaluated(self, which: bool) -> Value | EvaluationError | CycleError:
        if which not in self._made:
            try:
                self._made[which] = self.evaluator.evaluate(self.node.then if which else self.node.otherwise)
            except (EvaluationError, CycleError) as error:
                self._made[which] = error
        return self._made[which]


def stand_in(node: nodes.Expression, evaluator: Evaluator) -> Value:
    """A value of the type that ``node`` has even where it cannot be evaluated."""
    try:
        return evaluator.evaluate(node)
    except (EvaluationError, CycleError):
        return _in_place_of(node, evaluator)


def _in_place_of(node: nodes.Expression, evaluator: Evaluator) -> Value:
    """What stands for an expression that cannot be evaluated: Terraform still knows its type as far as it is clear."""
    if isinstance(node, nodes.Template) and not node.bare:
        return ""
    if isinstance(node, (nodes.Binary, nodes.Unary)):
        return 0 if node.operator in "+-*/%" else False
    if isinstance(node, nodes.Splat):
        return Tuple((), node.span, True)
    if isinstance(node, nodes.Conditional) and isinstance(node.then, nodes.Template):
        return _in_place_of(node.then, evaluator)
    if evaluator.depth <= _DEEPEST:
        if isinstance(node, nodes.TupleItems):
            return Tuple((stand_in(item, evaluator.deeper()) for item in node.items), node.span, False)
        try:
            if isinstance(node, nodes.ObjectItems):
                return evaluator.object_of(node, lambda item: stand_in(item, evaluator.deeper()))
            if isinstance(node, nodes.For):
                return _elements_until_refused(node, evaluator.deeper())
        except (EvaluationError, CycleError):
            pass
    return Unknown(f"{node.span} cannot be evaluated", "it cannot be evaluated", origin=node.span)


def _elements_until_refused(node: nodes.For, evaluator: Evaluator) -> Value:
    """What Terraform makes of a ``for`` before it refuses an element: elements of the same types."""
    from tf_kms_guard.terraform.comprehensions import pairs_of

    pairs = pairs_of(bare(stand_in(node.collection, evaluator)), node.span)
    if pairs is None:
        raise EvaluationError("the elements are not known", node.span)
    items: list[Value] = []
    result = Object((), node.span, False)
    for key, value in pairs:
        inner = evaluator.with_pair(node, key, value)
        included = True if node.condition is None else bare(to_bool(inner.evaluate(node.condition)))
        if included is None:
            raise EvaluationError("the condition of a for expression must not be null", node.span)
        if included is False:
            continue
        if node.key_expression is None:
            items.append(stand_in(node.value_expression, inner))
            continue
        name = map_key(bare(inner.evaluate(node.key_expression)))
        if name is not None and name not in result:
            item = stand_in(node.value_expression, inner)
            result[name] = Tuple([item], node.span, False) if node.grouped else item
    return Tuple(items, node.span, False) if node.key_expression is None else result


def reads_files(node: nodes.Expression) -> bool:
    """Whether a file is read in ``node``: what is not needed is not even looked for."""
    todo: list[object] = [node]
    while todo:
        current = todo.pop()
        if isinstance(current, nodes.Call) and current.name.removeprefix("core::") in _FILE_FUNCTIONS:
            return True
        if isinstance(current, tuple):
            todo.extend(current)
        elif isinstance(current, nodes.NODES):
            todo.extend(getattr(current, name) for name in current.__struct_fields__)
    return False
