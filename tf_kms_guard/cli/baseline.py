"""Known findings: written by ``tf-kms-guard baseline``, suppressed by ``check --baseline FILE``.

A finding is known by its fingerprint, which holds no path and no line, so that it stays known when code moves. Where
several have one fingerprint, as a module's in two roots, as many of them are known as there were.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import typer
from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard import __version__
from tf_kms_guard.cli.run import RunOptions, run_check
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.reports.json_report import plain
from tf_kms_guard.reports.lines import shown
from tf_kms_guard.reports.words import FATAL, counted, error_words
from tf_kms_guard.rules.finding import Finding, Report, Suppression
from tf_kms_guard.terraform.files import display_path

SCHEMA_VERSION: Final = 1
_MOST_BYTES: Final = 64 * 1024 * 1024
_MOST_NAMED: Final = 5


class Known(Struct, frozen=True):
    """One entry: a fingerprint, how many findings have it, and what it is for people."""

    fingerprint: str
    count: int
    rule: str
    resource: str | None


def baseline_command(targets: Sequence[str], options: RunOptions, output: Path) -> int:
    """Write what ``check`` finds now; the exit code, 2 when something could not be read.

    Raises:
        UsageError: an option makes no sense, or the file cannot be written.
    """
    from tf_kms_guard.cli.check import report_of

    report, _ = report_of(run_check(targets, options))
    for error in report.errors:
        if error.kind in FATAL:
            typer.echo(f"error: {shown(error_words(error))}", err=True)
    if any(error.kind in FATAL for error in report.errors):
        typer.echo(f"tf-kms-guard: {output} is not written: what was not read has no findings yet", err=True)
        return 2
    entries = _entries(report.standing)
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tf-kms-guard", "version": __version__},
        "findings": entries,
    }
    try:
        output.write_text(
            json.dumps(plain(document), indent=2, ensure_ascii=True) + "\n", encoding="utf-8", newline="\n"
        )
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from error
    number = sum(entry["count"] for entry in entries)
    typer.echo(f"{output}: {counted(number, 'finding')} known from now on with check --baseline {output}", err=True)
    return 0


def _entries(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """One entry a fingerprint, in an order that keeps differences between two files small."""
    found: dict[str, dict[str, Any]] = {}
    for one in findings:
        entry = found.setdefault(
            one.fingerprint,
            {
                "fingerprint": one.fingerprint,
                "count": 0,
                "rule": one.rule.id,
                "resource": one.resource,
                "principal": None if one.principal is None else one.principal.value,
                "message": one.message,
            },
        )
        entry["count"] += 1
    return sorted(found.values(), key=lambda entry: (entry["rule"], entry["resource"] or "", entry["fingerprint"]))


def read_baseline(file: Path) -> tuple[Known, ...]:
    """The known findings in a file.

    Raises:
        UsageError: it is not there, or no baseline.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise UsageError(f"--baseline {file}: it is too long for a baseline")
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(f"--baseline {file}: cannot read it: {error.strerror}") from error
    except (ValueError, RecursionError):
        raise UsageError(f"--baseline {file}: it is no JSON; tf-kms-guard baseline writes one") from None
    if not isinstance(data, dict) or not isinstance(data.get("findings"), list):
        raise UsageError(f"--baseline {file}: it is no baseline; tf-kms-guard baseline writes one")
    if data.get("schema_version") != SCHEMA_VERSION:
        version = json.dumps(data.get("schema_version"))[:40]
        raise UsageError(f"--baseline {file}: its version is {version}, this program reads {SCHEMA_VERSION}")
    found = []
    for number, entry in enumerate(data["findings"], 1):
        known = _known(entry)
        if known is None:
            raise UsageError(
                f"--baseline {file}: entry {number} has no fingerprint, count and rule as they are written"
            )
        found.append(known)
    return tuple(found)


def _known(entry: object) -> Known | None:
    if not isinstance(entry, dict):
        return None
    fingerprint, count, rule = entry.get("fingerprint"), entry.get("count", 1), entry.get("rule")
    resource = entry.get("resource")
    if not isinstance(fingerprint, str) or not isinstance(rule, str) or not isinstance(resource, str | None):
        return None
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        return None
    return Known(fingerprint, count, rule, resource)


def with_known(report: Report, known: Sequence[Known], file: Path) -> tuple[Report, tuple[Known, ...]]:
    """The report with what the baseline ``file`` knows suppressed, and the entries of which something was not found.

    What a comment in the code suppresses is not looked for in the baseline, but an entry for it is found.
    """
    suppression = Suppression("external", f"known in {display_path(file)}")
    left: Counter[str] = Counter()
    for entry in known:
        left[entry.fingerprint] += entry.count
    findings = list(report.findings)
    for number, finding in sorted(enumerate(findings), key=lambda one: one[1].suppression is not None):
        if finding.change != "resolved" and left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
            if finding.suppression is None:
                findings[number] = replace(finding, suppression=suppression)
    gone = tuple(entry for entry in known if left[entry.fingerprint] > 0)
    return replace(report, findings=tuple(findings)), gone


def tell_gone(gone: Sequence[Known], file: Path) -> None:
    """Say which entries were not found, so that a baseline shrinks with what is mended."""
    if not gone:
        return
    names = [entry.rule if entry.resource is None else f"{entry.rule} {entry.resource}" for entry in gone[:_MOST_NAMED]]
    more = f" and {len(gone) - _MOST_NAMED} more" if len(gone) > _MOST_NAMED else ""
    words = (
        f"{counted(len(gone), 'entry') if len(gone) == 1 else f'{len(gone)} entries'} of {file} not found in this run"
    )
    typer.echo(f"note: {words}: {shown(', '.join(names))}{more}", err=True)
