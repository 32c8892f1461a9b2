"""The XML of JUnit as Jenkins and GitLab read it: a suite for each workspace, a test for each rule or finding.

Its form is that of ``junit-10.xsd``, the schema that Jenkins' xUnit plugin publishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TextIO
from xml.etree.ElementTree import Element, SubElement

from msgspec import Struct

from tf_kms_guard.reports.entries import UNDETERMINED, Entry, entries
from tf_kms_guard.reports.interface import ReportContext
from tf_kms_guard.reports.lines import as_text, shown
from tf_kms_guard.reports.text import TextFormat
from tf_kms_guard.reports.xml import write_xml
from tf_kms_guard.rules.finding import Finding, Report, Severity

_INPUT: Final = "input"


class _Test(Struct, frozen=True):
    """A test: its outcome is ``failure``, ``error``, ``skipped``, or nothing where it passed."""

    group: str
    name: str
    outcome: str | None = None
    kind: str = ""
    message: str = ""
    body: str = ""


class JUnitFormat:
    """Tests by name without lines, so that their history survives moves.

    A rule that found nothing in a workspace is a test that passed. An error fails; what is no more than a warning
    or a note, and what is undetermined, is a test that was skipped, with what there is to say; so is what is
    suppressed, with the reason. What could not be
    read is a test with an error.
    """

    name = "junit"

    def __init__(self, context: ReportContext) -> None:
        self._context = context

    def write(self, report: Report, stream: TextIO) -> None:
        """Write a suite for what could not be read, if anything, and one for each workspace."""
        root = Element("testsuites", name="tf-kms-guard")
        said = list(entries(report, self._context))
        unread = [self._noted(entry) for entry in said if entry.rule == _INPUT]
        suites = [_suite(root, _INPUT, unread)] if unread else []
        names = dict.fromkeys([*(one.id for one in report.workspaces), *(one.workspace for one in _tested(report))])
        for workspace in names:
            tests = list(self._tests(workspace, report, said))
            suites.append(_suite(root, workspace, tests))
        for count in ("tests", "failures", "errors"):
            root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
        write_xml(root, stream)

    def _tests(self, workspace: str, report: Report, said: list[Entry]) -> Iterator[_Test]:
        findings = [finding for finding in _tested(report) if finding.workspace == workspace]
        open_ = [entry for entry in said if entry.workspace == workspace and entry.rule == UNDETERMINED[0]]
        spoken = {finding.rule.id for finding in findings} | {entry.rule for entry in open_}
        for rule in self._context.rules():
            if rule.info.id not in spoken:
                yield _Test(_group(rule.info.id), rule.info.name)
        for finding in findings:
            yield self._finding(finding)
        for entry in open_:
            yield self._noted(entry)

    def _finding(self, finding: Finding) -> _Test:
        body = as_text(TextFormat(self._context).finding_lines(finding, False))
        if finding.suppression is not None:
            message = f"suppressed: {finding.suppression.reason}"
            return _Test(_group(finding.rule.id), _name(finding), "skipped", "suppressed", message, body)
        return _Test(
            group=_group(finding.rule.id),
            name=_name(finding),
            outcome="failure" if finding.severity is Severity.ERROR else "skipped",
            kind=finding.severity.value,
            message=finding.message,
            body=body,
        )

    def _noted(self, entry: Entry) -> _Test:
        place = entry.file if entry.span is None else str(entry.span)
        lines = [entry.message, *entry.details] if place is None else [f"{place}: {entry.message}", *entry.details]
        return _Test(
            group=_group(entry.rule),
            name=f"{entry.name}: {entry.file if entry.rule == _INPUT and entry.file else entry.message}",
            outcome="error" if entry.fatal else "skipped",
            kind=entry.name,
            message=entry.message,
            body="\n".join(map(shown, lines)) + "\n",
        )


def _tested(report: Report) -> list[Finding]:
    """The findings that are there, whether they count or not."""
    return [finding for finding in report.findings if finding.change != "resolved"]


def _name(finding: Finding) -> str:
    about = [finding.resource or "", finding.principal.value if finding.principal is not None else ""]
    return ": ".join([finding.rule.name, *(text for text in about if text)])


def _group(rule: str) -> str:
    """Consumers take what stands before the last full stop for a package."""
    return f"tf-kms-guard.{rule}"


def _suite(root: Element, name: str, tests: list[_Test]) -> Element:
    suite = SubElement(root, "testsuite", name=shown(name), tests=str(len(tests)))
    for attribute, outcome in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(test.outcome == outcome for test in tests)))
    seen: dict[tuple[str, str], int] = {}
    for test in tests:
        key = (test.group, test.name)
        seen[key] = seen.get(key, 0) + 1
        again = f" ({seen[key]})" if seen[key] > 1 else ""
        case = SubElement(suite, "testcase", classname=shown(test.group), name=shown(test.name) + again)
        if test.outcome is not None:
            said = SubElement(case, test.outcome, type=shown(test.kind), message=shown(test.message))
            said.text = test.body
    return suite
