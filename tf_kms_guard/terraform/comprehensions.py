"""``for`` expressions: lists and objects made of the elements of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tf_kms_guard.terraform.assumable import Assumable
from tf_kms_guard.terraform.choices import choose, distribute
from tf_kms_guard.terraform.conditionals import stand_in
from tf_kms_guard.terraform.convert import map_key, to_bool
from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.evaluations import evaluation_of
from tf_kms_guard.terraform.marks import NO_MARKS, bare, with_marks
from tf_kms_guard.terraform.scope import TOO_MUCH
from tf_kms_guard.terraform.syntax import nodes
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
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.evaluate import Evaluator


def comprehension(evaluator: Evaluator, node: nodes.For) -> Value:
    """The list or object that a ``for`` makes."""
    collection = evaluator.evaluate(node.collection)
    if isinstance(collection, Wrapped):
        return distribute(lambda alternative: _over(evaluator, node, alternative), collection)
    return _over(evaluator, node, collection)


def _over(evaluator: Evaluator, node: nodes.For, collection: Value) -> Value:
    if isinstance(collection, Failed):
        return collection
    pairs = pairs_of(collection, node.span)

    has_room = evaluator.scope.take(len(pairs or ()))

    def opaque() -> Unknown:
        because = None if has_room else TOO_MUCH
        return derived(evaluation_of("for", node, evaluator, collection), collection, because=because, origin=node.span)

    if pairs is None or not has_room:
        return opaque()
    if not pairs and node.condition is not None:
        # Terraform tries the condition once, to see whether it is one.
        tried = stand_in(node.condition, evaluator.with_pair(node, opaque(), opaque()).deeper())
        _refuse_null(bare(to_bool(tried)), node.span)
    kept: list[tuple[Value, Value, Value]] = []
    marks = NO_MARKS
    for key, value in pairs:
        inner = evaluator.with_pair(node, key, value)
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
