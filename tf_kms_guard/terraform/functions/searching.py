"""Finding and cutting in text with holes.

A needle is found exactly where it lies in literal text, provided that it can neither straddle the edge of a
hole nor, where that matters, occur inside one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias, Union

from msgspec.structs import replace

from tf_kms_guard.values.text import Located, Piece, TextLike, join_text, pieces_of
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import ANY, Shape, Unknown

Run: TypeAlias = Union[Unknown, list[str]]
"""A hole, or a stretch of literal pieces without a hole between them."""


def runs_of(text: TextLike) -> list[Run]:
    """The holes of ``text`` and the stretches between them, in order."""
    runs: list[Run] = []
    for piece in pieces_of(text):
        if isinstance(piece, Unknown):
            runs.append(piece)
        elif runs and isinstance(runs[-1], list):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def may_hold_character(hole: Unknown, character: str) -> bool:
    """Whether the value of ``hole`` may contain ``character``."""
    return hole.shape.alphabet is None or character in hole.shape.alphabet


def may_hold(hole: Unknown, needle: str) -> bool:
    """Whether the value of ``hole`` may contain ``needle``."""
    if hole.shape.maximum is not None and hole.shape.maximum < len(needle):
        return False
    return all(may_hold_character(hole, character) for character in needle)


def may_straddle(runs: Sequence[Run], needle: str) -> bool:
    """Whether ``needle`` may lie across the edge of a hole; says yes when in doubt."""
    cuts = range(1, len(needle))
    for place, hole in enumerate(runs):
        if not isinstance(hole, Unknown) or not cuts:
            continue
        before, after = _neighbour(runs, place - 1), _neighbour(runs, place + 1)
        may_be_empty = hole.shape.minimum == 0
        if isinstance(after, Unknown):
            if may_be_empty or after.shape.minimum == 0:
                return True
            if any(may_hold_character(hole, needle[k - 1]) and may_hold_character(after, needle[k]) for k in cuts):
                return True
        elif any(
            after.startswith(needle[k:]) and (may_be_empty or may_hold_character(hole, needle[k - 1])) for k in cuts
        ):
            return True
        if isinstance(before, str):
            if any(before.endswith(needle[:k]) and (may_be_empty or may_hold_character(hole, needle[k])) for k in cuts):
                return True
            if place >= 2 and before in needle[1:-1]:
                return True
    return False


def _neighbour(runs: Sequence[Run], place: int) -> str | Unknown:
    if not 0 <= place < len(runs):
        return ""
    run = runs[place]
    return run if isinstance(run, Unknown) else "".join(run)


def occurrences(pieces: Sequence[str], needle: str) -> list[int]:
    """Where ``needle`` begins in the concatenated ``pieces``, without overlaps."""
    text = "".join(pieces)
    found: list[int] = []
    at = text.find(needle)
    while at >= 0:
        found.append(at)
        at = text.find(needle, at + len(needle))
    return found


def cut(pieces: Iterable[str], start: int, end: int) -> Iterator[str]:
    """The characters from ``start`` to ``end`` of the concatenated ``pieces``, each with its own place."""
    at = 0
    for piece in pieces:
        low, high = max(start - at, 0), min(end - at, len(piece))
        if low < high:
            yield same_place(piece[low:high], piece)
        at += len(piece)


def same_place(part: str, whole: str) -> str:
    """``part``, written where ``whole`` was."""
    return Located(part, whole.origin) if part and isinstance(whole, Located) else part


def derived(hole: Unknown, identity: str, shape: Shape = ANY) -> Unknown:
    """What a function makes of a hole: another value, of which no longer holds what was said of the hole."""
    return replace(hole, identity=identity, shape=shape, minted=False, unique=False)


def map_text(text: TextLike, literal: Callable[[str], str], hole: Callable[[Unknown], TextLike]) -> TextLike:
    """Apply ``literal`` to the known and ``hole`` to the unknown pieces of ``text``."""
    if isinstance(text, Unknown):
        return hole(text)
    return join_text(
        hole(piece) if isinstance(piece, Unknown) else same_place(literal(piece), piece) for piece in pieces_of(text)
    )


def starts_with(text: TextLike, prefix: TextLike) -> Truth:
    """Whether ``text`` starts with ``prefix``."""
    return _leads(_tokens(pieces_of(text)), _tokens(pieces_of(prefix)))


def ends_with(text: TextLike, suffix: TextLike) -> Truth:
    """Whether ``text`` ends with ``suffix``."""
    return _leads(_backwards(pieces_of(text)), _backwards(pieces_of(suffix)))


def _leads(text: Iterator[Piece], prefix: Iterator[Piece]) -> Truth:
    for wanted in prefix:
        if isinstance(wanted, Unknown):
            found = next(text, "")
            if not wanted.is_same(found):
                return Truth.UNKNOWN
            continue
        found = next(text, "")
        if isinstance(found, Unknown):
            possible = found.shape.minimum == 0 or may_hold_character(found, wanted)
            return Truth.UNKNOWN if possible else Truth.NO
        if found != wanted:
            return Truth.NO
    return Truth.YES


def _tokens(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Single characters and holes."""
    for piece in pieces:
        if isinstance(piece, Unknown):
            yield piece
        else:
            yield from str(piece)


def _backwards(pieces: Sequence[Piece]) -> Iterator[Piece]:
    for piece in reversed(pieces):
        if isinstance(piece, Unknown):
            yield piece
        else:
            yield from reversed(piece)


def token_count(text: TextLike) -> int:
    """How many characters and holes ``text`` has."""
    return sum(1 if isinstance(piece, Unknown) else len(piece) for piece in pieces_of(text))


def cut_tokens(text: TextLike, start: int, end: int) -> TextLike:
    """``text`` from token ``start`` to ``end``, where a hole counts as one."""
    parts: list[Piece] = []
    at = 0
    for piece in pieces_of(text):
        size = 1 if isinstance(piece, Unknown) else len(piece)
        low, high = max(start - at, 0), min(end - at, size)
        if low < high:
            parts.append(piece if isinstance(piece, Unknown) else same_place(piece[low:high], piece))
        at += size
    return join_text(parts)


def stripped(text: TextLike, characters: frozenset[str], *, left: bool, right: bool) -> TextLike | None:
    """``text`` without ``characters`` at its ends; ``None`` if a hole hides how far they reach."""
    size = token_count(text)
    start = _reach(_tokens(pieces_of(text)), characters) if left else 0
    if start is None:
        return None
    if start == size:
        return ""
    end = _reach(_backwards(pieces_of(text)), characters) if right else 0
    return None if end is None else cut_tokens(text, start, size - end)


def _reach(tokens: Iterator[Piece], characters: frozenset[str]) -> int | None:
    count = 0
    for token in tokens:
        if isinstance(token, Unknown):
            alphabet = token.shape.alphabet
            if token.shape.minimum > 0 and alphabet is not None and alphabet.isdisjoint(characters):
                return count
            return count if not characters else None
        if token not in characters:
            return count
        count += 1
    return count
