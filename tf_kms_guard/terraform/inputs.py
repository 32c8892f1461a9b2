"""The variables of a module instance: what they are given, their types, and the marks of variables and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.marks import NO_MARKS, bare, with_marks
from tf_kms_guard.terraform.resource import NOT_SET, NotSet
from tf_kms_guard.terraform.syntax.nodes import Block
from tf_kms_guard.terraform.types import ANY_TYPE, Type, convert, parse_type
from tf_kms_guard.terraform.values import Mark, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance

_MARKS: Final = {
    "variable": {"sensitive": Mark.SENSITIVE, "ephemeral": Mark.EPHEMERAL},
    "output": {"sensitive": Mark.UNSHOWN, "ephemeral": Mark.EPHEMERAL},
}


def value_of_variable(instance: ModuleInstance, name: str, block: Block) -> Value:
    """The value of a variable: assumed, given, or its default, converted to its type, with its marks.

    Raises:
        EvaluationError: Terraform would refuse the value.
    """
    assumed = instance.assumed(instance.prefixed(f"var.{name}"))
    if not isinstance(assumed, NotSet):
        return marked_by(instance, block, assumed)
    type_ = type_of(instance, block)
    value = _given(instance, name)
    nullable = block.body.attributes.get("nullable")
    is_nullable = nullable is None or Evaluator(instance, {}).settled(nullable.expression) is not False
    if value is None and not is_nullable:
        value = NOT_SET
    default = block.body.attributes.get("default")
    if isinstance(value, NotSet):
        if default is None:
            return marked_by(instance, block, _without_value(instance, name, block))
        value = Evaluator(instance, {}).settled(default.expression)
        if value is None and not is_nullable:
            raise EvaluationError(f"variable {name}: it is not nullable, and its default is null", default.span)
    try:
        return convert(marked_by(instance, block, value), type_)
    except EvaluationError as error:
        raise EvaluationError(
            f"variable {name}: {error.message}", _place_given(instance, name) or block.header
        ) from error


def marked_by(instance: ModuleInstance, block: Block, value: Value) -> Value:
    """``value`` with the marks that the block of a variable or output gives it."""
    marks = NO_MARKS
    for name, mark in _MARKS[block.type].items():
        attribute = block.body.attributes.get(name)
        if attribute is not None and bare(Evaluator(instance, {}).settled(attribute.expression)) is not False:
            marks |= mark
    if marks:
        value = with_marks(value, marks)
        instance.keep_secret(value)
    return value


def type_of(instance: ModuleInstance, block: Block) -> Type:
    """The type constraint of a variable block."""
    constraint = block.body.attributes.get("type")
    if constraint is None:
        return ANY_TYPE
    return parse_type(constraint.expression, lambda expression: Evaluator(instance, {}).settled(expression))


def _given(instance: ModuleInstance, name: str) -> Value | NotSet:
    if instance.parent is None:
        return instance.workspace.variables.get(name, NOT_SET)
    attribute = instance.argument(name)
    if attribute is None:
        return NOT_SET
    return Evaluator(instance.parent, instance.bindings).settled(attribute.expression)


def _place_given(instance: ModuleInstance, name: str) -> Span | None:
    attribute = instance.argument(name)
    return None if attribute is None else attribute.span


def _without_value(instance: ModuleInstance, name: str, block: Block) -> Unknown:
    shown = instance.prefixed(f"var.{name}")
    if instance.parent is not None and instance.told is not None:
        return instance.told.untold(shown)
    settle = f"--var {name}=…" if instance.parent is None else None
    return Unknown(shown, f"variable {name} has no value", settle=settle, origin=block.header)
