"""GitLab's code quality report: GitLab documentation, "Code Quality", section "Code Quality report format"."""

from __future__ import annotations

import json
import posixpath
from typing import Any, Final, TextIO

from tf_kms_guard.reports.entries import Entry, entries
from tf_kms_guard.reports.interface import ReportContext
from tf_kms_guard.reports.lines import shown
from tf_kms_guard.rules.finding import Report, Severity

_SEVERITIES: Final = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}
_UNREAD: Final = "blocker"


class GitLabFormat:
    """A list of issues. GitLab tells them apart by their fingerprint, and wants a file and a line for each."""

    name = "gitlab"

    def __init__(self, context: ReportContext) -> None:
        self._context = context

    def write(self, report: Report, stream: TextIO) -> None:
        """Write the list in ASCII."""
        issues = [_issue(entry) for entry in entries(report, self._context)]
        stream.write(json.dumps(issues, indent=2, ensure_ascii=True) + "\n")


def _issue(entry: Entry) -> dict[str, Any]:
    return {
        "description": shown(entry.message or entry.name),
        "check_name": f"tf-kms-guard/{shown(entry.rule)}",
        "fingerprint": entry.identity,
        "severity": _UNREAD if entry.fatal else _SEVERITIES[entry.level],
        "location": {
            "path": posixpath.normpath(shown(entry.file or ".")),
            "lines": {"begin": 1 if entry.span is None else entry.span.line},
        },
    }
