"""Comma-separated values for a spreadsheet: a row for each finding, undetermined gate and error."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final, TextIO

from tf_kms_guard.reports.entries import UNDETERMINED
from tf_kms_guard.reports.interface import ReportContext
from tf_kms_guard.reports.lines import encodable, shown
from tf_kms_guard.reports.words import FATAL, help_words
from tf_kms_guard.rules.finding import Finding, InputError, Report, Undetermined
from tf_kms_guard.values.span import Span

COLUMNS: Final = (
    "level",
    "rule",
    "name",
    "confidence",
    "gate",
    "workspace",
    "resource",
    "buckets",
    "principal",
    "actions",
    "file",
    "line",
    "column",
    "message",
    "help",
    "fingerprint",
    "change",
)
_FORMULA: Final = "=+-@＝＋－＠"
"""A cell that begins with one of these is a formula to a spreadsheet: OWASP, "CSV Injection"."""


class CsvFormat:
    """A header and rows of the same columns, every cell quoted, none of them a formula."""

    name = "csv"

    def __init__(self, context: ReportContext) -> None:
        pass

    def write(self, report: Report, stream: TextIO) -> None:
        """Write the header and a row for each finding, undetermined gate and error of the input."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        for row in _rows(report):
            writer.writerow({name: cell(value) for name, value in row.items()})
        stream.write(encodable(text.getvalue(), stream))


def cell(text: str) -> str:
    """``text`` as a spreadsheet shows it: a formula has an apostrophe before it."""
    text = shown(text)
    return f"'{text}" if text.lstrip(" ")[:1] in tuple(_FORMULA) else text


def _rows(report: Report) -> Iterator[dict[str, str]]:
    yield from map(_error, report.errors)
    yield from map(_finding, report.shown)
    yield from map(_undetermined, report.undetermined)


def _error(error: InputError) -> dict[str, str]:
    return {
        "level": "error" if error.kind in FATAL else "note",
        "rule": "input",
        "name": error.kind,
        "file": error.file or "",
        "line": _number(error.line),
        "column": _number(error.column),
        "message": error.message,
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "level": finding.severity.value,
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "confidence": finding.confidence.value,
        "gate": finding.gate or "",
        "workspace": finding.workspace,
        "resource": finding.resource or "",
        "buckets": " ".join(finding.buckets),
        "principal": "" if finding.principal is None else finding.principal.value,
        "actions": " ".join(finding.actions),
        **_place(finding.location),
        "message": finding.message,
        "help": "" if finding.fix is None else help_words(finding.fix),
        "fingerprint": finding.fingerprint,
        "change": finding.change or "",
    }


def _undetermined(one: Undetermined) -> dict[str, str]:
    rule, name = UNDETERMINED
    return {
        "level": "undetermined",
        "rule": rule,
        "name": name,
        "gate": one.gate,
        "workspace": one.workspace,
        "buckets": one.bucket,
        "principal": one.principal,
        **_place(one.location),
        "message": one.because,
        "help": one.settle or "",
    }


def _place(span: Span | None) -> dict[str, str]:
    if span is None:
        return {}
    return {"file": span.file, "line": str(span.line), "column": str(span.column)}


def _number(number: int | None) -> str:
    return "" if number is None else str(number)
