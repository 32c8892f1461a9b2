"""Markdown for a pull request's comment or a job summary: a table, and a block to open for each finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TextIO

from tf_kms_guard.reports import inert
from tf_kms_guard.reports.entries import Entry, reasons, snippet_of, undetermined_entries
from tf_kms_guard.reports.gate_picture import picture
from tf_kms_guard.reports.interface import ReportContext
from tf_kms_guard.reports.lines import encodable
from tf_kms_guard.reports.words import FATAL, counted, error_words, help_words, summary
from tf_kms_guard.rules.finding import Finding, Report, Severity
from tf_kms_guard.values.span import Span

LIMIT: Final = 65_536
"""What GitHub takes as the body of a comment, in characters; counted here in bytes, of which there are no fewer."""
MARKER: Final = "<!-- tf-kms-guard -->"
"""The first line, by which a later run can find its comment and replace it."""

_FOR_ERRORS: Final = LIMIT // 8
_FOR_THE_TABLE: Final = LIMIT // 3
_FOR_FINDINGS: Final = LIMIT * 7 // 8
_FOR_THE_END: Final = 300
_MOST_RELATED: Final = 10
_MOST_MISSED: Final = 10
"""How often to try whether a shorter part fits still."""
_SIGNS: Final = {Severity.ERROR: "🔴", Severity.WARNING: "🟠", Severity.NOTE: "🔵"}


class MarkdownFormat:
    """Within the size of one comment; what does not fit is counted at the end."""

    name = "markdown"

    def __init__(self, context: ReportContext) -> None:
        self._context = context

    def write(self, report: Report, stream: TextIO) -> None:
        """Write the comment."""
        page = _Page()
        page.add(f"{MARKER}\n### tf-kms-guard\n\n{_sign(report)} {inert.markdown(summary(report))}\n")
        open_ = undetermined_entries(report)
        unread = page.fill(_FOR_ERRORS, "\n**Could not be read in full**\n\n", _errors(report), report.errors)
        rows = page.fill(_FOR_THE_TABLE, _table_head(report), _rows(report), report.standing)
        blocks = page.fill(_FOR_FINDINGS, "", map(self._block, report.standing), report.standing)
        causes = page.fill(LIMIT - _FOR_THE_END, "\n#### Undetermined\n\n", map(_undetermined, open_), open_)
        left_out = [
            (unread, "error", " of the input"),
            (rows, "row", " of the table"),
            (blocks, "finding", " in full"),
            (causes, "undetermined cause", ""),
        ]
        missing = [f"{counted(number, noun)}{rest}" for number, noun, rest in left_out if number]
        if missing:
            page.add(f"\n_Left out, to fit into one comment: {', '.join(missing)}. The JSON report has everything._\n")
        stream.write(encodable(page.text, stream))

    def _block(self, finding: Finding) -> str:
        parts = [
            f"\n<details>\n<summary>{_SIGNS[finding.severity]} <b>{inert.html(finding.rule.id)}</b> "
            f"{inert.html(finding.message)}</summary>",
            "" if finding.resource is None else inert.code(finding.resource),
            picture(finding),
            "\n".join(_notes(finding)),
            self._help(finding),
            "</details>\n",
        ]
        return "\n\n".join(part for part in parts if part)

    def _help(self, finding: Finding) -> str:
        if finding.fix is None:
            return ""
        words = f"**To open the gate**: {inert.markdown(help_words(finding.fix))}"
        snippet = snippet_of(finding, self._context)
        if not snippet:
            return words
        return f"{words}\n\n{inert.fenced(snippet, 'json' if finding.fix.form == 'json' else 'hcl')}"


class _Page:
    """What is written so far, and its size."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, part: str) -> None:
        self._parts.append(part)
        self._size += _size(part)

    def fill(self, limit: int, head: str, parts: Iterable[str], all_: Sequence[object]) -> int:
        """Add ``head`` and as many of the parts as fit below ``limit``; how many of ``all_`` are left out."""
        added = missed = 0
        for part in parts:
            if self._size + _size(head) + _size(part) <= limit:
                self.add(head + part)
                head = ""
                added += 1
            else:
                missed += 1
                if missed == _MOST_MISSED:
                    break
        return len(all_) - added


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _sign(report: Report) -> str:
    levels = [finding.severity for finding in report.standing]
    if levels:
        return _SIGNS[min(levels, key=lambda level: level.rank)]
    return "✅" if report.workspaces and not report.undetermined and not report.errors else "❔"


def _errors(report: Report) -> Iterator[str]:
    for error in report.errors:
        level = "error" if error.kind in FATAL else "note"
        yield f"- {level}: {inert.markdown(error_words(error))}\n"


def _table_head(report: Report) -> str:
    names = ["", "rule", "resource", "principal", "place"]
    if len(report.workspaces) > 1:
        names.append("workspace")
    return f"\n| {' | '.join(names)} |\n{'|---' * len(names)}|\n"


def _rows(report: Report) -> Iterator[str]:
    for finding in report.standing:
        cells = [
            f"{_SIGNS[finding.severity]}&nbsp;{finding.severity.value}",
            inert.markdown(finding.rule.id),
            _code(finding.resource),
            _code(None if finding.principal is None else finding.principal.value),
            _code(None if finding.location is None else f"{finding.location.file}:{finding.location.line}"),
        ]
        if len(report.workspaces) > 1:
            cells.append(_code(finding.workspace))
        yield f"| {' | '.join(cells)} |\n"


def _code(text: str | None) -> str:
    return inert.code(text or "")


def _notes(finding: Finding) -> Iterator[str]:
    places: list[tuple[Span | None, str]] = [(finding.location, finding.label)]
    places += [(one.location, one.message) for one in finding.related[:_MOST_RELATED]]
    for span, words in places:
        place = "here" if span is None else inert.code(str(span))
        yield f"- {place}: {inert.markdown(words)}"
    if len(finding.related) > _MOST_RELATED:
        yield f"- {counted(len(finding.related) - _MOST_RELATED, 'more place')}, all in the JSON report"
    for reason in reasons(finding):
        yield f"- {inert.markdown(reason)}"


def _undetermined(entry: Entry) -> str:
    place = "" if entry.span is None else f" ({inert.code(str(entry.span))})"
    details = "".join(f"  - {inert.markdown(line)}\n" for line in entry.details)
    return f"- {inert.markdown(entry.message)}{place}\n{details}"
