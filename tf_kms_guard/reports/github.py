"""GitHub Actions: a workflow command for each annotation.

The form of commands and their escaping are those of the runner's documentation, "Workflow commands for GitHub
Actions", and of the toolkit that GitHub ships for them (``@actions/core``). GitHub shows ten annotations of a kind
for a step; the job summary, which is the Markdown report, has all of them.
"""

from __future__ import annotations

from typing import Final, TextIO

from tf_kms_guard.reports.entries import Entry, entries
from tf_kms_guard.reports.interface import ReportContext
from tf_kms_guard.reports.lines import encodable, shown
from tf_kms_guard.rules.finding import Report, Severity

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


class GitHubFormat:
    """Commands that a step prints to its log, the worst first, since GitHub shows no more than the first ten."""

    name = "github"

    def __init__(self, context: ReportContext) -> None:
        self._context = context

    def write(self, report: Report, stream: TextIO) -> None:
        """Write a line for each error, finding and cause of what is undetermined."""
        for entry in sorted(entries(report, self._context), key=lambda one: one.level.rank):
            stream.write(encodable(command(entry), stream) + "\n")


def command(entry: Entry) -> str:
    """The workflow command of one entry."""
    properties = _place(entry)
    properties["title"] = f"{entry.rule} {entry.name}"
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = "\n".join(shown(line) for line in (entry.message, *entry.details))
    return f"::{_COMMANDS[entry.level]} {written}::{_data(message)}"


def _place(entry: Entry) -> dict[str, str]:
    """Columns are for places in one line: with them GitHub refuses an end in another line."""
    if entry.file is None:
        return {}
    place = {"file": entry.file}
    span = entry.span
    if span is not None:
        place |= {"line": str(span.line), "endLine": str(span.end_line)}
        if span.end_line == span.line:
            place |= {"col": str(span.column), "endColumn": str(max(span.end_column, span.column))}
    return place


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(shown(text)).replace(":", "%3A").replace(",", "%2C")
