"""Terraform's conversions between strings, numbers and truth values.

A value that is not known converts to itself where its spelling is the only difference, so that
``tostring(x)`` stays ``x``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Context, Decimal, InvalidOperation, Overflow
from typing import Final

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.values import Choice, Failed, Referred, SetValue, UnknownKey, Value, Wrapped
from tf_kms_guard.values.text import Text, TextLike, known
from tf_kms_guard.values.unknown import Unknown

ARITHMETIC: Final = Context(prec=155)
"""Terraform computes with 512 bits, which is 154 decimal digits."""

_BITS: Final = 512
_LARGEST_EXPONENT: Final = 4000
_NUMBER_CHARACTERS: Final = frozenset("0123456789+-.eE")


def number_text(number: int | Decimal) -> str:
    """A number as Terraform prints it: never with an exponent, without needless zeros."""
    if isinstance(number, int):
        return str(number)
    if number == 0:
        return "-0" if number.is_signed() else "0"
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        return str(number)  # nobody means such a number, and to write it out would take for ever
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def normal_number(number: int | Decimal) -> int | Decimal:
    """The number as ``int`` if it is whole, rounded to Terraform's precision.

    Raises ``EvaluationError`` for numbers beyond any use (more than 4,000 digits).
    """
    if isinstance(number, Decimal):
        if not number.is_finite() or number.adjusted() > _LARGEST_EXPONENT or number.adjusted() < -_LARGEST_EXPONENT:
            raise EvaluationError("this number is out of range")
        if number != number.to_integral_value():
            return number if len(number.as_tuple().digits) <= ARITHMETIC.prec else ARITHMETIC.plus(number)
        number = int(number)
    if number.bit_length() <= _BITS:
        return number
    if number.bit_length() > _LARGEST_EXPONENT * 3:
        raise EvaluationError("this number is out of range")
    from fractions import Fraction

    from tf_kms_guard.terraform.precision import shortest

    return int(shortest(Fraction(number)))


def is_number(value: object) -> bool:
    """Whether ``value`` is a known number (a truth value is none)."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def to_string(value: Value) -> Value:
    """``value`` as string; null stays null, unknown stays the same unknown.

    Raises ``EvaluationError`` for collections and objects.
    """
    if value is None or isinstance(value, (str, Text, Unknown)):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return number_text(value)
    if isinstance(value, Wrapped):
        return _distribute(to_string, value)
    raise EvaluationError(f"a string is required, but this is {describe(value)}")


def to_number(value: Value) -> Value:
    """``value`` as number (``int`` if whole); null stays null, unknown stays the same unknown.

    Raises ``EvaluationError`` for anything that Terraform cannot read as a decimal number.
    """
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        if isinstance(value, Decimal) and abs(value.adjusted()) > _LARGEST_EXPONENT:
            raise EvaluationError("this number is out of range")
        return value
    if isinstance(value, (str, Text)):
        text = known(value)
        return _free("tonumber", value) if text is None else parse_number(text)
    if isinstance(value, Wrapped):
        return _distribute(to_number, value)
    raise EvaluationError(f"a number is required, but this is {describe(value)}")


def parse_number(text: str) -> int | Decimal:
    """The number that ``text`` spells, by the rules of ``tonumber``."""
    if text and text[-1] not in "eE+-" and _NUMBER_CHARACTERS.issuperset(text):
        try:
            return normal_number(Decimal(text))
        except (InvalidOperation, Overflow):
            pass
    raise EvaluationError(f'a number is required, but this is the string "{shortened(text)}"')


def to_bool(value: Value) -> Value:
    """``value`` as truth value; null stays null, unknown stays the same unknown.

    Raises ``EvaluationError`` for anything but truth values and the strings ``true``, ``false``, ``1``
    and ``0``.
    """
    if value is None or isinstance(value, (bool, Unknown)):
        return value
    if isinstance(value, (str, Text)):
        text = known(value)
        if text is None:
            return _free("tobool", value)
        if text in ("true", "1"):
            return True
        if text in ("false", "0"):
            return False
        raise EvaluationError(f'a bool is required, but this is the string "{shortened(text)}"')
    if isinstance(value, Wrapped):
        return _distribute(to_bool, value)
    raise EvaluationError(f"a bool is required, but this is {describe(value)}")


def element_values(value: Value) -> Sequence[Value] | None:
    """The elements of a list, tuple or set in order; ``None`` when the value is not known.

    Raises ``EvaluationError`` for null and for anything that has no elements in this sense.
    """
    if isinstance(value, list):
        return value
    if isinstance(value, SetValue):
        return value.elements
    if isinstance(value, (Unknown, Choice, Failed, Referred)):
        return None
    raise EvaluationError(f"a list is required, but this is {describe(value)}")


def is_text(value: object) -> bool:
    """Whether ``value`` is surely a string: known, with holes, or an unknown that must be one."""
    if isinstance(value, Unknown):
        return value.minted or value.shape.alphabet is not None
    return isinstance(value, (str, Text))


def map_key(key: Value) -> str | None:
    """The key under which an object holds something; ``None`` when it cannot be told at all."""
    text = to_string(key)
    if text is None:
        raise EvaluationError("a key must not be null")
    characters = known(text)
    if characters is not None:
        return text if isinstance(text, str) else characters
    return UnknownKey(text) if isinstance(text, (Text, Unknown)) else None


def describe(value: Value) -> str:
    """What kind of thing ``value`` is, for messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a bool"
    if isinstance(value, (int, Decimal)):
        return "a number"
    if isinstance(value, (str, Text)):
        return "a string"
    if isinstance(value, SetValue):
        return "a set"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, Referred):
        return f"the object {value.to.address}"
    return "not known"


def shortened(text: str, most: int = 60) -> str:
    """``text`` in at most ``most`` characters, for messages."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _free(name: str, value: TextLike) -> Unknown:
    from tf_kms_guard.terraform.identity import call_identity

    hole = next(piece for piece in value.pieces if isinstance(piece, Unknown)) if isinstance(value, Text) else value
    because = hole.because if isinstance(hole, Unknown) else f"{name} is not evaluated"
    return Unknown(call_identity(name, [value]), because)


def _distribute(function: Callable[[Value], Value], value: Value) -> Value:
    from tf_kms_guard.terraform.choices import distribute

    return distribute(function, value)
