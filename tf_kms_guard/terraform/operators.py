"""Terraform's operators on values that may not be known."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, InvalidOperation
from typing import Final

from tf_kms_guard.terraform.choices import choose, distribute
from tf_kms_guard.terraform.convert import to_bool, to_number
from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.equality import values_equal
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.values import Choice, Failed, Value
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_NUMBERS: Final = Context(prec=154)
"""Terraform calculates with 512 bits of mantissa, about 154 decimal digits."""


def unary(operator: str, operand: Value) -> Value:
    """``-x`` or ``!x``.

    Raises:
        EvaluationError: the operand has the wrong type.
    """
    if isinstance(operand, Choice):
        return distribute(lambda value: unary(operator, value), operand)
    if isinstance(operand, (Unknown, Failed)):
        return operand if isinstance(operand, Failed) else _not(operand) if operator == "!" else _opaque("-", operand)
    if operator == "!":
        value = to_bool(operand)
        return not value if isinstance(value, bool) else _opaque("!", operand)
    number = to_number(operand)
    return -number if isinstance(number, (int, Decimal)) else _opaque("-", operand)


def binary(operator: str, left: Value, right: Value) -> Value:
    """``left operator right``, both operands already evaluated.

    Raises:
        EvaluationError: an operand has the wrong type, or a division by zero.
    """
    if isinstance(left, Choice) or isinstance(right, Choice):
        return distribute(lambda a, b: binary(operator, a, b), left, right)
    for operand in (left, right):
        if isinstance(operand, Failed):
            return operand
    if operator in ("==", "!="):
        return _equality(operator, left, right)
    if operator in ("&&", "||"):
        return _logic(operator, left, right)
    return _arithmetic(operator, left, right)


def _equality(operator: str, left: Value, right: Value) -> Value:
    truth = values_equal(left, right)
    if truth is Truth.UNKNOWN:
        unknown = derived(f"({identity_of(left)} == {identity_of(right)})", left, right)
        return unknown if operator == "==" else _not(unknown)
    return (truth is Truth.YES) == (operator == "==")


def _not(operand: Unknown) -> Value:
    return choose(operand, [(True, False), (False, True)])


def _logic(operator: str, left: Value, right: Value) -> Value:
    a, b = to_bool(left), to_bool(right)
    strong = operator == "||"
    if a is strong or b is strong:
        return strong
    if isinstance(a, bool) and isinstance(b, bool):
        return a or b if strong else a and b
    if isinstance(a, bool):
        return b
    if isinstance(b, bool):
        return a
    if isinstance(a, Unknown):
        return choose(a, [(True, True), (False, b)] if strong else [(True, b), (False, False)])
    return derived(f"({identity_of(a)} {operator} {identity_of(b)})", a, b)


def _arithmetic(operator: str, left: Value, right: Value) -> Value:
    a, b = to_number(left), to_number(right)
    if isinstance(a, (int, Decimal)) and isinstance(b, (int, Decimal)):
        return _ARITHMETIC[operator](a, b)
    return _opaque(operator, a, b)


def _opaque(operator: str, *operands: Value) -> Unknown:
    spelled = f" {operator} ".join(identity_of(value) for value in operands)
    return derived(f"({spelled})" if len(operands) > 1 else f"{operator}{spelled}", *operands)


def _tidy(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number.normalize(_NUMBERS)


def _exactly(operation: Callable[[Decimal, Decimal], Decimal]) -> Callable[[int | Decimal, int | Decimal], Value]:
    def apply(a: int | Decimal, b: int | Decimal) -> Value:
        try:
            return _tidy(operation(Decimal(a), Decimal(b)))
        except (DivisionByZero, InvalidOperation) as error:
            raise EvaluationError("a division by zero has no result") from error

    return apply


_ARITHMETIC: Final[dict[str, Callable[[int | Decimal, int | Decimal], Value]]] = {
    "+": _exactly(_NUMBERS.add),
    "-": _exactly(_NUMBERS.subtract),
    "*": _exactly(_NUMBERS.multiply),
    "/": _exactly(_NUMBERS.divide),
    "%": _exactly(_NUMBERS.remainder),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
