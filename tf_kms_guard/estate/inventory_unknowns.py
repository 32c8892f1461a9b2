"""Spelling texts for the inventory, and keeping what is not known in them to be explained once."""

from __future__ import annotations

from typing import Any, TypeAlias

from tf_kms_guard.values.compare import World
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, holes_of, spell
from tf_kms_guard.values.unknown import Unknown

Json: TypeAlias = dict[str, Any]


def place(span: Span | None) -> Json | None:
    """A place as reports write it; lines and columns count from 1, ``end_column`` is past the end."""
    if span is None:
        return None
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


class Unknowns:
    """Everything unknown that was met while writing, in that order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._met: dict[str, Unknown] = {}

    def text(self, value: TextLike) -> str:
        """``value`` with what evidence has settled filled in, and the rest as ``${name}``."""
        bound = self._world.bind(value)
        for hole in holes_of(bound):
            self._met.setdefault(hole.identity, hole)
        return spell(bound)

    def name(self, unknown: Unknown | None) -> str | None:
        """The name under which :meth:`listed` explains ``unknown``."""
        if unknown is None:
            return None
        self._met.setdefault(unknown.identity, unknown)
        return _name(unknown)

    def listed(self) -> list[Json]:
        """Every unknown met so far: why it is not known, which option settles it, and where it is written."""
        return [
            {
                "name": _name(unknown),
                "minted": unknown.minted,
                "because": unknown.because,
                "settle": unknown.settle,
                "location": place(unknown.origin),
            }
            for unknown in self._met.values()
        ]


def _name(unknown: Unknown) -> str:
    return spell(unknown).removeprefix("${").removesuffix("}")
