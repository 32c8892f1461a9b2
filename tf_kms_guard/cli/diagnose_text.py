"""A diagnosis for people: plain text of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tf_kms_guard.cli.access_text import error_lines
from tf_kms_guard.cli.check import report_context
from tf_kms_guard.cli.diagnose_asking import questions
from tf_kms_guard.cli.diagnose_decision import Decided, Decisions
from tf_kms_guard.cli.inventory_lines import WIDTH, Lines
from tf_kms_guard.messages.denial import Denial, Recognised
from tf_kms_guard.messages.meanings import Meaning, meaning_of
from tf_kms_guard.reports.lines import as_text, shown
from tf_kms_guard.reports.text import TextFormat
from tf_kms_guard.reports.words import counted, gate_words, verdict_words
from tf_kms_guard.rules.catalogue import RULES
from tf_kms_guard.rules.finding import Report

_MOST: Final = 20
"""So many denials of a log are explained; JSON has all of them."""


def diagnosis_text(denials: Sequence[Denial], found: Recognised, decisions: Decisions | None) -> str:
    """What each denial means, and what becomes of it in the code that was named."""
    parts: list[str] = []
    if decisions is not None:
        parts += [f"{line}\n" for line in error_lines(decisions.errors)]
    for number, denial in enumerate(denials[:_MOST]):
        if number:
            parts.append("\n")
        parts.append(_explained(denial))
        if decisions is not None:
            parts += _in_code(denial, decisions, number)
    parts += _rest(denials, found)
    return "".join(parts)


def _explained(denial: Denial) -> str:
    meaning = meaning_of(denial)
    out = Lines()
    out.line(0, shown(_headline(denial, meaning)))
    if denial.caller is not None:
        out.field(1, "caller", shown(denial.caller.arn))
    for place in denial.places:
        out.field(1, "object" if place.key else "bucket", shown(f"s3://{place.bucket}/{place.key or ''}".rstrip("/")))
    if denial.kms_key is not None:
        out.field(1, "key", shown(denial.kms_key))
    if denial.policy is not None:
        out.field(1, "policy", shown(denial.policy))
    out.field(1, "message", shown(denial.text))
    out.field(1, "means", meaning.words)
    for note in denial.notes:
        out.field(1, "note", shown(note))
    out.field(1, "gate", _gate(meaning))
    if meaning.besides:
        besides = ", ".join(map(gate_words, meaning.besides))
        out.field(1, "besides", f"AWS names one reason only; of these it says nothing: {besides}")
    for number, check in enumerate(meaning.checks):
        out.item(1, "check" if number == 0 else "", check)
    rules = [rule for rule in meaning.rules if rule in RULES]
    if rules:
        out.field(1, "rules", f"{', '.join(rules)} (tf-kms-guard explain {rules[0]})")
    return out.text()


def _headline(denial: Denial, meaning: Meaning) -> str:
    action = denial.action or denial.operation
    what = f" ({action})" if action is not None else ""
    times = f", {denial.times} times" if denial.times > 1 else ""
    return f"{meaning.title}{what}{times}"


def _gate(meaning: Meaning) -> str:
    if meaning.outside is not None:
        return f"none of the four: a {meaning.outside}"
    if not meaning.gates:
        return "the message names none"
    names = [gate_words(gate) for gate in meaning.gates]
    return names[0] if len(names) == 1 else f"one or more of: {', '.join(names)}"


def _in_code(denial: Denial, decisions: Decisions, number: int) -> Iterator[str]:
    decided = decisions.decided[number]
    if not decided:
        out = Lines()
        out.line(1, shown(_nowhere(denial, decisions, number)))
        yield f"\n{out.text()}"
    for one in decided:
        yield f"\n{_head(one)}"
        yield from _findings(one, decisions)
    if decisions.beyond[number]:
        yield f"\n  {counted(decisions.beyond[number], 'bucket')} more may be meant: name one with --bucket\n"


def _nowhere(denial: Denial, decisions: Decisions, number: int) -> str:
    if decisions.buckets == 0:
        return "The code that was named declares no bucket."
    if not questions(denial):
        what = denial.action or "a failed replication"
        return f"What a message of {what} asks for is not decided here: tf-kms-guard check and access judge the code."
    if not denial.places:
        return "No bucket in the code that was named fits the message: name one with --bucket."
    bucket = denial.places[0].bucket
    if not decisions.declared[number]:
        return f"The code that was named declares no bucket {bucket}."
    return (
        f"The code that was named declares the bucket {bucket}, and means nobody of another account to use it in "
        "this way: name who was denied with --caller ARN."
    )


def _head(one: Decided) -> str:
    out = Lines()
    first = one.cells[0]
    out.line(1, shown(f"In this code: {first.bucket_called} ({first.bucket} in {first.workspace})"))
    for cell in one.cells:
        gates = " · ".join(f"{gate_words(state.gate)} {verdict_words(state.verdict)}" for state in cell.gates)
        out.field(2, cell.intent, shown(f"{cell.called}: {gates}"))
        if cell.verdict == "undetermined" and cell.why is not None:
            for words in _unknown(cell.why):
                out.field(2, "not known", shown(words))
    for note in one.notes:
        out.field(2, "note", shown(note))
    return out.text()


def _unknown(why: object) -> Iterator[str]:
    """Why gates could not be decided, once each."""
    assert isinstance(why, dict)
    told: dict[str, None] = {}
    for gate in why["asked"]:
        if gate["verdict"] == "undetermined":
            unknowns = [gate["unknown"], *(one for request in gate["requests"] for one in request["unknowns"])]
            for unknown in unknowns:
                if unknown is not None:
                    settle = "" if unknown["settle"] is None else f" ({unknown['settle']})"
                    told[f"{unknown['because']}{settle}"] = None
    yield from list(told)[:3]


def _findings(one: Decided, decisions: Decisions) -> Iterator[str]:
    report = Report((), one.findings, (), (), 0, 0, 0, 0, texts=decisions.texts)
    form = TextFormat(report_context(report, decisions.veil, WIDTH, color=False, rules=lambda: ()))
    for finding in one.findings:
        yield f"\n{as_text(form.finding_lines(finding, False))}"


def _rest(denials: Sequence[Denial], found: Recognised) -> Iterator[str]:
    lines = []
    if len(denials) > _MOST:
        lines.append(f"{counted(len(denials) - _MOST, 'denial')} more of other kinds: --format json has them")
    if found.more:
        lines.append(f"the text holds more than is told apart here: {found.more} left out")
    if found.elsewhere:
        lines.append(f"{counted(len(found.elsewhere), 'error')} of other services or kinds in the text: not looked at")
    if lines:
        out = Lines()
        for line in lines:
            out.line(0, line)
        yield f"\n{out.text()}"
