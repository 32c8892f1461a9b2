"""What every format is, and the formats by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol, TextIO, TypeAlias

from msgspec import Struct

from tf_kms_guard.rules.finding import Fix, Report
from tf_kms_guard.values.span import Span


def _no_lines(span: Span) -> Sequence[str]:
    return ()


def _no_snippets(fix: Fix) -> tuple[str, str]:
    return ("", "")


class ReportContext(Struct, frozen=True):
    """What a format may ask for besides the report.

    ``version`` is that of the program. ``source_lines`` gives the lines of a span without their line breaks,
    the first one first, or nothing when the file cannot be shown. ``snippets`` gives the statement of a fix
    as (HCL, JSON). ``color`` is whether the stream shows colours, ``width`` how many columns it has.
    """

    version: str
    source_lines: Callable[[Span], Sequence[str]] = _no_lines
    snippets: Callable[[Fix], tuple[str, str]] = _no_snippets
    color: bool = False
    width: int = 80


class Format(Protocol):
    """A way to show a report."""

    name: str

    def write(self, report: Report, stream: TextIO) -> None:
        """Write the whole report to ``stream``."""


def _text(context: ReportContext) -> Format:
    from tf_kms_guard.reports.text import TextFormat

    return TextFormat(context)


def _json(context: ReportContext) -> Format:
    from tf_kms_guard.reports.json_report import JsonFormat

    return JsonFormat(context)


Factory: TypeAlias = Callable[[ReportContext], Format]

FORMATS: Final[Mapping[str, Factory]] = MappingProxyType({"text": _text, "json": _json})
"""The factory of each format; its module is imported only when it is used."""
