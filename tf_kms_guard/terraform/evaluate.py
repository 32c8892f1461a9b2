"""Evaluating expressions: what Terraform would compute, with what is not known kept readable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from tf_kms_guard.terraform.calling import function_call
from tf_kms_guard.terraform.choices import choose, distribute
from tf_kms_guard.terraform.comprehensions import comprehension
from tf_kms_guard.terraform.conditionals import Branches
from tf_kms_guard.terraform.convert import map_key, to_bool
from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.diagnostics import CycleError, EvaluationError
from tf_kms_guard.terraform.evaluations import depends_on_more, evaluation_of
from tf_kms_guard.terraform.failures import attempt, without_failures
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.marks import NO_MARKS, marked_as, marks_among, with_marks
from tf_kms_guard.terraform.operators import binary, unary
from tf_kms_guard.terraform.scope import Scope
from tf_kms_guard.terraform.syntax import nodes
from tf_kms_guard.terraform.templates import template, template_for, template_if
from tf_kms_guard.terraform.traversal import attribute_of, elements, index_of
from tf_kms_guard.terraform.typed_nulls import same_types
from tf_kms_guard.terraform.unification import collection_of
from tf_kms_guard.terraform.values import (
    Failed,
    Marked,
    Object,
    Tuple,
    Value,
    Wrapped,
)
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located
from tf_kms_guard.values.unknown import Unknown


class Evaluator:
    """Evaluates the expressions of one scope; ``bindings`` are ``for`` variables, ``each``, ``count`` …"""

    __slots__ = ("bindings", "depth", "scope")

    def __init__(self, scope: Scope, bindings: Mapping[str, Value], depth: int = 0) -> None:
        """``depth`` counts the stand-ins (see ``conditionals``) inside one another."""
        self.scope = scope
        self.bindings = bindings
        self.depth = depth

    def evaluate(self, node: nodes.Expression) -> Value:
        """The value of an expression.

        Raises:
            EvaluationError: Terraform itself would refuse to evaluate it.
        """
        try:
            value = _METHODS[type(node)](self, node)
        except EvaluationError as error:
            error.span = error.span or node.span
            raise
        if isinstance(value, Marked) and value.whole:
            self.scope.keep_secret(value)
        return value

    def settled(self, node: nodes.Expression) -> Value:
        """The value of a whole argument: alternatives that Terraform would refuse cannot be the ones that hold."""
        return without_failures(self.evaluate(node))

    def binding(self, **names: Value) -> Evaluator:
        """An evaluator that knows some more names."""
        return Evaluator(self.scope, {**self.bindings, **names}, self.depth)

    def deeper(self) -> Evaluator:
        """The same, one stand-in further down."""
        return Evaluator(self.scope, self.bindings, self.depth + 1)

    def outside(self) -> Evaluator:
        """One for another expression of the same scope."""
        return Evaluator(self.scope, {}, self.depth)

    def _literal(self, node: nodes.Literal) -> Value:
        return Located(node.value, self.scope.placed(node.span)) if isinstance(node.value, str) else node.value

    def _name(self, node: nodes.Name) -> Value:
        if node.name in self.bindings:
            return self.bindings[node.name]
        return self.scope.resolve(node.name, node.span)

    def _get_attribute(self, node: nodes.GetAttribute) -> Value:
        return attribute_of(self.evaluate(node.source), node.name, node.span)

    def _index(self, node: nodes.Index) -> Value:
        value = index_of(self.evaluate(node.source), self.evaluate(node.key), node.span)
        if isinstance(value, Unknown) and value.shown is None and "#" in value.identity:
            return replace(value, shown=as_written(node))
        return value

    def _splat(self, node: nodes.Splat) -> Value:
        return self._each(node, self.evaluate(node.source))

    def _each(self, node: nodes.Splat, source: Value) -> Value:
        if isinstance(source, Wrapped):
            return distribute(lambda alternative: self._each(node, alternative), source)
        items = elements(source, node.span)
        if isinstance(items, list):
            each = (self.binding(**{"*": item}).evaluate(node.each) for item in items)
            return Tuple(each, node.span, collection_of(items) and True)
        if isinstance(items, Failed):
            return items
        if depends_on_more(node.each):
            return derived(evaluation_of("splat", node, self, items), items, origin=node.span)
        return derived(f"{identity_of(items)}[*]{as_written(node.each)}", items, origin=node.span)

    def with_pair(self, node: nodes.For | nodes.TemplateFor, key: Value, value: Value) -> Evaluator:
        """An evaluator for the inside of a ``for``."""
        return self.binding(**{node.value: value} | ({} if node.key is None else {node.key: key}))

    def _tuple(self, node: nodes.TupleItems) -> Value:
        return Tuple((self.settled(item) for item in node.items), node.span, False)

    def _object(self, node: nodes.ObjectItems) -> Value:
        return self.object_of(node, self.settled)

    def object_of(self, node: nodes.ObjectItems, settle: Callable[[nodes.Expression], Value]) -> Value:
        """An object as it is written, its values by ``settle``."""
        result = Object(origin=self.scope.placed(node.span), collection=False)
        marks = NO_MARKS
        for key_node, value_node in node.items:
            key = self.settled(key_node)
            if isinstance(key, Marked):
                marks, key = marks | key.marks, key.value
            name = map_key(key)
            if name is None:
                return with_marks(derived(evaluation_of("object", node, self, key), key, origin=node.span), marks)
            result[name] = settle(value_node)
        return with_marks(result, marks)

    def _conditional(self, node: nodes.Conditional) -> Value:
        branches = Branches(self, node)
        condition = self.evaluate(node.condition)
        return self.decide(condition, lambda: branches.value(True), lambda: branches.value(False), node.span)

    def decide(self, condition: Value, then: Callable[[], Value], otherwise: Callable[[], Value], span: Span) -> Value:
        """What a condition decides between; a choice where it is not known."""
        if isinstance(condition, Wrapped):
            return distribute(lambda outcome: self.decide(outcome, then, otherwise, span), condition)
        decided = to_bool(condition)
        if isinstance(decided, bool):
            return then() if decided else otherwise()
        if isinstance(decided, Failed):
            return decided
        if not isinstance(decided, Unknown):
            raise EvaluationError("a condition must be true or false", span)
        return choose(decided, [(True, attempt(then)), (False, attempt(otherwise))])

    def beside(self, value: Value, *others: nodes.Expression) -> Value:
        """``value`` with the marks of what Terraform evaluates too, though it does not decide."""
        if not self.scope.knows_secrets:
            return value
        for other in others:
            try:
                value = marked_as(value, self.evaluate(other))
            except (EvaluationError, CycleError):
                continue
        return value

    def _unary(self, node: nodes.Unary) -> Value:
        return unary(node.operator, self.evaluate(node.operand))

    def _binary(self, node: nodes.Binary) -> Value:
        left = self.evaluate(node.left)
        if node.operator in ("&&", "||") and left is (node.operator == "||"):
            return self.beside(left, node.right)
        right = self.evaluate(node.right)
        if node.operator in ("==", "!=") and not same_types(left, right, node, self):
            return with_marks(node.operator == "!=", *marks_among([left, right]))
        return binary(node.operator, left, right)


def as_written(node: nodes.Expression) -> str:
    """A reference as its author wrote it, as far as it consists of names and look-ups."""
    if isinstance(node, nodes.Name):
        return "" if node.name == "*" else node.name
    if isinstance(node, nodes.GetAttribute):
        return f"{as_written(node.source)}.{node.name}"
    if isinstance(node, nodes.Index):
        return f"{as_written(node.source)}[{as_written(node.key)}]"
    if isinstance(node, nodes.Literal):
        return f'"{node.value}"' if isinstance(node.value, str) else str(node.value)
    return "…"


_METHODS: Final[dict[type, Callable[[Evaluator, Any], Value]]] = {
    nodes.Literal: Evaluator._literal,
    nodes.Template: template,
    nodes.TemplateIf: template_if,
    nodes.TemplateFor: template_for,
    nodes.Name: Evaluator._name,
    nodes.GetAttribute: Evaluator._get_attribute,
    nodes.Index: Evaluator._index,
    nodes.Splat: Evaluator._splat,
    nodes.Call: function_call,
    nodes.Conditional: Evaluator._conditional,
    nodes.Unary: Evaluator._unary,
    nodes.Binary: Evaluator._binary,
    nodes.TupleItems: Evaluator._tuple,
    nodes.ObjectItems: Evaluator._object,
    nodes.For: comprehension,
}
