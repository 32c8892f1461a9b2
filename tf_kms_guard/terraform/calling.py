"""Calls of functions in expressions; ``try`` and ``can``, which look at whether their arguments can be evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tf_kms_guard.terraform.choices import distribute
from tf_kms_guard.terraform.collection_results import with_collection
from tf_kms_guard.terraform.derived import derived, unknowns_in
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.evaluations import evaluation_of
from tf_kms_guard.terraform.failures import has_failures, instead_of_failures
from tf_kms_guard.terraform.functions import call
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.marks import bare
from tf_kms_guard.terraform.scope import TOO_MUCH
from tf_kms_guard.terraform.syntax import nodes
from tf_kms_guard.terraform.typed_nulls import with_types
from tf_kms_guard.terraform.values import Failed, Marked, SetValue, Tuple, Value, Wrapped
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.evaluate import Evaluator


def function_call(evaluator: Evaluator, node: nodes.Call) -> Value:
    """What a call of a function gives."""
    name = node.name.removeprefix("core::")
    if name in ("try", "can"):
        if node.expand:
            identity = evaluation_of(name, node, evaluator)
            return Unknown(identity, f"{name} is not followed through ...", origin=node.span)
        return _try(evaluator, node) if name == "try" else _can(evaluator, node)
    arguments = [evaluator.evaluate(argument) for argument in node.arguments]
    if node.expand and arguments:
        last = arguments.pop()
        if isinstance(last, Wrapped):
            return distribute(lambda tail: _expanded(evaluator, node, name, arguments, tail), last)
        return _expanded(evaluator, node, name, arguments, last)
    return _called(evaluator, node, name, with_types(name, node, arguments, evaluator))


def _called(evaluator: Evaluator, node: nodes.Call, name: str, arguments: list[Value]) -> Value:
    result = call(name, arguments, evaluator.scope.call_context(node.span))
    if isinstance(result, (list, dict)) and not evaluator.scope.take(len(result)):
        return Unknown(evaluation_of(name, node, evaluator, *arguments), TOO_MUCH, origin=node.span)
    if isinstance(result, Marked):
        collected = with_collection(name, [bare(argument) for argument in arguments], result.value)
        return Marked(collected, result.marks, result.whole)
    return with_collection(name, arguments, result)


def _expanded(evaluator: Evaluator, node: nodes.Call, name: str, arguments: list[Value], tail: Value) -> Value:
    if isinstance(tail, SetValue):
        tail = Tuple(tail.elements)
    if isinstance(tail, list):
        return _called(evaluator, node, name, [*arguments, *tail])
    if isinstance(tail, Failed):
        return tail
    if isinstance(tail, Unknown):
        spelled = ", ".join(identity_of(value) for value in [*arguments, tail])
        return derived(f"{name}({spelled}...)", tail, origin=node.span)
    raise EvaluationError("only a list can be expanded into arguments with ...", node.span)


def _try(evaluator: Evaluator, node: nodes.Call) -> Value:
    pending: Value = Failed("no argument of try can be evaluated", node.span)
    for argument in node.arguments:
        try:
            value = evaluator.evaluate(argument)
        except EvaluationError:
            continue
        pending = instead_of_failures(pending, value)
        if not has_failures(pending):
            return pending
    if isinstance(pending, Failed):
        raise EvaluationError(pending.message, node.span)
    return pending


def _can(evaluator: Evaluator, node: nodes.Call) -> Value:
    if len(node.arguments) != 1:
        raise EvaluationError("can takes one argument", node.span)
    try:
        value = evaluator.evaluate(node.arguments[0])
    except EvaluationError:
        return False
    return distribute(lambda alternative: _succeeds(alternative, node), bare(value))


def _succeeds(value: Value, node: nodes.Call) -> Value:
    """Whether ``can`` is true: what depends on a free value may yet turn out to be refused."""
    if isinstance(value, Failed):
        return False
    free = next((unknown for unknown in unknowns_in(value) if not unknown.minted), None)
    return True if free is None else derived(f"can({identity_of(value)})", free, origin=node.span)
