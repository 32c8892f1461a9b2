"""Functions on strings that look at characters: case, ends, parts, length-independent searches."""

from __future__ import annotations

from typing import Final

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import (
    MOST_CHARACTERS,
    Kind,
    NotKnown,
    Parameter,
    function,
    ordered,
    refuse_huge,
    text,
)
from tf_kms_guard.terraform.functions.searching import (
    cut,
    cut_tokens,
    derived,
    ends_with,
    map_text,
    may_hold,
    may_straddle,
    occurrences,
    runs_of,
    starts_with,
    stripped,
    token_count,
)
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.text import TextLike, holes_of, join_text, known, pieces_of, split_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Shape, Unknown

_TEXT, _STRING, _WHOLE, _ANY = Parameter.TEXT, Parameter.STRING, Parameter.WHOLE, Parameter.ANY

WHITE_SPACE: Final = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | frozenset(
    map(chr, range(0x2000, 0x200B))
)
"""What Go's ``unicode.IsSpace`` takes for white space."""


@function("join", Kind.STRUCTURAL, _TEXT, _ANY, rest=_ANY, deep=True)
def join(separator: TextLike, *lists: Value) -> Value:
    """The elements of all lists, with ``separator`` between them."""
    parts: list[TextLike] = []
    for items in lists:
        for item in ordered(items):
            if parts:
                parts.append(separator)
            parts.append(text(item))
    refuse_huge(sum(len(part) for part in parts if isinstance(part, str)), MOST_CHARACTERS)
    return join_text(parts)


@function("split", Kind.SEARCHING, _STRING, _TEXT)
def split(separator: str, whole: TextLike) -> Value:
    """The parts of a string between separators; with the separator ``""`` its characters."""
    if len(separator) == 1:
        fields = split_text(whole, separator)
        if fields is None:
            raise NotKnown(whole)
        return list(fields)
    characters = known(whole)
    if not separator:
        if characters is None:
            raise NotKnown(whole)
        return list(characters)
    runs = runs_of(whole)
    if any(may_hold(hole, separator) for hole in holes_of(whole)) or may_straddle(runs, separator):
        raise NotKnown(whole)
    parts: list[list[TextLike]] = [[]]
    for run in runs:
        if isinstance(run, Unknown):
            parts[-1].append(run)
            continue
        start = 0
        for at in occurrences(run, separator):
            parts[-1].extend(cut(run, start, at))
            parts.append([])
            start = at + len(separator)
        parts[-1].extend(cut(run, start, sum(map(len, run))))
    return [join_text(part) for part in parts]


@function("startswith", Kind.SEARCHING, _TEXT, _TEXT)
def startswith(whole: TextLike, prefix: TextLike) -> Value:
    """Whether the string starts with ``prefix``."""
    return _truth(starts_with(whole, prefix), whole)


@function("endswith", Kind.SEARCHING, _TEXT, _TEXT)
def endswith(whole: TextLike, suffix: TextLike) -> Value:
    """Whether the string ends with ``suffix``."""
    return _truth(ends_with(whole, suffix), whole)


@function("strcontains", Kind.SEARCHING, _TEXT, _STRING)
def strcontains(whole: TextLike, needle: str) -> Value:
    """Whether the string contains ``needle``."""
    runs = runs_of(whole)
    if not needle or any(needle in "".join(run) for run in runs if isinstance(run, list)):
        return True
    if any(may_hold(hole, needle) for hole in holes_of(whole)) or may_straddle(runs, needle):
        raise NotKnown(whole)
    return False


@function("trimprefix", Kind.SEARCHING, _TEXT, _TEXT)
def trimprefix(whole: TextLike, prefix: TextLike) -> Value:
    """The string without ``prefix``, if it starts with it."""
    truth = starts_with(whole, prefix)
    if truth is Truth.UNKNOWN:
        raise NotKnown(whole)
    return cut_tokens(whole, token_count(prefix), token_count(whole)) if truth is Truth.YES else whole


@function("trimsuffix", Kind.SEARCHING, _TEXT, _TEXT)
def trimsuffix(whole: TextLike, suffix: TextLike) -> Value:
    """The string without ``suffix``, if it ends with it."""
    truth = ends_with(whole, suffix)
    if truth is Truth.UNKNOWN:
        raise NotKnown(whole)
    return cut_tokens(whole, 0, token_count(whole) - token_count(suffix)) if truth is Truth.YES else whole


@function("trim", Kind.SEARCHING, _TEXT, _STRING)
def trim(whole: TextLike, characters: str) -> Value:
    """The string without any of ``characters`` at its ends."""
    return _found(stripped(whole, frozenset(characters), left=True, right=True), whole)


@function("trimspace", Kind.SEARCHING, _TEXT)
def trimspace(whole: TextLike) -> Value:
    """The string without white space at its ends."""
    return _found(stripped(whole, WHITE_SPACE, left=True, right=True), whole)


@function("chomp", Kind.SEARCHING, _TEXT)
def chomp(whole: TextLike) -> Value:
    """The string without newlines at its end."""
    return _found(stripped(whole, frozenset("\r\n"), left=False, right=True), whole)


@function("lower", Kind.STRUCTURAL, _TEXT)
def lower(whole: TextLike) -> Value:
    """The string in lower case."""
    return map_text(whole, lambda piece: "".join(map(_lower, piece)), lambda hole: _recased(hole, "lower"))


@function("upper", Kind.STRUCTURAL, _TEXT)
def upper(whole: TextLike) -> Value:
    """The string in upper case."""
    return map_text(whole, lambda piece: "".join(map(_upper, piece)), lambda hole: _recased(hole, "upper"))


def _lower(character: str) -> str:
    """Go maps character by character; the only one that Python makes two of keeps the first."""
    return character.lower()[0]


def _upper(character: str) -> str:
    mapped = character.upper()
    return mapped if len(mapped) == 1 else character


def _recased(hole: Unknown, name: str) -> Unknown:
    alphabet = hole.shape.alphabet
    identity = f"{name}({hole.identity})"
    if alphabet is None:
        return derived(hole, identity)
    mapped = frozenset(_lower(character) if name == "lower" else _upper(character) for character in alphabet)
    unchanged = all((_lower if name == "lower" else _upper)(character) == character for character in alphabet)
    shape = Shape(hole.shape.name, mapped, hole.shape.minimum, hole.shape.maximum)
    return hole if unchanged else derived(hole, identity, shape)


@function("title", Kind.WHOLE, _STRING)
def title(whole: str) -> Value:
    """The string with the first letter of each word in upper case."""
    letters: list[str] = []
    after_separator = True
    for character in whole:
        letters.append(_title(character) if after_separator else character)
        after_separator = _separates(character)
    return "".join(letters)


def _title(character: str) -> str:
    mapped = character.title()
    return mapped if len(mapped) == 1 else character


def _separates(character: str) -> bool:
    """Go's ``strings.Title``: ASCII but letters, digits and underscore; elsewhere white space."""
    if character.isascii():
        return not (character.isalnum() or character == "_")
    return not character.isalnum() and character in WHITE_SPACE


@function("indent", Kind.STRUCTURAL, _WHOLE, _TEXT)
def indent(spaces: int, whole: TextLike) -> Value:
    """The string with ``spaces`` after each newline. In a hole new lines stay as they are."""
    if spaces < 0:
        raise EvaluationError("the number of spaces must not be negative")
    lines = sum(piece.count("\n") for piece in pieces_of(whole) if isinstance(piece, str))
    refuse_huge(lines * spaces, MOST_CHARACTERS)

    def in_hole(hole: Unknown) -> Unknown:
        kept = hole if not may_hold(hole, "\n") else derived(hole, f"indent({spaces}, {hole.identity})")
        return kept if spaces else hole

    return map_text(whole, lambda piece: piece.replace("\n", "\n" + " " * spaces), in_hole)


@function("strrev", Kind.WHOLE, _STRING)
def strrev(whole: str) -> Value:
    """The characters in reverse order."""
    return "".join(reversed(characters_of(whole)))


@function("substr", Kind.WHOLE, _TEXT, _WHOLE, _WHOLE, partial=True)
def substr(whole: TextLike, offset: int, length: int) -> Value:
    """``length`` characters from ``offset``; a negative offset counts from the end, length -1 is the rest.

    So is length 0 in Terraform 1.11, where the offset is negative.
    """
    if offset < 0 and length == 0:
        length = -1
    characters = known(whole)
    if characters is not None:
        units = characters_of(characters)
        start = max(len(units) + offset, 0) if offset < 0 else offset
        part = "".join(units[start:] if length < 0 else units[start : start + length])
        return characters if part == characters else part
    first = pieces_of(whole)[0]
    if isinstance(first, str) and offset >= 0 and length >= 0:
        units = characters_of(first)
        if offset + length < len(units) or (offset + length == len(units) and first.isascii()):
            return "".join(units[offset : offset + length])
    raise NotKnown(whole)


def characters_of(whole: str) -> list[str]:
    """The characters as a reader sees them (grapheme clusters), which is what Terraform counts.

    Raises :class:`NotKnown` for strings in which marks may combine in ways that are not modelled.
    """
    if whole.isascii():
        return list(whole) if "\r\n" not in whole else _with_line_ends(whole)
    if "\r\n" in whole:
        raise NotKnown("the string has characters that combine")
    import unicodedata

    units: list[str] = []
    for character in whole:
        if unicodedata.category(character) in ("Mn", "Me"):
            if not units:
                raise NotKnown("the string starts with a combining mark")
            units[-1] += character
        elif _may_combine(character):
            raise NotKnown("the string has characters that combine")
        else:
            units.append(character)
    return units


def _with_line_ends(whole: str) -> list[str]:
    """Carriage return and line feed together are one character."""
    first, *lines = whole.split("\r\n")
    units = list(first)
    for line in lines:
        units.append("\r\n")
        units.extend(line)
    return units


def _may_combine(character: str) -> bool:
    """Joiners, spacing marks, emoji modifiers, flags and Hangul letters; more than really do."""
    import unicodedata

    code = ord(character)
    if unicodedata.category(character) in ("Mc", "Cf") or 0x1100 <= code < 0x1200 or 0xA960 <= code <= 0xD7FF:
        return not 0xAC00 <= code <= 0xD7A3
    return 0x1F1E6 <= code <= 0x1F1FF or 0x1F3FB <= code <= 0x1F3FF or code >= 0xE0000


def _truth(truth: Truth, whole: TextLike) -> Value:
    if truth is Truth.UNKNOWN:
        raise NotKnown(whole)
    return truth is Truth.YES


def _found(result: TextLike | None, whole: TextLike) -> Value:
    if result is None:
        raise NotKnown(whole)
    return result
