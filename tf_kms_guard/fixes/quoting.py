"""Strings as HCL and as JSON spell them, with holes in them."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from typing import Final

from tf_kms_guard.fixes.references import Written
from tf_kms_guard.values.text import TextLike, pieces_of
from tf_kms_guard.values.unknown import Unknown

_MARKER: Final = re.compile(r"[$%]+\{")
_SHORT: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_RESERVED: Final = frozenset({"for", "if", "null", "true", "false"})

Name = Callable[[Unknown], Written]
"""How a hole is written."""


class Dollar(enum.Enum):
    """What ``${`` of the text itself has to look like."""

    TEMPLATE = "$${"
    """In a template of Terraform: a quoted string or a heredoc."""
    POLICY_DOCUMENT = "&{"
    """In those arguments of ``aws_iam_policy_document`` where the provider turns ``&{`` into ``${``."""
    PLAIN = "${"
    """Where nothing is interpolated."""


def hcl_string(value: TextLike, name: Name, dollar: Dollar = Dollar.TEMPLATE) -> str:
    """An HCL expression for ``value``: a bare reference if it is a single hole, else a quoted template."""
    parts = list(_parts(value, name))
    if len(parts) == 1 and parts[0].is_reference:
        return parts[0].text
    return '"' + _joined(parts, dollar, _hcl_character) + '"'


def hcl_key(key: str) -> str:
    """A key of an HCL object: bare if it is an identifier, else quoted, in ASCII so that columns are sure."""
    if _IDENTIFIER.fullmatch(key) and key not in _RESERVED:
        return key
    return '"' + _joined([Written(key, False)], Dollar.TEMPLATE, _ascii_character) + '"'


def json_string(value: TextLike, name: Name, dollar: Dollar) -> str:
    """A JSON string for ``value``; with :attr:`Dollar.TEMPLATE` as a heredoc has to hold it."""
    return '"' + _joined(list(_parts(value, name)), dollar, _json_character) + '"'


def _parts(value: TextLike, name: Name) -> Iterator[Written]:
    """References and the literal text between them; placeholders are literal text."""
    literal = ""
    for piece in pieces_of(value):
        written = name(piece) if isinstance(piece, Unknown) else Written(str(piece), False)
        if not written.is_reference:
            literal += written.text
            continue
        if literal:
            yield Written(literal, False)
            literal = ""
        yield written
    if literal:
        yield Written(literal, False)


def _joined(parts: list[Written], dollar: Dollar, character: Callable[[str], str]) -> str:
    spelled = []
    for number, part in enumerate(parts):
        if part.is_reference:
            spelled.append("${" + part.text + "}")
        else:
            before_hole = number + 1 < len(parts)
            spelled.append(_literal(part.text, dollar, character, before_hole))
    return "".join(spelled)


def _literal(text: str, dollar: Dollar, character: Callable[[str], str], before_hole: bool) -> str:
    """``before_hole``: an interpolation follows, whose meaning a ``$`` or ``%`` at the end would change."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if dollar is Dollar.PLAIN:
        return "".join(map(character, text))
    result: list[str] = []
    position = 0
    for marker in _MARKER.finditer(text):
        result.extend(map(character, text[position : marker.start()]))
        result.extend(map(_spelled_out, marker[0][:-2]))
        result.append(dollar.value if marker[0][-2] == "$" else "%%{")
        position = marker.end()
    rest = text[position:]
    bare = rest.rstrip("$%") if before_hole else rest
    result.extend(map(character, bare))
    result.extend(map(_spelled_out, rest[len(bare) :]))
    return "".join(result)


def _spelled_out(character: str) -> str:
    """The escape that HCL and JSON have in common."""
    return f"\\u{ord(character):04x}"


def _hcl_character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    return _spelled_out(character) if ord(character) <= 0xFFFF else f"\\U{ord(character):08x}"


def _ascii_character(character: str) -> str:
    if character.isascii():
        return _hcl_character(character)
    return _spelled_out(character) if ord(character) <= 0xFFFF else f"\\U{ord(character):08x}"


def _json_character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code <= 0xFFFF:
        return _spelled_out(character)
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
