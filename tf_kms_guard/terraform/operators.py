"""Terraform's operators on values that may not be known."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tf_kms_guard.terraform.choices import choose, distribute, first_mark_inside, spread
from tf_kms_guard.terraform.convert import normal_number, to_bool, to_number
from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.equality import values_equal
from tf_kms_guard.terraform.identity import call_identity, identity_of
from tf_kms_guard.terraform.precision import binary as binary_number
from tf_kms_guard.terraform.precision import shortest
from tf_kms_guard.terraform.values import Failed, Value, Wrapped
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_NEGATIVE_ZERO: Final = Decimal("-0")


def unary(operator: str, operand: Value) -> Value:
    """``-x`` or ``!x``.

    Raises:
        EvaluationError: the operand has the wrong type.
    """
    if isinstance(operand, Wrapped):
        return distribute(lambda value: unary(operator, value), operand)
    if isinstance(operand, (Unknown, Failed)):
        return operand if isinstance(operand, Failed) else _not(operand) if operator == "!" else _opaque("-", operand)
    _refuse_null(operator, operand)
    if operator == "!":
        value = to_bool(operand)
        return not value if isinstance(value, bool) else _opaque("!", operand)
    number = to_number(operand)
    if not isinstance(number, (int, Decimal)):
        return _opaque("-", operand)
    if number == 0:
        return 0 if isinstance(number, Decimal) and number.is_signed() else _NEGATIVE_ZERO
    return number.copy_negate() if isinstance(number, Decimal) else -number


def binary(operator: str, left: Value, right: Value) -> Value:
    """``left operator right``, both operands already evaluated.

    Raises:
        EvaluationError: an operand has the wrong type, or a division by zero.
    """
    if isinstance(left, Wrapped) or isinstance(right, Wrapped):
        return distribute(lambda a, b: binary(operator, a, b), left, right)
    for operand in (left, right):
        if isinstance(operand, Failed):
            return operand
    if operator in ("==", "!="):
        return spread(lambda a, b: _equality(operator, a, b), (left, right), operator, first_mark_inside)
    _refuse_null(operator, left, right)
    if operator in ("&&", "||"):
        return _logic(operator, left, right)
    return _arithmetic(operator, left, right)


def _refuse_null(operator: str, *operands: Value) -> None:
    if any(operand is None for operand in operands):
        raise EvaluationError(f"an operand of {operator} must not be null")


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
        if operator == "/" and b == 0 and a != 0:
            because = "Terraform divides by zero to infinity, which is not followed"
            return Unknown(call_identity(operator, [a, b]), because)
        return _ARITHMETIC[operator](a, b)
    return _opaque(operator, a, b)


def _opaque(operator: str, *operands: Value) -> Unknown:
    return derived(call_identity(operator, operands), *operands)


def _exactly(
    operation: Callable[[Fraction, Fraction], Fraction], is_zero_negative: Callable[[bool, bool], bool]
) -> Callable[[int | Decimal, int | Decimal], Value]:
    """``is_zero_negative`` gives the sign of a result of zero by the signs of the operands (true: negative)."""

    def apply(a: int | Decimal, b: int | Decimal) -> Value:
        result = operation(_fraction(a), _fraction(b))
        if result == 0 and is_zero_negative(_is_negative(a), _is_negative(b)):
            return _NEGATIVE_ZERO
        return normal_number(shortest(result))

    return apply


def _is_negative(number: int | Decimal) -> bool:
    return number.is_signed() if isinstance(number, Decimal) else number < 0


def _fraction(number: int | Decimal) -> Fraction:
    """The binary number as which Terraform holds ``number``."""
    return binary_number(Fraction(number))


def _quotient(a: Fraction, b: Fraction) -> Fraction:
    if b == 0:
        raise EvaluationError("a division by zero has no result")
    return a / b


def _remainder(a: Fraction, b: Fraction) -> Fraction:
    """As the library go-cty defines it, by zero too."""
    if b == 0:
        return a
    return a - binary_number(b * int(binary_number(a / b)))


_EXACT_REMAINDER: Final = _exactly(_remainder, lambda a, b: False)

_ARITHMETIC: Final[dict[str, Callable[[int | Decimal, int | Decimal], Value]]] = {
    "+": _exactly(lambda a, b: a + b, lambda a, b: a and b),
    "-": _exactly(lambda a, b: a - b, lambda a, b: a and not b),
    "*": _exactly(lambda a, b: a * b, lambda a, b: a != b),
    "/": _exactly(_quotient, lambda a, b: a != b),
    "%": lambda a, b: a if a == 0 else _EXACT_REMAINDER(a, b),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
