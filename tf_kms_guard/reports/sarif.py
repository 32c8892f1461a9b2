"""SARIF 2.1.0, the OASIS standard "Static Analysis Results Interchange Format", as GitHub code scanning reads it.

No rule has GitHub's ``security-severity``: what is found is access that will be refused, and no weakness.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final, TextIO
from urllib.parse import quote_from_bytes

from tf_kms_guard.pages import rule_page
from tf_kms_guard.reports.entries import UNDETERMINED, Entry, of_error, of_finding, undetermined_entries
from tf_kms_guard.reports.interface import ReportContext, RuleHelp
from tf_kms_guard.reports.lines import shown
from tf_kms_guard.reports.words import help_words
from tf_kms_guard.rules.finding import Edit, Finding, Idle, Report, Suppression
from tf_kms_guard.values.span import Span

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_ROOT_IS: Final = "The directory in which tf-kms-guard was run, from which all paths start."
_TAGS: Final = ("aws", "kms", "s3", "terraform")
_FINGERPRINT: Final = "tfKmsGuard/v1"
_MOST_RELATED: Final = 100


class SarifFormat:
    """One run. What is undetermined is a result of level ``note``; what could not be read, a notification."""

    name = "sarif"

    def __init__(self, context: ReportContext) -> None:
        self._context = context

    def write(self, report: Report, stream: TextIO) -> None:
        """Write the log in ASCII."""
        rules = _rules(report, self._context.rules())
        index = {rule.info.id: number for number, rule in enumerate(rules)}
        results = [self._finding(finding) for finding in report.findings]
        results += [_result(entry) for entry in undetermined_entries(report)]
        for result in results:
            if result["ruleId"] in index:
                result["ruleIndex"] = index[result["ruleId"]]
        errors = [of_error(error) for error in report.errors]
        run = {
            "tool": {
                "driver": {
                    "name": "tf-kms-guard",
                    "version": self._context.version,
                    "rules": [_rule(rule) for rule in rules],
                }
            },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {_ROOT: {"description": {"text": _ROOT_IS}}},
            "invocations": [
                {
                    "executionSuccessful": not any(error.fatal for error in errors),
                    "toolExecutionNotifications": [
                        *(_notification(error) for error in errors),
                        *(_idle(one) for one in report.idle),
                    ],
                }
            ],
            "results": results,
        }
        log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
        stream.write(json.dumps(log, indent=2, ensure_ascii=True) + "\n")

    def _finding(self, finding: Finding) -> dict[str, Any]:
        result = _result(of_finding(finding, self._context))
        if finding.fix is not None:
            result["message"] = _message(f"{finding.message}.\nTo open the gate: {help_words(finding.fix)}.")
        if finding.resource is not None:
            result["locations"][0]["logicalLocations"] = [
                {"fullyQualifiedName": shown(finding.resource), "kind": "resource"}
            ]
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _place(one.location.file, one.location),
                "message": _message(one.message),
            }
            for number, one in enumerate(finding.related[:_MOST_RELATED])
        ]
        edits = self._context.edits(finding)
        if edits and finding.fix is not None:
            result["fixes"] = [_fix(finding.fix.summary, edits)]
        if finding.change is not None:
            result["baselineState"] = _BASELINE[finding.change]
        if finding.suppression is not None:
            result["suppressions"] = [_suppression(finding.suppression)]
        principal = finding.principal
        result["partialFingerprints"] = {_FINGERPRINT: finding.fingerprint}
        result["properties"] = {
            "confidence": finding.confidence.value,
            "workspace": shown(finding.workspace),
            "gate": finding.gate,
            "gates": {shown(state.gate): shown(state.verdict) for state in finding.gates},
            "buckets": _all_shown(finding.buckets),
            "key": None if finding.key is None else shown(finding.key),
            "principal": None if principal is None else shown(principal.value),
            "actions": _all_shown(finding.actions),
            "because": _all_shown(finding.why),
            "nearest": None if finding.nearest is None else shown(finding.nearest),
        }
        return result


def _fix(summary: str, edits: Sequence[Edit]) -> dict[str, Any]:
    """What to put in, file by file; a region of no length is a place between two characters."""
    files: dict[str, list[dict[str, Any]]] = {}
    for edit in edits:
        region = {
            "startLine": edit.line,
            "startColumn": edit.column,
            "endLine": edit.line,
            "endColumn": edit.column,
        }
        files.setdefault(edit.file, []).append({"deletedRegion": region, "insertedContent": {"text": edit.text}})
    changes = [
        {"artifactLocation": _place(file, None)["artifactLocation"], "replacements": replacements}
        for file, replacements in files.items()
    ]
    return {"description": _message(f"{summary}."), "artifactChanges": changes}


_KINDS: Final = {"in-source": "inSource", "external": "external"}
_BASELINE: Final = {"introduced": "new", "kept": "unchanged", "resolved": "absent"}


def _rules(report: Report, ran: Sequence[RuleHelp]) -> list[RuleHelp]:
    """The rules that ran, and those of findings that are not among them."""
    rules = {rule.info.id: rule for rule in ran}
    for finding in report.findings:
        rules.setdefault(finding.rule.id, RuleHelp(finding.rule, f"{finding.rule.summary}."))
    return list(rules.values())


def _rule(rule: RuleHelp) -> dict[str, Any]:
    info = rule.info
    page = rule_page(info.id)
    words = f"{rule.text}\n\nSource: {info.source}"
    return {
        "id": info.id,
        "name": info.name,
        "shortDescription": {"text": f"{info.summary}."},
        "fullDescription": {"text": rule.text},
        "help": {
            "text": f"{words}\n\nPage: {page}",
            "markdown": f"**{info.summary}.**\n\n{words}\n\n[Examples, and what to do]({page})",
        },
        "helpUri": page,
        "defaultConfiguration": {"level": info.severity.value},
        "properties": {"tags": list(_TAGS), "gate": info.gate},
    }


def _result(entry: Entry) -> dict[str, Any]:
    details = entry.details if entry.rule == UNDETERMINED[0] else ()
    return {
        "ruleId": entry.rule,
        "level": entry.level.value,
        "message": _message("\n".join((f"{entry.message}.", *details))),
        "locations": [{"physicalLocation": _place(entry.file or ".", entry.span)}],
        "partialFingerprints": {_FINGERPRINT: entry.identity},
    }


def _suppression(one: Suppression) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": _KINDS[one.kind], "justification": shown(one.reason)}
    if one.location is not None:
        found["location"] = {"physicalLocation": _place(one.location.file, one.location)}
    return found


def _idle(one: Idle) -> dict[str, Any]:
    """A comment that suppresses nothing."""
    return {
        "descriptor": {"id": f"suppression-{one.state}"},
        "level": "note" if one.state == "unused" else "warning",
        "message": _message(one.message),
        "locations": [{"physicalLocation": _place(one.location.file, one.location)}],
    }


def _notification(entry: Entry) -> dict[str, Any]:
    notification: dict[str, Any] = {
        "descriptor": {"id": shown(entry.name)},
        "level": entry.level.value,
        "message": _message(entry.message),
    }
    if entry.file is not None:
        notification["locations"] = [{"physicalLocation": _place(entry.file, entry.span)}]
    return notification


def _place(file: str, span: Span | None) -> dict[str, Any]:
    """Columns count from 1 and end after the last character, in SARIF as with us."""
    location = {"uri": uri(file)} if file.startswith("/") else {"uri": uri(file), "uriBaseId": _ROOT}
    place: dict[str, Any] = {"artifactLocation": location}
    if span is not None:
        place["region"] = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
    return place


def uri(file: str) -> str:
    """A path as a URI reference: an absolute one is a ``file`` URI. Bytes that are no UTF-8 are kept."""
    try:
        path = file.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        path = file.encode("utf-8", "replace")
    quoted = quote_from_bytes(path.removeprefix(b"./"), safe="/") or "."
    return f"file://{quoted}" if file.startswith("/") else quoted


def _message(text: str) -> dict[str, str]:
    """``text`` as a message that holds no link and no placeholder (SARIF 2.1.0, §3.11.5 and §3.11.6)."""
    lines = "\n".join(map(shown, text.split("\n")))
    return {"text": re.sub(r"\{(\d+)\}", r"{{\1}}", lines.replace("](", "] ("))}


def _all_shown(texts: Sequence[str]) -> list[str]:
    return [shown(text) for text in texts]
