"""Alternatives that Terraform would refuse to evaluate.

``aws_kms_key.k[0].arn`` with ``count = var.create ? 1 : 0`` is an error where ``var.create`` is false. So it is
a choice with a :class:`Failed` alternative: ``try`` replaces that, and where nothing does, it is dropped, since
a configuration that Terraform refuses is never deployed.
"""

from __future__ import annotations

from collections.abc import Callable

from tf_kms_guard.terraform.choices import assume, choose
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.marks import with_marks
from tf_kms_guard.terraform.values import Choice, Failed, Marked, Outcome, Value


def attempt(make: Callable[[], Value]) -> Value:
    """What ``make`` gives, or the failure."""
    try:
        return make()
    except EvaluationError as error:
        return Failed(error.message, error.span)


def without_failures(value: Value) -> Value:
    """The value without alternatives that Terraform would refuse.

    Raises:
        EvaluationError: nothing is left.
    """
    if isinstance(value, Failed):
        raise EvaluationError(value.message, value.span)
    if isinstance(value, Marked):
        return with_marks(without_failures(value.value), value.marks, value.whole)
    if not isinstance(value, Choice) or not has_failures(value):
        return value
    kept: list[tuple[Outcome, Value]] = []
    refused = EvaluationError("no alternative of this value can be evaluated")
    for outcome, alternative in value.alternatives:
        try:
            kept.append((outcome, without_failures(alternative)))
        except EvaluationError as error:
            refused = error
    if not kept:
        raise refused
    return kept[0][1] if len(kept) == 1 else Choice(value.condition, tuple(kept))


def has_failures(value: Value) -> bool:
    """Whether Terraform might refuse to evaluate it."""
    if isinstance(value, Choice):
        return any(has_failures(alternative) for _, alternative in value.alternatives)
    return isinstance(value, Failed) or (isinstance(value, Marked) and has_failures(value.value))


def instead_of_failures(value: Value, fallback: Value) -> Value:
    """``value``, with ``fallback`` in the alternatives that Terraform would refuse: what ``try`` does."""
    if isinstance(value, Failed):
        return fallback
    if isinstance(value, Marked) and has_failures(value):
        return with_marks(instead_of_failures(value.value, fallback), value.marks, value.whole)
    if isinstance(value, Choice):
        return choose(
            value.condition,
            [
                (outcome, instead_of_failures(alternative, assume(fallback, {value.condition.identity: outcome})))
                for outcome, alternative in value.alternatives
            ],
        )
    return value
