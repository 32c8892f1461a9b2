"""``format`` and ``formatlist``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from msgspec import Struct

from tf_kms_guard.terraform.convert import is_text, number_text, to_bool, to_number, to_string
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.elements import like_first
from tf_kms_guard.terraform.functions.registry import (
    MOST_CHARACTERS,
    MOST_ELEMENTS,
    Kind,
    NotKnown,
    Parameter,
    function,
    ordered,
    refuse_huge,
    text,
)
from tf_kms_guard.terraform.functions.searching import derived
from tf_kms_guard.terraform.functions.text import characters_of
from tf_kms_guard.terraform.values import Choice, Referred, SetValue, Value
from tf_kms_guard.values.text import Text, TextLike, join_text, known
from tf_kms_guard.values.unknown import Unknown

_VERB: Final = re.compile(
    r"%(?P<flags>[-+# 0]*)(?:\[(?P<index>\d{1,4})\])?(?P<width>\d{1,6})?"
    r"(?:\.(?P<precision>\d{0,4}))?(?P<verb>.)",
    re.S,
)
_EXACT: Final = Context(prec=5_000, rounding=ROUND_HALF_EVEN)


class _Directive(Struct, frozen=True):
    """One ``%`` of a format: flags, place of its argument, width, precision, verb."""

    flags: str
    place: int
    width: int
    precision: int | None
    verb: str

    @property
    def is_plain(self) -> bool:
        """Whether the value is taken as it is."""
        return not self.flags and not self.width and self.precision is None


@function("format", Kind.STRUCTURAL, Parameter.TEXT, rest=Parameter.NULLABLE, deep=True)
def formatted(spec: TextLike, *arguments: Value) -> Value:
    """The format with its arguments filled in. A plain ``%s`` or ``%v`` lets holes through."""
    return _fill(_parsed(spec), arguments)


@function("formatlist", Kind.STRUCTURAL, Parameter.TEXT, rest=Parameter.NULLABLE)
def formatlist(spec: TextLike, *arguments: Value) -> Value:
    """The format filled in for every element of the lists among the arguments."""
    parsed = _parsed(spec)
    for argument in arguments:
        if argument is None or (isinstance(argument, (Unknown, Referred)) and not is_text(argument)):
            raise NotKnown(argument if argument is not None else "a null argument")
    columns = [ordered(a) if isinstance(a, (list, SetValue)) else None for a in arguments]
    sizes = {len(column) for column in columns if column is not None}
    if len(sizes) > 1:
        raise EvaluationError("all lists must be of one length")
    count = sizes.pop() if sizes else 1
    refuse_huge(count * max(1, len(parsed)), MOST_ELEMENTS)
    rows = [
        [argument if column is None else column[row] for argument, column in zip(arguments, columns, strict=True)]
        for row in range(count)
    ]
    for row in rows:
        if any(isinstance(item, Choice) for item in row):
            return [_with_choices(spec, row) for row in rows]
    return like_first([_fill(parsed, row, typed_nulls=True) for row in rows], *arguments)


def _with_choices(spec: TextLike, row: Sequence[Value]) -> Value:
    from tf_kms_guard.terraform.choices import hoist

    return hoist(formatted, spec, *row, call="format")


def _parsed(spec: TextLike) -> list[str | _Directive]:
    characters = known(spec)
    if characters is None:
        raise NotKnown(spec)
    parts: list[str | _Directive] = []
    at = place = 0
    while True:
        percent = characters.find("%", at)
        if percent < 0:
            return [*parts, characters[at:]]
        parts.append(characters[at:percent])
        if characters.startswith("%%", percent):
            parts.append("%")
            at = percent + 2
            continue
        match = _VERB.match(characters, percent)
        if match is None or match["verb"] not in "vsqtdbxXofeEgG":
            raise EvaluationError(f'the format has no such verb: "{characters[percent : percent + 8]}"')
        place = int(match["index"]) if match["index"] else place + 1
        precision = None if match["precision"] is None else int(match["precision"] or 0)
        parts.append(_Directive(match["flags"], place, int(match["width"] or 0), precision, match["verb"]))
        at = match.end()


def _fill(parts: Sequence[str | _Directive], arguments: Sequence[Value], *, typed_nulls: bool = False) -> Value:
    """``typed_nulls``: a null is that of a list's element, of which Terraform knows the type."""
    directives = [part for part in parts if isinstance(part, _Directive)]
    wanted = max((directive.place for directive in directives), default=0)
    if wanted > len(arguments) or any(directive.place < 1 for directive in directives):
        raise EvaluationError(f"the format needs {wanted} arguments, {len(arguments)} given")
    if wanted < len(arguments):
        raise EvaluationError(f"the format takes {wanted} arguments, {len(arguments)} given")
    refuse_huge(sum(directive.width + (directive.precision or 0) for directive in directives), MOST_CHARACTERS)
    return join_text(
        part if isinstance(part, str) else _written(part, arguments[part.place - 1], typed_nulls) for part in parts
    )


def _written(directive: _Directive, value: Value, typed_nulls: bool) -> TextLike:
    if value is None:
        if not typed_nulls:
            raise NotKnown("a null argument")
        if directive.verb != "v":
            raise EvaluationError(f"a null element cannot be formatted with %{directive.verb}")
        return _padded(directive, "null")
    if directive.verb in "sv":
        return _as_text(directive, value)
    if directive.verb == "q":
        from tf_kms_guard.terraform.functions.json_encoding import quoted

        characters = _known(text(value))
        if directive.precision is not None:
            characters = "".join(characters_of(characters)[: directive.precision])
        return _padded(directive, quoted(characters))
    if directive.verb == "t":
        truth = to_bool(value)
        return ("true" if truth else "false") if isinstance(truth, bool) else _hole(directive, truth)
    number = to_number(value)
    if isinstance(number, (int, Decimal)):
        return _padded(directive, _number(directive, number), signed=True)
    return _hole(directive, number)


def _hole(directive: _Directive, value: Value) -> TextLike:
    """An unknown number or truth value in its plain form is a hole of its own."""
    if not isinstance(value, Unknown) or not directive.is_plain:
        raise NotKnown(value)
    return derived(value, f'format("%{directive.verb}", {value.identity})')


def _as_text(directive: _Directive, value: Value) -> TextLike:
    if directive.verb == "v":
        if isinstance(value, (list, dict, SetValue, Referred)) or (
            "#" in directive.flags and isinstance(value, (str, Text))
        ):
            from tf_kms_guard.terraform.functions.json_encoding import json_of

            encoded = json_of(value)
            return encoded if directive.is_plain else _padded(directive, _known(encoded))
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return _padded(directive, _general(value, directive.precision, "e"), signed=True)
    converted = text(to_string(value))
    if directive.is_plain:
        return converted
    characters = _known(converted)
    if directive.precision is not None and directive.verb == "s":
        characters = "".join(characters_of(characters)[: directive.precision])
    return _padded(directive, characters)


def _known(value: TextLike) -> str:
    characters = known(value)
    if characters is None:
        raise NotKnown(value)
    return characters


def _padded(directive: _Directive, written: str, *, signed: bool = False) -> str:
    if signed and not written.startswith("-"):
        written = ("+" if "+" in directive.flags else " " if " " in directive.flags else "") + written
    missing = directive.width - len(characters_of(written))
    if missing <= 0:
        return written
    if "-" in directive.flags:
        return written + " " * missing
    if "0" not in directive.flags:
        return " " * missing + written
    sign = written[0] if signed and written[0] in "+- " else ""
    return sign + "0" * missing + written[len(sign) :]


def _number(directive: _Directive, value: int | Decimal) -> str:
    verb, precision = directive.verb, directive.precision
    if verb in "dbxXo":
        if not isinstance(value, int):
            raise EvaluationError("a whole number is required")
        digits = format(abs(_exactly(value)), verb)
        digits = digits.rjust(precision or 0, "0")
        prefix = {"b": "0b", "o": "0", "x": "0x", "X": "0X", "d": ""}[verb] if "#" in directive.flags else ""
        return ("-" if value < 0 else "") + prefix + digits
    if verb in "gG":
        return _general(value, precision, "e" if verb == "g" else "E")
    places = 6 if precision is None else precision
    if verb == "f":
        refuse_huge(places, _EXACT.prec - 4_100)
        exact = Decimal(_exactly(value)) if isinstance(value, int) else value
        rounded = _EXACT.quantize(exact, Decimal(1).scaleb(-places))
        return format(rounded, "f")
    return _scientific(Decimal(value), places, verb)


def _exactly(value: int) -> int:
    """The whole number that Terraform has for ``value``, which of a huge one is only the shortest spelling."""
    if value.bit_length() <= 512:
        return value
    from fractions import Fraction

    from tf_kms_guard.terraform.precision import binary

    return int(binary(Fraction(value)))


def _scientific(value: Decimal, places: int, verb: str) -> str:
    if value:
        value = Context(prec=places + 1, rounding=ROUND_HALF_EVEN).plus(value)
    sign, digits, _ = value.as_tuple()
    shown = "".join(map(str, digits)).ljust(places + 1, "0")[: places + 1]
    exponent = value.adjusted() if value else 0
    fraction = f".{shown[1:]}" if places else ""
    return f"{'-' if sign else ''}{shown[0]}{fraction}{verb}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _general(value: int | Decimal, precision: int | None, verb: str) -> str:
    """The shorter of plain and scientific, as Go's ``%g`` does for its big floats."""
    number = Decimal(value)
    if precision is not None:
        number = Context(prec=max(precision, 1), rounding=ROUND_HALF_EVEN).plus(number)
    if not number:
        return "0"
    number = number.normalize(_EXACT)
    digits = len(number.as_tuple().digits)
    limit = 6 if precision is None else max(precision, 1)
    if precision is not None and limit > digits >= number.adjusted() + 1:
        limit = digits
    if -4 <= number.adjusted() < limit:
        return number_text(number)
    return _scientific(number, digits - 1, verb)
