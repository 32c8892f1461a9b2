"""Kleene's three-valued logic."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Truth(enum.Enum):
    """Yes, no, or not known. Combine with ``&``, ``|`` and ``~``; it refuses to be a plain ``bool``."""

    NO = 0
    UNKNOWN = 1
    YES = 2

    def __bool__(self) -> bool:
        raise TypeError("a Truth has three values: compare it with Truth.YES or Truth.NO")

    def __and__(self, other: Truth) -> Truth:
        return self if self._value_ <= other._value_ else other

    def __or__(self, other: Truth) -> Truth:
        return self if self._value_ >= other._value_ else other

    def __invert__(self) -> Truth:
        return _OPPOSITE[self]

    @classmethod
    def of(cls, fact: bool) -> Truth:
        """The truth of something that is known."""
        return cls.YES if fact else cls.NO


_OPPOSITE = {Truth.NO: Truth.YES, Truth.UNKNOWN: Truth.UNKNOWN, Truth.YES: Truth.NO}


def all_of(truths: Iterable[Truth]) -> Truth:
    """The weakest of ``truths``; yes when there are none."""
    result = Truth.YES
    for truth in truths:
        if truth is Truth.NO:
            return truth
        result &= truth
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """The strongest of ``truths``; no when there are none."""
    result = Truth.NO
    for truth in truths:
        if truth is Truth.YES:
            return truth
        result |= truth
    return result
