"""``jsonencode``: a text that keeps the places and the holes of the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tf_kms_guard.terraform.convert import is_text, number_text
from tf_kms_guard.terraform.functions.elements import key_text
from tf_kms_guard.terraform.functions.registry import MOST_CHARACTERS, Kind, Parameter, function, refuse_huge
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.syntax.source import exact_number
from tf_kms_guard.terraform.values import Choice, Object, SetValue, Tuple, Value
from tf_kms_guard.values.text import Located, Piece, Text, TextLike, join_text, pieces_of
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.json_text import Layout

_ESCAPES: Final = str.maketrans(
    {character: f"\\u{ord(character):04x}" for character in ("<", ">", "&", "\u2028", "\u2029", *map(chr, range(32)))}
    | {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)
_ESCAPED: Final = re.compile(f"[{re.escape(''.join(map(chr, _ESCAPES)))}]")


@function("jsonencode", Kind.STRUCTURAL, Parameter.NULLABLE, deep=True)
def json_of(value: Value) -> TextLike:
    """The value as JSON, spelled as Terraform does: keys sorted, no white space.

    The ``{`` of an object is located where the object was written, and a string where it was. An unknown
    string is a hole between quotes; an unknown of any other type is the hole ``jsonencode(<its identity>)``.
    """
    return _written(value, _Writer())


def laid_out_json_of(value: Value) -> TextLike:
    """The value as JSON on many lines: keys in their own order, indented by two spaces, as providers write it."""
    return _written(value, _Writer(indent="  ", in_order=True))


def compact_json_of(value: Value) -> TextLike:
    """The value as JSON without white space, keys in their own order."""
    return _written(value, _Writer(in_order=True))


LAYOUTS: Final[Mapping[Layout, Callable[[Value], TextLike]]] = {
    "sorted": json_of,
    "compact": compact_json_of,
    "indented": laid_out_json_of,
}


def _written(value: Value, writer: _Writer) -> TextLike:
    from tf_kms_guard.terraform.json_text import JsonText

    writer.write(value)
    text = writer.text()
    if not isinstance(text, Text):
        return text
    layout: Layout = "indented" if writer.indent else "compact" if writer.in_order else "sorted"
    return JsonText(text.pieces, lambda: _read_back(value, writer.in_order), layout)


def _read_back(value: Value, in_order: bool) -> Value:
    """What reading the JSON of ``value`` gives, without reading it."""
    from tf_kms_guard.terraform.json_text import one_string, unquoted_hole

    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, (str, Text)):
        return one_string(value)
    if isinstance(value, Decimal):
        return exact_number(number_text(value))
    if isinstance(value, dict):
        names = value if in_order else sorted(value)
        origin = value.origin if isinstance(value, Object) else None
        return Object({name: _read_back(value[name], in_order) for name in names}, origin, False)
    if isinstance(value, (list, SetValue)):
        return Tuple((_read_back(item, in_order) for item in value), None, False)
    if isinstance(value, Unknown) and is_text(value):
        return value
    return unquoted_hole(_outside(value))


def quoted(text: str) -> str:
    """A string as JSON, with the escapes that Terraform uses."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES) if _ESCAPED.search(text) else text


class _Writer:
    """Collects pieces; plain characters next to each other become one piece."""

    def __init__(self, indent: str = "", in_order: bool = False) -> None:
        self.parts: list[Piece] = []
        self.plain: list[str] = []
        self.size = 0
        self.indent = indent
        self.in_order = in_order
        self.colon = '": ' if indent else '":'
        self.depth = 0

    def text(self) -> TextLike:
        self._flush()
        return join_text(self.parts)

    def write(self, value: Value) -> None:
        if isinstance(value, (str, Text)) or (isinstance(value, Unknown) and is_text(value)):
            self._put('"')
            for piece in value.pieces if isinstance(value, Text) else (value,):
                self._inside(piece)
            self._put('"')
        elif value is None:
            self._put("null")
        elif isinstance(value, bool):
            self._put("true" if value else "false")
        elif isinstance(value, (int, Decimal)):
            self._put(number_text(value))
        elif isinstance(value, dict):
            self._object(value)
        elif isinstance(value, (list, SetValue)):
            self._array(value if isinstance(value, list) else value.elements)
        else:
            self._piece(_outside(value))

    def _array(self, items: Sequence[Value]) -> None:
        self._put("[")
        self.depth += 1
        for place, item in enumerate(items):
            self._put("," if place else "")
            self._new_line()
            self.write(item)
        self.depth -= 1
        if items:
            self._new_line()
        self._put("]")

    def _object(self, value: dict[str, Value]) -> None:
        origin = value.origin if isinstance(value, Object) else None
        if origin is None:
            self._put("{")
        else:
            self._piece(Located("{", origin))
        self.depth += 1
        for place, key in enumerate(value if self.in_order else sorted(value)):
            self._put("," if place else "")
            self._new_line()
            self._put('"')
            for piece in pieces_of(key_text(key)):
                self._inside(piece)
            self._put(self.colon)
            self.write(value[key])
        self.depth -= 1
        if value:
            self._new_line()
        self._put("}")

    def _new_line(self) -> None:
        if self.indent:
            self._put("\n" + self.indent * self.depth)

    def _inside(self, piece: Piece) -> None:
        if isinstance(piece, Unknown):
            self._piece(piece)
        elif isinstance(piece, Located):
            if piece:
                escaped = _escaped(piece)
                self._piece(piece if escaped is piece else Located(escaped, piece.origin))
        else:
            self._put(_escaped(piece))

    def _put(self, characters: str) -> None:
        self.plain.append(characters)
        self.size += len(characters)
        if self.size > MOST_CHARACTERS:
            refuse_huge(self.size, MOST_CHARACTERS)

    def _piece(self, piece: Piece) -> None:
        self._flush()
        self.parts.append(piece)
        self.size += len(piece) if isinstance(piece, str) else 1
        refuse_huge(self.size, MOST_CHARACTERS)

    def _flush(self) -> None:
        if self.plain:
            self.parts.append("".join(self.plain))
            self.plain = []


def _outside(value: Value) -> Unknown:
    """The hole for a value of unknown type."""
    from tf_kms_guard.terraform.json_text import quoted_hole

    if isinstance(value, Unknown):
        return quoted_hole(value)
    if isinstance(value, Choice):
        return quoted_hole(Unknown(identity_of(value), value.condition.because))
    return quoted_hole(Unknown(identity_of(value), f"{identity_of(value)} is not wholly known"))
