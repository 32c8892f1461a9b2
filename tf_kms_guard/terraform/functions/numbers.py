"""Functions on numbers. Terraform computes powers and logarithms with 64-bit floats, all else exactly."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from tf_kms_guard.terraform.convert import normal_number, to_bool, to_number, to_string
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import Kind, NotKnown, Parameter, elements, function, number
from tf_kms_guard.terraform.precision import added
from tf_kms_guard.terraform.values import Value

_NUMBER, _WHOLE, _ANY = Parameter.NUMBER, Parameter.WHOLE, Parameter.ANY
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_DIGITS: Final = 1_000
MOST_IN_RANGE: Final = 1_024


@function("abs", Kind.WHOLE, _NUMBER)
def absolute(value: int | Decimal) -> Value:
    """The number without its sign."""
    return normal_number(value.copy_abs() if isinstance(value, Decimal) else abs(value))


@function("ceil", Kind.WHOLE, _NUMBER)
def ceil(value: int | Decimal) -> Value:
    """The least whole number that is not less."""
    return math.ceil(value)


@function("floor", Kind.WHOLE, _NUMBER)
def floor(value: int | Decimal) -> Value:
    """The greatest whole number that is not greater."""
    return math.floor(value)


@function("signum", Kind.WHOLE, _WHOLE)
def signum(value: int) -> Value:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


@function("pow", Kind.WHOLE, _NUMBER, _NUMBER)
def power(base: int | Decimal, exponent: int | Decimal) -> Value:
    """``base`` to the power of ``exponent``."""
    return _float(lambda: math.pow(base, exponent))


@function("log", Kind.WHOLE, _NUMBER, _NUMBER)
def log(value: int | Decimal, base: int | Decimal) -> Value:
    """The logarithm of ``value`` to ``base``."""
    if not base:
        raise NotKnown("the logarithm to the base 0 is not modelled")
    return _float(lambda: math.log(value) / math.log(base))


def _float(compute: Callable[[], float]) -> Value:
    try:
        result = compute()
    except (ValueError, ArithmeticError):
        result = math.nan
    if not math.isfinite(result):
        raise EvaluationError("the result is no number")
    return normal_number(Decimal(repr(result)))


@function("max", Kind.WHOLE, _NUMBER, rest=_NUMBER)
def maximum(*values: int | Decimal) -> Value:
    """The greatest number."""
    return max(values)


@function("min", Kind.WHOLE, _NUMBER, rest=_NUMBER)
def minimum(*values: int | Decimal) -> Value:
    """The least number."""
    return min(values)


@function("sum", Kind.WHOLE, _ANY)
def total(values: Value) -> Value:
    """The sum of a list's numbers."""
    numbers = [number(value) for value in elements(values)]
    if not numbers:
        raise EvaluationError("there is nothing to add up")
    result: int | Decimal = 0
    for value in numbers:
        result = added(result, value)
    return normal_number(result)


@function("parseint", Kind.WHOLE, _ANY, _WHOLE)
def parseint(value: Value, base: int) -> Value:
    """The whole number that a string spells in ``base``, 2 to 62."""
    if not isinstance(value, str):
        raise EvaluationError("the first argument must be a string")
    if not 2 <= base <= 62:
        raise EvaluationError("the base must be from 2 to 62")
    digits = value[1:] if value[:1] in ("+", "-") else value
    if len(digits) > _MOST_DIGITS:
        raise NotKnown("the number is too long")
    result = 0
    for digit in digits if base > 36 else digits.lower():
        weight = _DIGITS.find(digit)
        if not 0 <= weight < base:
            raise EvaluationError(f"the string is no whole number in base {base}")
        result = result * base + weight
    if not digits:
        raise EvaluationError(f"the string is no whole number in base {base}")
    return normal_number(-result if value[0] == "-" else result)


@function("range", Kind.WHOLE, _NUMBER, rest=_NUMBER, most=2)
def number_range(*arguments: int | Decimal) -> Value:
    """``range(limit)``, ``range(start, limit)``, ``range(start, limit, step)``: at most 1,024 numbers."""
    start, limit = (0, arguments[0]) if len(arguments) == 1 else arguments[:2]
    down = limit < start
    step = arguments[2] if len(arguments) == 3 else -1 if down else 1
    if step == 0 or (step < 0) != down:
        raise EvaluationError("the step must lead from start to limit")
    found: list[Value] = []
    current: int | Decimal = start
    while current > limit if down else current < limit:
        if len(found) == MOST_IN_RANGE:
            raise EvaluationError("more than 1024 values")
        found.append(normal_number(current))
        current = normal_number(added(current, step))
    return found


@function("tostring", Kind.STRUCTURAL, Parameter.NULLABLE)
def tostring(value: Value) -> Value:
    """The value as string."""
    return to_string(value)


@function("tonumber", Kind.STRUCTURAL, Parameter.NULLABLE)
def tonumber(value: Value) -> Value:
    """The value as number."""
    return to_number(value)


@function("tobool", Kind.STRUCTURAL, Parameter.NULLABLE)
def tobool(value: Value) -> Value:
    """The value as truth value."""
    return to_bool(value)
