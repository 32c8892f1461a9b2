"""The report for people: a block a finding, in the form that rustc made familiar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TextIO

from tf_kms_guard.reports.excerpt import Gutter, excerpt
from tf_kms_guard.reports.interface import ReportContext
from tf_kms_guard.reports.lines import (
    NARROWEST,
    Line,
    Style,
    as_text,
    cells,
    encodable,
    hanging,
    shown,
    unbroken,
    wrap,
)
from tf_kms_guard.reports.words import (
    FATAL,
    Cause,
    by_cause,
    error_words,
    gate_words,
    help_words,
    summary,
    verdict_words,
)
from tf_kms_guard.rules.finding import Finding, Fix, Report, Severity, Undetermined
from tf_kms_guard.values.span import Span

_STYLES: Final = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING, Severity.NOTE: Style.NOTE}
_MOST_RELATED: Final = 5
_MOST_LISTED: Final = 20

_CHANGES: Final = {"introduced": "this plan introduces it", "kept": "it was there before this plan"}


class TextFormat:
    """Text for a terminal or a pipe; the words are the same with and without colour."""

    name = "text"

    def __init__(self, context: ReportContext) -> None:
        self._context = context
        self._width = max(context.width, NARROWEST)

    def write(self, report: Report, stream: TextIO) -> None:
        """Write errors of the input, findings, what is undetermined, and one line that sums up."""
        lines = list(self._lines(report))
        if self._context.color:
            from tf_kms_guard.reports.colour import draw

            draw(lines, stream)
        else:
            stream.write(encodable(as_text(lines), stream))

    def _lines(self, report: Report) -> Iterator[Line]:
        for error in report.errors:
            head = ("error: ", Style.ERROR) if error.kind in FATAL else ("note: ", Style.NOTE)
            yield from hanging([head], shown(error_words(error)), self._width, Style.STRONG)
        if report.errors:
            yield []
        several = len(report.workspaces) > 1
        for finding in report.shown:
            yield from self.finding_lines(finding, several)
            yield []
        groups = by_cause(report.undetermined)
        for cause, members in groups.items():
            yield from self._undetermined(cause, members, several)
        if groups:
            yield []
        for line in wrap(summary(report), self._width):
            yield [(line, Style.STRONG)]

    def finding_lines(self, finding: Finding, several_workspaces: bool) -> Iterator[Line]:
        """The block of one finding; its workspace is named where there are several."""
        if finding.change == "resolved":
            yield from self._resolved(finding)
            return
        style = _STYLES[finding.severity]
        head: Line = [(f"{finding.severity.value}[{shown(finding.rule.id)}]", style), (": ", Style.STRONG)]
        yield from hanging(head, shown(finding.message), self._width, Style.STRONG)
        related = finding.related[:_MOST_RELATED]
        gutter = self._gutter([finding.location, *(one.location for one in related)])
        yield from self._place(gutter, "-->", finding.location, finding.resource)
        yield from self._excerpt(gutter, finding.location, finding.label, "^", style)
        for one in related:
            yield from self._place(gutter, ":::", one.location, None)
            yield from self._excerpt(gutter, one.location, one.message, "-", Style.RELATED)
        yield from self._notes(gutter, finding, several_workspaces)
        if finding.fix is not None:
            yield from self._help(gutter, finding.fix)

    def _resolved(self, finding: Finding) -> Iterator[Line]:
        """What a plan takes away needs no help: one line, and where it was."""
        head: Line = [(f"resolved[{shown(finding.rule.id)}]", Style.NOTE), (": ", Style.STRONG)]
        yield from hanging(head, f"before this plan, {shown(finding.message)}", self._width, Style.STRONG)
        yield from self._place(self._gutter([finding.location]), "-->", finding.location, finding.resource)

    def _gutter(self, spans: Sequence[Span | None]) -> Gutter:
        digits = max((len(str(span.line)) for span in spans if span is not None), default=1)
        return Gutter(max(digits, 2), self._width)

    def _place(self, gutter: Gutter, arrow: str, span: Span | None, resource: str | None) -> Iterator[Line]:
        places = [shown(str(span))] if span is not None else []
        if resource is not None:
            places.append(shown(resource))
        if not places:
            return
        head: Line = [(" " * gutter.digits + f"{arrow} ", Style.FRAME)]
        in_one = "   ".join(places)
        if cells(in_one) <= self._width - cells(head[0][0]):
            yield [*head, (in_one, Style.PLAIN)]
            return
        for place in places:
            yield from hanging(head, unbroken(place), self._width)
            head = [(" " * cells(head[0][0]), Style.PLAIN)]

    def _excerpt(self, gutter: Gutter, span: Span | None, label: str, mark: str, style: Style) -> list[Line]:
        source = () if span is None else self._context.source_lines(span)
        return excerpt(gutter, span, source, label, mark, style)

    def _notes(self, gutter: Gutter, finding: Finding, several_workspaces: bool) -> Iterator[Line]:
        if several_workspaces:
            yield from self._note(gutter, "in", shown(finding.workspace))
        if finding.change is not None:
            yield from self._note(gutter, "change", _CHANGES[finding.change])
        if finding.gates:
            states = [f"{gate_words(state.gate)} {verdict_words(state.verdict)}" for state in finding.gates]
            yield from self._note(gutter, "gates", " · ".join(unbroken(shown(state)) for state in states))
        if len(finding.buckets) > 1:
            yield from self._note(gutter, "buckets", _listed(finding.buckets))
        if finding.nearest is not None:
            yield from self._note(gutter, "nearest", shown(finding.nearest))
        for reason in finding.why:
            yield from self._note(gutter, "because", shown(reason))
        more = len(finding.related) - _MOST_RELATED
        if more > 0:
            places = "place" if more == 1 else "places"
            yield from self._note(gutter, "note", f"{more} more {places}, all in the JSON report")

    def _help(self, gutter: Gutter, fix: Fix) -> Iterator[Line]:
        hcl, json = self._context.snippets(fix) if fix.statement is not None else ("", "")
        printed = [("", json), ("or as HCL:", hcl)] if fix.form == "json" else [("", hcl), ("or as JSON:", json)]
        printed = [(title, snippet) for title, snippet in printed if snippet]
        words = shown(help_words(fix))
        yield from self._note(gutter, "help", f"{words}:" if printed else words)
        indent = " " * cells(_note_head(gutter, "help"))
        for number, (title, snippet) in enumerate(printed):
            if number:
                yield []
                yield [(indent + title, Style.PLAIN)]
            yield []
            for line in snippet.split("\n"):
                yield [(f"{indent}{shown(line)}" if line else "", Style.ADDED)]

    def _note(self, gutter: Gutter, name: str, text: str) -> list[Line]:
        head = _note_head(gutter, name)
        bar, name_shown = head[: gutter.digits + 3], head[gutter.digits + 3 :]
        return hanging([(bar, Style.FRAME), (name_shown, Style.STRONG)], text, self._width)

    def _undetermined(self, cause: Cause, members: list[Undetermined], several: bool) -> Iterator[Line]:
        because, settle, location = cause
        place = "" if location is None else f" ({shown(str(location))})"
        yield from hanging([("undetermined: ", Style.WARNING)], shown(because) + place, self._width)
        gates: dict[tuple[str, str, str], list[str]] = {}
        for one in members:
            named = gates.setdefault((one.principal, one.bucket, one.workspace), [])
            if gate_words(one.gate) not in named:
                named.append(gate_words(one.gate))
        for (principal, bucket, workspace), named in list(gates.items())[:_MOST_LISTED]:
            words = [shown(", ".join(named)), shown(principal), shown(bucket)]
            if several:
                words.append(f"in {shown(workspace)}")
            yield from hanging([("  ", Style.PLAIN)], " · ".join(map(unbroken, words)), self._width)
        if len(gates) > _MOST_LISTED:
            yield [(f"  and {len(gates) - _MOST_LISTED} more, all in the JSON report", Style.PLAIN)]
        if settle is not None:
            yield from hanging([("  settle: ", Style.STRONG)], shown(settle), self._width)


def _note_head(gutter: Gutter, name: str) -> str:
    return " " * gutter.digits + f" = {name + ':':<9}"


def _listed(names: Sequence[str]) -> str:
    spelled = ", ".join(unbroken(shown(name)) for name in names[:_MOST_LISTED])
    more = len(names) - _MOST_LISTED
    return f"{spelled} and {more} more" if more > 0 else spelled
