"""``fileset``: the files that fit a pattern, found without leaving the repository and without end.

A pattern is Terraform's: ``*``, ``?``, ``[a-c]``, ``{a,b}`` inside one part of a path, and ``**`` as a part for
any number of directories. Names that begin with a dot fit as well.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias, Union

from msgspec import Struct

from tf_kms_guard.terraform.files import Sandbox, Unreadable

_MOST_ENTRIES: Final = 50_000
"""So many directory entries are looked at: nobody means more."""
_MOST_FOUND: Final = 10_000
_LONGEST: Final = 1_000
_MOST_ALTERNATIVES: Final = 64
_DEEPEST: Final = 60


class _Characters(Struct, frozen=True):
    """One character: of a set of ranges, or not of it; without ranges any character."""

    ranges: tuple[tuple[str, str], ...] = ()
    negated: bool = False

    def holds(self, character: str) -> bool:
        if not self.ranges:
            return True
        return any(low <= character <= high for low, high in self.ranges) is not self.negated


Token: TypeAlias = Union[str, _Characters, None]
"""A character itself, one of a set, or (``None``) any number of characters."""


class FileFinder:
    """Finds files for one pattern below the root of a sandbox."""

    def __init__(self, sandbox: Sandbox, base: Path) -> None:
        self.sandbox = sandbox
        self.base = base
        self.looked_at = 0

    def find(self, directory: str, pattern: str) -> list[str]:
        """The paths relative to ``directory``, in order.

        Raises:
            Unreadable: it would leave the repository, look at too much, or the pattern is malformed.
        """
        whole = posixpath.normpath(posixpath.join(directory, pattern))
        if len(whole) > _LONGEST or "\0" in whole:
            raise Unreadable("the pattern is too long")
        parts = [part for part in whole.split("/") if part]
        fixed = 0
        while fixed < len(parts) and not _is_pattern(parts[fixed]):
            fixed += 1
        start = ("/" if whole.startswith("/") else "") + "/".join(parts[:fixed]) or "."
        wanted = [alternatives(part) for part in parts[fixed:]]
        real = self.sandbox.resolve(start, self.base)
        found: set[str] = set()
        for path, place in self._walk(start, real, wanted, 0, 0):
            if place.is_file():
                found.add(posixpath.relpath(path, posixpath.normpath(directory)))
            if len(found) > _MOST_FOUND:
                raise Unreadable("too many files fit")
        return sorted(found)

    def _walk(
        self, path: str, real: Path, wanted: Sequence[list[list[Token]]], at: int, depth: int
    ) -> Iterator[tuple[str, Path]]:
        if at == len(wanted):
            yield path, real
            return
        if depth > _DEEPEST:
            raise Unreadable("the directories are nested too deeply")
        deep = wanted[at] == ANY_DEPTH
        if deep and at + 1 < len(wanted):
            yield from self._walk(path, real, wanted, at + 1, depth)
        for name in self._names(real):
            inner = name if path == "." else posixpath.join(path, name)
            if deep:
                place = self.sandbox.resolve(str(real / name), self.base)
                if place.is_dir():
                    yield from self._walk(inner, place, wanted, at, depth + 1)
                elif at + 1 == len(wanted):
                    yield inner, place
            elif any(fits(name, tokens) for tokens in wanted[at]):
                place = self.sandbox.resolve(str(real / name), self.base)
                if at + 1 == len(wanted) or place.is_dir():
                    yield from self._walk(inner, place, wanted, at + 1, depth + 1)

    def _names(self, directory: Path) -> list[str]:
        try:
            if not directory.is_dir():
                return []
            names = []
            with os.scandir(directory) as entries:
                for entry in entries:
                    self.looked_at += 1
                    if self.looked_at > _MOST_ENTRIES:
                        raise Unreadable("there are too many files to look at")
                    names.append(entry.name)
        except OSError as error:
            raise Unreadable((error.strerror or str(error)).lower()) from error
        return sorted(names)


def fits(name: str, tokens: Sequence[Token]) -> bool:
    """Whether a name fits one part of a pattern; the time is at most the product of both lengths."""
    places = _skipping({0}, tokens)
    for character in name:
        after: set[int] = set()
        for place in places:
            if place == len(tokens):
                continue
            token = tokens[place]
            if token is None:
                after.add(place)
            elif token == character if isinstance(token, str) else token.holds(character):
                after.add(place + 1)
        places = _skipping(after, tokens)
        if not places:
            return False
    return len(tokens) in places


def _skipping(places: set[int], tokens: Sequence[Token]) -> set[int]:
    """The places with those behind any ``*`` that may stand for nothing."""
    reached = set(places)
    for place in places:
        while place < len(tokens) and tokens[place] is None:
            place += 1
            reached.add(place)
    return reached


def _is_pattern(part: str) -> bool:
    return any(character in part for character in "*?[{\\")


def alternatives(part: str) -> list[list[Token]]:
    """The tokens of one part of a path, once for each way to choose among ``{a,b}``."""
    if part == "**":
        return ANY_DEPTH
    done: list[list[Token]] = [[]]
    at = 0
    while at < len(part):
        character = part[at]
        if character == "{":
            end = part.find("}", at)
            inside = part[at + 1 : end]
            if end < 0 or any(other in inside for other in "{\\[*?"):
                raise Unreadable("the pattern has braces that are not modelled")
            done = [tokens + list(choice) for tokens in done for choice in inside.split(",")]
            if len(done) > _MOST_ALTERNATIVES:
                raise Unreadable("the pattern has too many alternatives")
            at = end + 1
            continue
        token, at = _token(part, at)
        for tokens in done:
            if token is not None or tokens[-1:] != [None]:
                tokens.append(token)
    return done


def _token(part: str, at: int) -> tuple[Token, int]:
    character = part[at]
    if character == "*":
        return None, at + 1
    if character == "?":
        return _Characters(), at + 1
    if character == "[":
        return _class(part, at)
    if character == "\\":
        if at + 1 == len(part):
            raise Unreadable("the pattern ends with a backslash")
        return part[at + 1], at + 2
    return character, at + 1


def _class(part: str, at: int) -> tuple[Token, int]:
    end = part.find("]", at + 1)
    inside = part[at + 1 : end]
    negated = inside.startswith("^")
    inside = inside[negated:]
    if end < 0 or not inside or "\\" in inside or inside.startswith("-") or inside.endswith("-"):
        raise Unreadable("the pattern has a class of characters that is not modelled")
    ranges: list[tuple[str, str]] = []
    place = 0
    while place < len(inside):
        low = high = inside[place]
        if inside[place + 1 : place + 2] == "-":
            high = inside[place + 2]
            place += 2
        ranges.append((low, high))
        place += 1
    return _Characters(tuple(ranges), negated), end + 1


ANY_DEPTH: Final[list[list[Token]]] = [["**"]]
