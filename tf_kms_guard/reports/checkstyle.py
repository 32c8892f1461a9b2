"""The XML of Checkstyle, as its ``XMLLogger`` writes it: files with the errors in them."""

from __future__ import annotations

from typing import Final, TextIO
from xml.etree.ElementTree import Element, SubElement

from tf_kms_guard.reports.entries import entries
from tf_kms_guard.reports.interface import ReportContext
from tf_kms_guard.reports.lines import shown
from tf_kms_guard.reports.xml import write_xml
from tf_kms_guard.rules.finding import Report, Severity

_VERSION: Final = "4.3"
"""The version of the form that readers of Checkstyle reports have always known."""
_SEVERITIES: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "info"}


class CheckstyleFormat:
    """One ``error`` an entry; what has no line is at line 0, as Checkstyle itself says of a whole file."""

    name = "checkstyle"

    def __init__(self, context: ReportContext) -> None:
        self._context = context

    def write(self, report: Report, stream: TextIO) -> None:
        """Write the report, file by file."""
        root = Element("checkstyle", version=_VERSION)
        files: dict[str, Element] = {}
        for entry in entries(report, self._context):
            file = shown(entry.file or ".")
            if file not in files:
                files[file] = SubElement(root, "file", name=file)
            attributes = {"line": "0"}
            if entry.span is not None:
                attributes = {"line": str(entry.span.line), "column": str(entry.span.column)}
            attributes["severity"] = _SEVERITIES[entry.level]
            attributes["message"] = shown(entry.message)
            attributes["source"] = f"tf-kms-guard.{shown(entry.rule)}"
            SubElement(files[file], "error", attributes)
        write_xml(root, stream)
