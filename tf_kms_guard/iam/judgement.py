"""One answer with its reason: the small change of a decision."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from tf_kms_guard.values.text import TextLike, holes_of
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class Judgement(Struct, frozen=True, eq=False):
    """Yes, no or unknown; why, in a short sentence; and what kept it from being certain."""

    truth: Truth
    reason: str | None = None
    unknowns: tuple[Unknown, ...] = ()


def distinct(unknowns: Iterable[Unknown]) -> tuple[Unknown, ...]:
    """Each identity once, in order."""
    found: dict[str, Unknown] = {}
    for unknown in unknowns:
        found.setdefault(unknown.identity, unknown)
    return tuple(found.values())


def holes_in(*texts: TextLike | None) -> tuple[Unknown, ...]:
    """The holes of several texts, each once."""
    return distinct(hole for text in texts if text is not None for hole in holes_of(text))


def listed(items: list[str], *, most: int = 3) -> str:
    """``a, b and c``; beyond ``most`` items ``a, b, c and 4 more``."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
