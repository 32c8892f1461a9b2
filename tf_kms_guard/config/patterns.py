"""Patterns of paths: ``*``, ``?``, ``[a-c]``, ``{a,b}`` inside one part, ``**`` for any number of directories."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from tf_kms_guard.terraform.files import Unreadable
from tf_kms_guard.terraform.globbing import ANY_DEPTH, Token, alternatives, fits


def malformed(pattern: str) -> str | None:
    """Why a pattern is none, in half a sentence; ``None`` if it is one."""
    if pattern.startswith("/") or ".." in pattern.split("/"):
        return "a pattern is relative, and does not lead upwards"
    try:
        _parts(pattern)
    except Unreadable as error:
        return str(error)
    return None


def is_exact(pattern: str) -> bool:
    """Whether a pattern names one path."""
    return not any(character in pattern for character in "*?[{\\")


def path_fits(path: str, pattern: str) -> bool:
    """Whether a pattern fits a relative path (``.``: the directory itself).

    Raises:
        Unreadable: the pattern is malformed.
    """
    names = [name for name in path.split("/") if name not in ("", ".")]
    wanted = _parts(pattern)
    at = _skipping({0}, wanted)
    for name in names:
        after: set[int] = set()
        for place in at:
            if place == len(wanted):
                continue
            if wanted[place] == ANY_DEPTH:
                after.add(place)
            elif any(fits(name, tokens) for tokens in wanted[place]):
                after.add(place + 1)
        at = _skipping(after, wanted)
    return len(wanted) in at


def is_below(path: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern fits a relative path, or a directory above it."""
    names = [name for name in path.split("/") if name not in ("", ".")]
    above = ["/".join(names[:length]) or "." for length in range(len(names) + 1)]
    return any(path_fits(one, pattern) for pattern in patterns for one in above)


def relative(path: Path, directory: Path) -> str | None:
    """A path as patterns in a directory see it; ``None`` if it lies elsewhere. Links are followed in both."""
    real, base = os.path.realpath(path), os.path.realpath(directory)
    if not Path(real).is_relative_to(base):
        return None
    return os.path.relpath(real, base).replace(os.sep, "/")


def _skipping(places: set[int], wanted: list[list[list[Token]]]) -> set[int]:
    """The places with those behind any ``**``, which may stand for nothing."""
    reached = set(places)
    for place in places:
        while place < len(wanted) and wanted[place] == ANY_DEPTH:
            place += 1
            reached.add(place)
    return reached


@lru_cache(maxsize=1024)
def _parts(pattern: str) -> list[list[list[Token]]]:
    if len(pattern) > 1000:
        raise Unreadable("the pattern is too long")
    return [alternatives(part) for part in pattern.split("/") if part not in ("", ".")]
