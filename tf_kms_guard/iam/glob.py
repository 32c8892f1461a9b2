"""Wildcards in policies: ``*`` is any run of characters, ``?`` exactly one.

``*`` is allowed to cross the colons and slashes of an ARN: in a ``Resource`` it "can expand to match beyond
the colon boundaries" at a segment's end (IAM User Guide, "AWS JSON policy elements: Resource"). Stars
inside a segment that would have to cross a colon to match are not told apart.
"""

from __future__ import annotations

from functools import lru_cache

from tf_kms_guard.values.compare import World, equal, matches
from tf_kms_guard.values.text import TextLike, known, pieces_of
from tf_kms_guard.values.truth import Truth


def text_matches(pattern: TextLike, value: TextLike, world: World, *, fold_case: bool = False) -> Truth:
    """:func:`tf_kms_guard.values.compare.matches` with a short cut for texts that are known."""
    plain, text = known(pattern), known(value)
    if plain == "*":
        return Truth.YES
    if plain is not None and text is not None:
        return Truth.of(_glob(plain.lower(), text.lower()) if fold_case else _glob(plain, text))
    return matches(pattern, value, world, fold_case=fold_case)


def is_pattern(text: TextLike) -> bool:
    """Whether known characters of ``text`` are wildcards."""
    return any(isinstance(piece, str) and ("*" in piece or "?" in piece) for piece in pieces_of(text))


def text_equal(one: TextLike, other: TextLike, world: World) -> Truth:
    """:func:`tf_kms_guard.values.compare.equal` with a short cut for plain strings."""
    if isinstance(one, str) and isinstance(other, str):
        return Truth.YES if one == other else Truth.NO
    return equal(one, other, world)


@lru_cache(maxsize=8192)
def _glob(pattern: str, text: str) -> bool:
    """Linear in memory, at worst quadratic in time: no pattern makes it hang."""
    i = j = mark = 0
    star = -1
    while j < len(text):
        if i < len(pattern) and pattern[i] == "*":
            star, mark = i, j
            i += 1
        elif i < len(pattern) and pattern[i] in ("?", text[j]):
            i += 1
            j += 1
        elif star >= 0:
            mark += 1
            i, j = star + 1, mark
        else:
            return False
    return all(character == "*" for character in pattern[i:])
