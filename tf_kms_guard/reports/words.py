"""Words that several formats use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from tf_kms_guard.rules.finding import Fix, InputError, Report, Severity, Undetermined
from tf_kms_guard.values.span import Span

_GATES: Final = {
    "bucket-policy": "bucket policy",
    "key-policy": "key policy",
    "identity-s3": "identity S3",
    "identity-kms": "identity KMS",
    "key-choice": "key choice",
    "key-reference": "key reference",
}
_VERDICTS: Final = {"allowed": "open", "denied": "CLOSED", "undetermined": "unknown"}


def gate_words(gate: str) -> str:
    """``identity S3`` for ``identity-s3``."""
    return _GATES.get(gate, gate)


def verdict_words(verdict: str) -> str:
    """``CLOSED`` for ``denied``."""
    return _VERDICTS.get(verdict, verdict)


def help_words(fix: Fix) -> str:
    """What to do and where, without a full stop or colon at the end."""
    return fix.summary if fix.where is None else f"{fix.summary} ({fix.where})"


def counted(number: int, noun: str) -> str:
    """``1 bucket``, ``2 buckets``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


Cause: TypeAlias = tuple[str, str | None, Span | None]
"""Why something is undetermined, what would settle it, and where."""


def by_cause(undetermined: Iterable[Undetermined]) -> dict[Cause, list[Undetermined]]:
    """By cause, because what settles one settles all of them."""
    groups: dict[Cause, list[Undetermined]] = {}
    for one in undetermined:
        groups.setdefault((one.because, one.settle, one.location), []).append(one)
    return groups


FATAL: Final = frozenset(("syntax", "input"))
"""Kinds of input error by which something was not read at all; the others leave a value unknown."""


def error_words(error: InputError) -> str:
    """``file:line: message``, as far as the place is known."""
    place = [] if error.file is None else [error.file] if error.line is None else [error.file, str(error.line)]
    return ":".join(place) + (": " if place else "") + error.message


def summary(report: Report) -> str:
    """One sentence: what was found, or what was read, so that silence is never mistaken for blindness."""
    sentence = _findings(report) if report.shown else _clean(report)
    if report.hidden:
        sentence += f"; {counted(report.hidden, 'finding')} of rules that were not chosen left out"
    if report.left_out:
        sentence += f"; {counted(report.left_out, 'finding')} left out, as options or configuration ask"
    if report.suppressed("in-source"):
        sentence += f"; {report.suppressed('in-source')} suppressed in the code"
    if report.suppressed("external"):
        sentence += f"; {report.suppressed('external')} suppressed by the baseline"
    if not report.errors or not report.workspaces:
        return sentence
    return f"{sentence}; {counted(len(report.errors), 'part')} of the input could not be read: this may not be all"


def _findings(report: Report) -> str:
    counts = [(report.count(severity), severity.value) for severity in Severity]
    found = ", ".join(counted(number, noun) for number, noun in counts if number)
    undetermined = f"{len(report.undetermined)} undetermined"
    if report.shared_buckets == 0:
        buckets = counted(report.buckets, "bucket")
        alone = f"{'not' if report.buckets == 1 else 'none of them'} both KMS-encrypted and shared"
        return f"{found} in {buckets}, {alone} with another account; {undetermined}"
    buckets = counted(report.shared_buckets, "bucket")
    return f"{found} in {buckets} shared with {counted(report.outsiders, 'outsider')}; {undetermined}"


def _clean(report: Report) -> str:
    if not report.workspaces:
        return "nothing was read"
    unknown = len(report.undetermined)
    read = f"{counted(report.buckets, 'bucket')}, {counted(report.keys, 'key')}"
    if report.buckets == 0:
        # Something may still be undetermined: whether there is a bucket at all.
        nothing = "there is no bucket to check"
        return f"{read}: {nothing}" if not unknown else f"{read}: {nothing}; {unknown} could not be decided"
    if report.shared_buckets == 0:
        alone = f"{'it is not' if report.buckets == 1 else 'none is'} both KMS-encrypted and shared"
        if unknown:
            return f"{read}: as far as is known, {alone} with another account; {unknown} could not be decided"
        return f"{read}: {alone} with another account"
    read += f", {counted(report.outsiders, 'outsider')}"
    if unknown:
        return f"{read}: no gate is closed; {unknown} could not be decided"
    if report.hidden or report.left_out or report.suppressed():
        return f"{read}: nothing found"
    return f"{read}: {'no closed gate was found' if report.errors else 'every gate is open'}"
