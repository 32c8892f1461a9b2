"""The report in JSON, schema version 1 (``docs/schema/report-1.json``)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TextIO

from tf_kms_guard.reports.interface import ReportContext, no_edits
from tf_kms_guard.reports.words import help_words
from tf_kms_guard.rules.finding import (
    Edit,
    Finding,
    Fix,
    InputError,
    Report,
    Severity,
    Suppression,
    Undetermined,
    WorkspaceShown,
)
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text, spell
from tf_kms_guard.values.unknown import Unknown

SCHEMA_VERSION: Final = 1


class JsonFormat:
    """The whole report as one JSON object: ASCII only, so that every stream can hold it."""

    name = "json"

    def __init__(self, context: ReportContext) -> None:
        self._version = context.version
        self._edits = context.edits

    def write(self, report: Report, stream: TextIO) -> None:
        """Write the report, with a line break at the end."""
        document = plain(as_data(report, self._version, self._edits))
        stream.write(json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n")


def as_data(report: Report, version: str, edits: Callable[[Finding], Sequence[Edit]] = no_edits) -> dict[str, Any]:
    """The report as the dictionary that the schema describes; texts may still have holes.

    ``edits`` gives what to put in where to open a gate.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tf-kms-guard", "version": version},
        "workspaces": [_workspace(workspace) for workspace in report.workspaces],
        "summary": {
            **{severity.value: report.count(severity) for severity in Severity},
            "suppressed": report.suppressed(),
            "undetermined": len(report.undetermined),
            "buckets": report.buckets,
            "keys": report.keys,
            "outsiders": report.outsiders,
        },
        "findings": [finding_data(finding, edits(finding)) for finding in report.findings],
        "undetermined": [_undetermined(one) for one in report.undetermined],
        "errors": [error_data(error) for error in report.errors],
        "idle_suppressions": [
            {"state": one.state, "message": one.message, "location": _location(one.location)} for one in report.idle
        ],
    }


def plain(value: object) -> Any:
    """``value`` as JSON can hold it: holes as ``${identity}``, no lone surrogate, no infinite number."""
    if isinstance(value, (Text, Unknown)):
        return _characters(spell(value))
    if isinstance(value, str):
        return _characters(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value) if abs(value.adjusted()) < 400 else str(value)
    if isinstance(value, (float, Decimal)):
        return float(value) if math.isfinite(float(value)) else str(value)
    if isinstance(value, Mapping):
        return {_characters(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return _characters(str(value))


def _characters(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _workspace(workspace: WorkspaceShown) -> dict[str, Any]:
    accounts = {provider: {"id": id_, "evidence": evidence} for provider, (id_, evidence) in workspace.accounts.items()}
    return {"id": workspace.id, "source": workspace.source, "kind": workspace.kind, "accounts": accounts}


def finding_data(finding: Finding, edits: Sequence[Edit] = ()) -> dict[str, Any]:
    """A finding as the schema describes it; texts may still have holes."""
    principal = finding.principal
    return {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "gate": finding.gate,
        "workspace": finding.workspace,
        "resource": finding.resource,
        "buckets": finding.buckets,
        "key": finding.key,
        "principal": None if principal is None else {"kind": principal.kind, "value": principal.value},
        "actions": finding.actions,
        "intent": finding.intent,
        "message": finding.message,
        "label": finding.label,
        "why": finding.why,
        "nearest": finding.nearest,
        "gates": {state.gate: state.verdict for state in finding.gates},
        "location": _location(finding.location),
        "related": [{"message": one.message, "location": _location(one.location)} for one in finding.related],
        "fix": _fix(finding.fix, edits),
        "suppression": _suppression(finding.suppression),
        "change": finding.change,
        "fingerprint": finding.fingerprint,
    }


def _suppression(one: Suppression | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "kind": one.kind,
        "marker": one.marker,
        "reason": one.reason,
        "until": one.until,
        "location": _location(one.location),
    }


def _fix(fix: Fix | None, edits: Sequence[Edit]) -> dict[str, Any] | None:
    if fix is None:
        return None
    put_in = [{"file": one.file, "line": one.line, "column": one.column, "text": one.text} for one in edits]
    return {"summary": help_words(fix), "statement": fix.statement, "edits": put_in}


def _undetermined(one: Undetermined) -> dict[str, Any]:
    return {
        "workspace": one.workspace,
        "gate": one.gate,
        "bucket": one.bucket,
        "principal": one.principal,
        "because": one.because,
        "settle": one.settle,
        "location": _location(one.location),
    }


def error_data(error: InputError) -> dict[str, Any]:
    """Something that could not be read, as the schema describes it."""
    return {"kind": error.kind, "file": error.file, "line": error.line, "message": error.message}


def _location(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
