"""The numbers of Terraform: binary, with 512 bits of mantissa, written as the shortest decimal that names them."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

BITS: Final = 512

_DIGITS: Final = (15, 30, 60, 120, 150, 152, 153, 154, 155, 156, 157)


def binary(number: Fraction) -> Fraction:
    """``number`` rounded to 512 bits of mantissa, halves to even."""
    if number == 0 or (number.denominator & (number.denominator - 1) == 0 and number.numerator.bit_length() <= BITS):
        return number
    exponent = abs(number.numerator).bit_length() - number.denominator.bit_length()
    shift = BITS - exponent
    scaled = number * 2**shift if shift >= 0 else number / 2**-shift
    while abs(scaled) >= 2**BITS:
        scaled, shift = scaled / 2, shift - 1
    whole = round(scaled)
    return Fraction(whole, 2**shift) if shift >= 0 else Fraction(whole * 2**-shift)


def added(one: int | Decimal, other: int | Decimal) -> int | Decimal:
    """The sum."""
    if isinstance(one, int) and isinstance(other, int) and max(one.bit_length(), other.bit_length()) < BITS:
        return one + other
    return shortest(binary(Fraction(one)) + binary(Fraction(other)))


def shortest(number: Fraction) -> int | Decimal:
    """The shortest decimal that names the same binary number as ``number``."""
    number = binary(number)
    if number.denominator == 1 and number.numerator.bit_length() <= BITS:
        return number.numerator
    exact = Decimal(0)
    for digits in _DIGITS:
        context = Context(prec=digits)
        exact = context.divide(Decimal(number.numerator), Decimal(number.denominator))
        if binary(Fraction(exact)) == number:
            break
    return int(exact) if exact == exact.to_integral_value() else exact
