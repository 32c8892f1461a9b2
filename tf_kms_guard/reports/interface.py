"""What every format is, and the formats by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol, TextIO, TypeAlias

from msgspec import Struct

from tf_kms_guard.rules.finding import Edit, Finding, Fix, Report, RuleInfo
from tf_kms_guard.values.span import Span


def _no_lines(span: Span) -> Sequence[str]:
    return ()


def _no_snippets(fix: Fix) -> tuple[str, str]:
    return ("", "")


class RuleHelp(Struct, frozen=True):
    """A rule that ran, and what it finds, in a sentence or two of Markdown."""

    info: RuleInfo
    text: str


def _no_rules() -> Sequence[RuleHelp]:
    return ()


def no_edits(_: Finding) -> Sequence[Edit]:
    """No edit for any finding: where the source is not at hand."""
    return ()


class ReportContext(Struct, frozen=True):
    """What a format may ask for besides the report.

    ``version`` is that of the program. ``source_lines`` gives the lines of a span without their line breaks,
    the first one first, or nothing when the file cannot be shown. ``snippets`` gives the statement of a fix
    as (HCL, JSON), ``edits`` what to put in where to open the gate. ``color`` is whether the stream shows colours,
    ``width`` how many columns it has. ``rules`` gives the rules that ran, for formats that list them.
    """

    version: str
    source_lines: Callable[[Span], Sequence[str]] = _no_lines
    snippets: Callable[[Fix], tuple[str, str]] = _no_snippets
    color: bool = False
    width: int = 80
    rules: Callable[[], Sequence[RuleHelp]] = _no_rules
    edits: Callable[[Finding], Sequence[Edit]] = no_edits


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


def _sarif(context: ReportContext) -> Format:
    from tf_kms_guard.reports.sarif import SarifFormat

    return SarifFormat(context)


def _junit(context: ReportContext) -> Format:
    from tf_kms_guard.reports.junit import JUnitFormat

    return JUnitFormat(context)


def _github(context: ReportContext) -> Format:
    from tf_kms_guard.reports.github import GitHubFormat

    return GitHubFormat(context)


def _gitlab(context: ReportContext) -> Format:
    from tf_kms_guard.reports.gitlab import GitLabFormat

    return GitLabFormat(context)


def _markdown(context: ReportContext) -> Format:
    from tf_kms_guard.reports.markdown import MarkdownFormat

    return MarkdownFormat(context)


def _checkstyle(context: ReportContext) -> Format:
    from tf_kms_guard.reports.checkstyle import CheckstyleFormat

    return CheckstyleFormat(context)


def _csv(context: ReportContext) -> Format:
    from tf_kms_guard.reports.csv_report import CsvFormat

    return CsvFormat(context)


Factory: TypeAlias = Callable[[ReportContext], Format]

FORMATS: Final[Mapping[str, Factory]] = MappingProxyType(
    {
        "text": _text,
        "json": _json,
        "sarif": _sarif,
        "junit": _junit,
        "github": _github,
        "gitlab": _gitlab,
        "markdown": _markdown,
        "checkstyle": _checkstyle,
        "csv": _csv,
    }
)
"""The factory of each format; its module is imported only when it is used."""
