"""Where something is written."""

from __future__ import annotations

from msgspec import Struct


class Span(Struct, frozen=True, order=True):
    """A stretch of a source file.

    Lines and columns count from 1, columns in characters; ``end_column`` is the column after the last
    character. ``file`` is the path by which the file was read, with ``/``. ``calls`` are the places of the module
    calls that led there, the innermost first: what a module writes is written once for each use of the module.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    calls: tuple[Span, ...] = ()

    def to(self, other: Span) -> Span:
        """The stretch from the start of this span to the end of ``other`` (of the same file)."""
        return Span(self.file, self.line, self.column, other.end_line, other.end_column, self.calls)

    def through(self, calls: tuple[Span, ...]) -> Span:
        """This stretch as ``calls`` lead to it."""
        return Span(self.file, self.line, self.column, self.end_line, self.end_column, calls)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
