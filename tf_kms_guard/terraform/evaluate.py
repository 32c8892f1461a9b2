"""Evaluating expressions: what Terraform would compute, with what is not known kept readable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from msgspec.structs import replace

from tf_kms_guard.terraform.assumable import Assumable
from tf_kms_guard.terraform.branches import marked
from tf_kms_guard.terraform.choices import choose, distribute
from tf_kms_guard.terraform.conditionals import Branches, stand_in
from tf_kms_guard.terraform.convert import to_bool, to_string
from tf_kms_guard.terraform.derived import derived, unknowns_in
from tf_kms_guard.terraform.diagnostics import CycleError, EvaluationError
from tf_kms_guard.terraform.evaluations import depends_on_more, evaluation_of
from tf_kms_guard.terraform.failures import attempt, has_failures, instead_of_failures, without_failures
from tf_kms_guard.terraform.functions import CallContext, call
from tf_kms_guard.terraform.functions.registry import MOST_CHARACTERS
from tf_kms_guard.terraform.identity import call_identity, identity_of
from tf_kms_guard.terraform.marks import MASK, NO_MARKS, bare, composed_of, marked_as, marks_among, with_marks
from tf_kms_guard.terraform.operators import binary, unary
from tf_kms_guard.terraform.syntax import nodes
from tf_kms_guard.terraform.traversal import attribute_of, elements, index_of
from tf_kms_guard.terraform.typed_nulls import same_types, with_types
from tf_kms_guard.terraform.types import Type
from tf_kms_guard.terraform.unification import collection_of
from tf_kms_guard.terraform.values import (
    MOST_ALTERNATIVES,
    Failed,
    Marked,
    Object,
    Referred,
    SetValue,
    Tuple,
    UnknownKey,
    Value,
    Wrapped,
)
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, Text, TextLike, join_text, known, pieces_of
from tf_kms_guard.values.unknown import Unknown


class Scope(Protocol):
    """Where names mean something: one module instance."""

    def resolve(self, name: str, span: Span) -> Value:
        """The value of the root of a reference (``var``, ``local``, ``aws_kms_key`` …)."""

    def call_context(self, span: Span) -> CallContext:
        """What functions need to know of the place where they are called."""

    def placed(self, span: Span) -> Span:
        """A place in the scope's code, with the module calls that lead there."""

    def keep_secret(self, value: Value, shown: str = MASK) -> None:
        """Take note that no output may show a value; ``shown`` is what may stand in its place."""

    @property
    def path(self) -> str:
        """The address of the module instance; empty for the root."""

    @property
    def knows_secrets(self) -> bool:
        """Whether there may be any marked values at all."""

    def declared(self, space: str, name: str) -> Type | nodes.Expression | None:
        """The type constraint of a variable, or the expression of a local value."""


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

    def _template(self, node: nodes.Template) -> Value:
        if node.bare:
            return self.evaluate(node.parts[0])
        return self._concatenated(node.parts)

    def _concatenated(self, parts: Iterable[nodes.Expression]) -> Value:
        values: list[Value] = [to_string(self.evaluate(part)) for part in parts]
        if any(isinstance(value, (Wrapped, Failed)) for value in values):
            return self._composed(distribute(lambda *alternatives: _joined(alternatives), *values), values)
        return _joined(values)

    def _composed(self, text: Value, parts: list[Value]) -> Value:
        """A text of which the marked ones of ``parts`` are secret: it is noted what may be shown of it."""
        if not isinstance(text, Marked):
            return text
        for secret, shown in composed_of(parts):
            self.scope.keep_secret(secret, shown)
        return Marked(text.value, text.marks, whole=False)

    def _template_if(self, node: nodes.TemplateIf) -> Value:
        return self._decide(
            self.evaluate(node.condition),
            lambda: self._beside(self._concatenated(node.then), *node.otherwise),
            lambda: self._beside(self._concatenated(node.otherwise), *node.then),
            node.span,
        )

    def _template_for(self, node: nodes.TemplateFor) -> Value:
        def run(collection: Value) -> Value:
            if isinstance(collection, Wrapped):
                return distribute(run, collection)
            pairs = pairs_of(collection, node.span)
            if pairs is None:
                return derived(evaluation_of("for", node, self, collection), collection, origin=node.span)
            texts = [self.with_pair(node, k, v)._concatenated(node.body) for k, v in pairs]
            return distribute(lambda *alternatives: _joined(alternatives), *texts) if texts else ""

        return run(self.evaluate(node.collection))

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

    def _for(self, node: nodes.For) -> Value:
        collection = self.evaluate(node.collection)
        if isinstance(collection, Wrapped):
            return distribute(lambda alternative: self._comprehension(node, alternative), collection)
        return self._comprehension(node, collection)

    def _comprehension(self, node: nodes.For, collection: Value) -> Value:
        if isinstance(collection, Failed):
            return collection
        pairs = pairs_of(collection, node.span)

        def opaque() -> Unknown:
            return derived(evaluation_of("for", node, self, collection), collection, origin=node.span)

        if pairs is None:
            return opaque()
        if not pairs and node.condition is not None:
            # Terraform tries the condition once, to see whether it is one.
            tried = stand_in(node.condition, self.with_pair(node, opaque(), opaque()).deeper())
            _refuse_null(bare(to_bool(tried)), node.span)
        kept: list[tuple[Value, Value, Value]] = []
        marks = NO_MARKS
        for key, value in pairs:
            inner = self.with_pair(node, key, value)
            included: Value = True if node.condition is None else to_bool(inner.settled(node.condition))
            if isinstance(included, Marked):
                marks, included = marks | included.marks, included.value
            _refuse_null(included, node.span)
            if included is not False:
                name = None if node.key_expression is None else inner.settled(node.key_expression)
                if isinstance(name, Marked):
                    marks, name = marks | name.marks, name.value
                kept.append((included, name, inner.settled(node.value_expression)))
        return with_marks(_assembled(node, kept, opaque), marks)

    def _conditional(self, node: nodes.Conditional) -> Value:
        branches = Branches(self, node)
        condition = self.evaluate(node.condition)
        return self._decide(condition, lambda: branches.value(True), lambda: branches.value(False), node.span)

    def _decide(self, condition: Value, then: Callable[[], Value], otherwise: Callable[[], Value], span: Span) -> Value:
        if isinstance(condition, Wrapped):
            return distribute(lambda outcome: self._decide(outcome, then, otherwise, span), condition)
        decided = to_bool(condition)
        if isinstance(decided, bool):
            return then() if decided else otherwise()
        if isinstance(decided, Failed):
            return decided
        if not isinstance(decided, Unknown):
            raise EvaluationError("a condition must be true or false", span)
        return choose(decided, [(True, attempt(then)), (False, attempt(otherwise))])

    def _beside(self, value: Value, *others: nodes.Expression) -> Value:
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
            return self._beside(left, node.right)
        right = self.evaluate(node.right)
        if node.operator in ("==", "!=") and not same_types(left, right, node, self):
            return with_marks(node.operator == "!=", *marks_among([left, right]))
        return binary(node.operator, left, right)

    def _call(self, node: nodes.Call) -> Value:
        name = node.name.removeprefix("core::")
        if name in ("try", "can"):
            if node.expand:
                return Unknown(evaluation_of(name, node, self), f"{name} is not followed through ...", origin=node.span)
            return self._try(node) if name == "try" else self._can(node)
        arguments = [self.evaluate(argument) for argument in node.arguments]
        if node.expand and arguments:
            last = arguments.pop()
            if isinstance(last, Wrapped):
                return distribute(lambda tail: self._expanded(node, name, arguments, tail), last)
            return self._expanded(node, name, arguments, last)
        return self._called(node, name, with_types(name, node, arguments, self))

    def _called(self, node: nodes.Call, name: str, arguments: list[Value]) -> Value:
        result = call(name, arguments, self.scope.call_context(node.span))
        if isinstance(result, Marked):
            collected = marked(name, [bare(argument) for argument in arguments], result.value)
            return Marked(collected, result.marks, result.whole)
        return marked(name, arguments, result)

    def _expanded(self, node: nodes.Call, name: str, arguments: list[Value], tail: Value) -> Value:
        if isinstance(tail, SetValue):
            tail = Tuple(tail.elements)
        if isinstance(tail, list):
            return self._called(node, name, [*arguments, *tail])
        if isinstance(tail, Failed):
            return tail
        if isinstance(tail, Unknown):
            spelled = ", ".join(identity_of(value) for value in [*arguments, tail])
            return derived(f"{name}({spelled}...)", tail, origin=node.span)
        raise EvaluationError("only a list can be expanded into arguments with ...", node.span)

    def _try(self, node: nodes.Call) -> Value:
        pending: Value = Failed("no argument of try can be evaluated", node.span)
        for argument in node.arguments:
            try:
                value = self.evaluate(argument)
            except EvaluationError:
                continue
            pending = instead_of_failures(pending, value)
            if not has_failures(pending):
                return pending
        if isinstance(pending, Failed):
            raise EvaluationError(pending.message, node.span)
        return pending

    def _can(self, node: nodes.Call) -> Value:
        if len(node.arguments) != 1:
            raise EvaluationError("can takes one argument", node.span)
        try:
            value = self.evaluate(node.arguments[0])
        except EvaluationError:
            return False
        return distribute(lambda alternative: _succeeds(alternative, node), bare(value))


def _succeeds(value: Value, node: nodes.Call) -> Value:
    """Whether ``can`` is true: what depends on a free value may yet turn out to be refused."""
    if isinstance(value, Failed):
        return False
    free = next((unknown for unknown in unknowns_in(value) if not unknown.minted), None)
    return True if free is None else derived(f"can({identity_of(value)})", free, origin=node.span)


def map_key(key: Value) -> str | None:
    """The key under which an object holds something; ``None`` when it cannot be told at all."""
    text = to_string(key)
    if text is None:
        raise EvaluationError("a key must not be null")
    characters = known(text)
    if characters is not None:
        return text if isinstance(text, str) else characters
    return UnknownKey(text) if isinstance(text, (Text, Unknown)) else None


def _joined(values: Iterable[Value]) -> Value:
    texts: list[TextLike] = []
    length = 0
    for value in values:
        if isinstance(value, Failed):
            return value
        if not isinstance(value, (str, Text, Unknown)):
            raise EvaluationError("null cannot stand in a string")
        texts.append(value)
        length += sum(len(piece) for piece in pieces_of(value) if isinstance(piece, str)) + 1
        if length > MOST_CHARACTERS:
            return derived(call_identity("join", texts), *texts, because="this text is too long to be followed")
    return join_text(texts)


def pairs_of(collection: Value, span: Span) -> list[tuple[Value, Value]] | None:
    """Keys and values that a ``for`` runs over; ``None`` when they are not known."""
    if isinstance(collection, dict):
        if any(isinstance(key, UnknownKey) for key in collection):
            return None
        return [(key, collection[key]) for key in sorted(collection)]
    if isinstance(collection, list):
        return list(enumerate(collection))
    if isinstance(collection, SetValue):
        return [(element, element) for element in collection] if collection.exact else None
    if isinstance(collection, Referred) and isinstance(collection.to, Assumable):
        return None
    if isinstance(collection, Referred):
        return [(name, collection.to.read(name)) for name in sorted(collection.to.names())]
    if isinstance(collection, Unknown):
        return None
    raise EvaluationError("a for expression needs a list, set, map or object", span)


def _refuse_null(condition: Value, span: Span) -> None:
    if condition is None:
        raise EvaluationError("the condition of a for expression must not be null", span)


def _assembled(node: nodes.For, kept: list[tuple[Value, Value, Value]], opaque: Callable[[], Unknown]) -> Value:
    """The list or object that a comprehension makes; an element that may be left out makes a choice."""
    if all(included is True for included, _, _ in kept) and node.key_expression is None:
        return Tuple((value for _, _, value in kept), node.span, False)
    open_conditions = sum(included is not True for included, _, _ in kept)
    if 2**open_conditions > MOST_ALTERNATIVES:
        return opaque()
    is_list = node.key_expression is None
    result: Value = Tuple((), node.span, False) if is_list else Object((), node.span, False)
    for included, name, value in kept:

        def added(base: Value, include: Value, name: Value = name, value: Value = value) -> Value:
            if include is False or not isinstance(base, (list, dict)):
                return base
            if isinstance(base, list):
                return Tuple([*base, value], node.span, False)
            return _with_entry(node, base, name, value, opaque)

        if included is True:
            result = (
                distribute(lambda base: added(base, True), result)
                if isinstance(result, Wrapped)
                else added(result, True)
            )
            continue
        if isinstance(included, Unknown):
            included = choose(included, [(True, True), (False, False)])
        result = distribute(added, result, included)
    return result


def _with_entry(
    node: nodes.For, base: dict[str, Value], name: Value, value: Value, opaque: Callable[[], Unknown]
) -> Value:
    key = map_key(name)
    if key is None:
        return derived(opaque().identity, name, origin=node.span)
    if node.grouped:
        previous = base.get(key)
        group = Tuple([*(previous if isinstance(previous, list) else ()), value], None, False)
        return Object({**base, key: group}, node.span, False)
    if key in base:
        raise EvaluationError(f"two elements of this for expression have the key {key}", node.span)
    return Object({**base, key: value}, node.span, False)


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
    nodes.Template: Evaluator._template,
    nodes.TemplateIf: Evaluator._template_if,
    nodes.TemplateFor: Evaluator._template_for,
    nodes.Name: Evaluator._name,
    nodes.GetAttribute: Evaluator._get_attribute,
    nodes.Index: Evaluator._index,
    nodes.Splat: Evaluator._splat,
    nodes.Call: Evaluator._call,
    nodes.Conditional: Evaluator._conditional,
    nodes.Unary: Evaluator._unary,
    nodes.Binary: Evaluator._binary,
    nodes.TupleItems: Evaluator._tuple,
    nodes.ObjectItems: Evaluator._object,
    nodes.For: Evaluator._for,
}
