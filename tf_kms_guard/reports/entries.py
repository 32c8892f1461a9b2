"""What a run has to say as one flat list, for the formats that are lists: errors, findings, what is undetermined."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from tf_kms_guard.reports.interface import ReportContext
from tf_kms_guard.reports.words import FATAL, Cause, by_cause, counted, gate_words, help_words, verdict_words
from tf_kms_guard.rules.finding import Finding, InputError, Report, Severity, Undetermined
from tf_kms_guard.values.span import Span

UNDETERMINED: Final = ("UN001", "gate-undetermined")
"""The rule under which undetermined gates are listed: its id and its name."""
_MOST_LISTED: Final = 20


class Entry(Struct, frozen=True):
    """One thing to say, as untrusted text.

    ``rule`` and ``name`` are those of a rule, or ``input`` and the kind of an error of the input. ``level`` is how
    bad it is, where an undetermined gate is a note. ``file`` is where to show it, if only a directory; ``span``
    the place in it. ``details`` are further lines. ``identity`` tells it from all other entries and stays the
    same while lines move. ``fatal``: an error by which something was not read at all.
    """

    level: Severity
    rule: str
    name: str
    workspace: str | None
    file: str | None
    span: Span | None
    message: str
    details: tuple[str, ...]
    identity: str
    fatal: bool = False


def entries(report: Report, context: ReportContext) -> Iterator[Entry]:
    """Errors of the input, then the findings, then what is undetermined, one entry for each cause."""
    seen: dict[str, int] = {}
    for entry in _entries(report, context):
        again = seen.get(entry.identity, 0)
        seen[entry.identity] = again + 1
        yield entry if not again else _renamed(entry, again)


def _renamed(entry: Entry, number: int) -> Entry:
    from msgspec.structs import replace

    return replace(entry, identity=identity(entry.identity, str(number)))


def _entries(report: Report, context: ReportContext) -> Iterator[Entry]:
    yield from map(of_error, report.errors)
    for finding in report.standing:
        yield of_finding(finding, context)
    yield from undetermined_entries(report)


def undetermined_entries(report: Report) -> list[Entry]:
    """What is undetermined: an entry for each cause in each workspace."""
    workspaces: dict[str, list[Undetermined]] = {}
    for one in report.undetermined:
        workspaces.setdefault(one.workspace, []).append(one)
    return [
        _of_cause(workspace, cause, members)
        for workspace, there in workspaces.items()
        for cause, members in by_cause(there).items()
    ]


def of_error(error: InputError) -> Entry:
    """An error of the input; one that leaves a value unknown is a note."""
    span = None
    if error.file is not None and error.line is not None:
        column = error.column or 1
        span = Span(error.file, error.line, column, error.line, column)
    fatal = error.kind in FATAL
    return Entry(
        level=Severity.ERROR if fatal else Severity.NOTE,
        rule="input",
        name=error.kind,
        workspace=None,
        file=error.file,
        span=span,
        message=error.message,
        details=(),
        identity=identity("input", error.kind, error.file or "", error.message),
        fatal=fatal,
    )


def of_finding(finding: Finding, context: ReportContext) -> Entry:
    """A finding, with its gates, reasons and the statement that helps as details."""
    return Entry(
        level=finding.severity,
        rule=finding.rule.id,
        name=finding.rule.name,
        workspace=finding.workspace,
        file=finding.workspace if finding.location is None else finding.location.file,
        span=finding.location,
        message=finding.message,
        details=(*reasons(finding), *_help(finding, context)),
        identity=identity(finding.workspace, finding.fingerprint),
    )


def _of_cause(workspace: str, cause: Cause, members: Sequence[Undetermined]) -> Entry:
    because, settle, location = cause
    pairs = list(dict.fromkeys((gate_words(one.gate), one.principal, one.bucket) for one in members))
    details = [f"{gate}: {principal} for {bucket}" for gate, principal, bucket in pairs[:_MOST_LISTED]]
    if len(pairs) > _MOST_LISTED:
        details.append(f"and {len(pairs) - _MOST_LISTED} more, all in the JSON report")
    if settle is not None:
        details.append(f"settle: {settle}")
    rule, name = UNDETERMINED
    gates = " and ".join(dict.fromkeys(gate for gate, _, _ in pairs))
    return Entry(
        level=Severity.NOTE,
        rule=rule,
        name=name,
        workspace=workspace,
        file=workspace if location is None else location.file,
        span=location,
        message=f"undetermined ({gates}; {counted(len(pairs), 'case')}): {because}",
        details=tuple(details),
        identity=identity(workspace, rule, because, *(part for pair in pairs for part in pair)),
    )


def reasons(finding: Finding) -> list[str]:
    """The gates, what comes nearest, and what the finding rests on, one a line."""
    lines = []
    if finding.gates:
        states = (f"{gate_words(state.gate)} {verdict_words(state.verdict)}" for state in finding.gates)
        lines.append("gates: " + " · ".join(states))
    if finding.nearest is not None:
        lines.append(f"nearest: {finding.nearest}")
    return lines + [f"because: {reason}" for reason in finding.why]


def _help(finding: Finding, context: ReportContext) -> list[str]:
    if finding.fix is None:
        return []
    snippet = snippet_of(finding, context)
    words = f"help: {help_words(finding.fix)}"
    return [f"{words}:", *snippet.split("\n")] if snippet else [words]


def snippet_of(finding: Finding, context: ReportContext) -> str:
    """The statement of a finding's fix in the form in which that policy is written; empty without one."""
    fix = finding.fix
    if fix is None or fix.statement is None:
        return ""
    hcl, json = context.snippets(fix)
    return json if fix.form == "json" else hcl


def identity(*parts: str) -> str:
    """A short name for some texts, different for different ones."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
