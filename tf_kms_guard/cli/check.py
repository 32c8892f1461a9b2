"""``tf-kms-guard check``: run, write the reports, choose the exit code."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TextIO

import typer
from msgspec import Struct

from tf_kms_guard import __version__
from tf_kms_guard.cli.run import RunOptions, run_check
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.reports.interface import FORMATS, ReportContext, RuleHelp
from tf_kms_guard.reports.words import FATAL, error_words
from tf_kms_guard.rules.finding import Edit, Finding, Fix, Report, Severity
from tf_kms_guard.values.span import Span

if TYPE_CHECKING:
    from tf_kms_guard.cli.secrets import Veil

_LEVELS: Final = ("error", "warning", "note", "undetermined", "never")
_WIDTH: Final = 80


class _Output(Struct, frozen=True):
    """A report to write: its format, the file or ``None`` for the screen, and the words that asked for it."""

    name: str
    file: Path | None
    mode: Literal["w", "a"]
    asked: str


def check_command(
    targets: Sequence[str],
    options: RunOptions,
    formats: Sequence[str] | None,
    fail_on: str | None,
    baseline: Path | None = None,
) -> int:
    """Run ``check`` and write its reports; the exit code.

    ``formats`` and ``fail_on`` that are not given are those of the configuration. ``baseline``: a file of findings that
    do not count.

    Raises:
        UsageError: an option makes no sense.
    """
    if fail_on is not None:
        known_level(fail_on)
    outputs = _outputs(formats or ["text"])
    if baseline is None:
        report, veil = report_of(run_check(targets, options))
    else:
        report, veil = _new_ones(targets, options, baseline)
    if not formats:
        outputs = _outputs(options.configuration.agreed("format", lambda config: config.format) or ["text"])
    fail_on = fail_on or options.configuration.agreed("fail_on", lambda config: config.fail_on) or "error"
    if not report.workspaces and not report.errors:
        why = "all are excluded" if options.configuration.excluded else "no root module uses these files"
        typer.echo(f"tf-kms-guard: {why}: nothing was checked", err=True)
        return 0
    if not any(output.name == "text" and output.file is None for output in outputs):
        _tell_errors(report)
    _tell_idle(report)
    failed = [output for output in outputs if not _write(report, veil, output, options)]
    return 2 if failed else exit_code(report, fail_on)


def _new_ones(targets: Sequence[str], options: RunOptions, baseline: Path) -> tuple[Report, Veil | None]:
    """The report, in which what the baseline has is suppressed."""
    from tf_kms_guard.cli.baseline import read_baseline, tell_gone, with_known

    known = read_baseline(baseline)
    report, veil = report_of(run_check(targets, options))
    report, gone = with_known(report, known, baseline)
    narrowed = options.select or options.ignore or options.only or options.wishes.is_any
    if not narrowed and not any(error.kind in FATAL for error in report.errors):
        tell_gone(gone, baseline)
    return report, veil


def known_level(fail_on: str) -> str:
    """The level, if there is such a one.

    Raises:
        UsageError: there is none.
    """
    if fail_on not in _LEVELS:
        raise UsageError(f"--fail-on {fail_on}: choose one of {', '.join(_LEVELS)}")
    return fail_on


def report_of(report: Report) -> tuple[Report, Veil | None]:
    """The report as it may be shown, and what hides secrets in the source that it quotes."""
    if not report.secrets:
        return report, None
    from tf_kms_guard.cli.secrets import Veil

    veil = Veil(report.secrets)
    return veil.over(report), veil


def _tell_errors(report: Report) -> None:
    """What could not be read, for people, where the report itself is for machines."""
    from tf_kms_guard.reports.lines import shown

    for error in report.errors:
        if error.kind in FATAL:
            typer.echo(f"error: {shown(error_words(error))}", err=True)


def _tell_idle(report: Report) -> None:
    """The comments that suppress nothing."""
    for one in report.idle:
        from tf_kms_guard.reports.lines import shown

        level = "note" if one.state == "unused" else "warning"
        typer.echo(f"{level}: {shown(f'{one.location.file}:{one.location.line}: {one.message}')}", err=True)


def exit_code(report: Report, fail_on: str) -> int:
    """2 when something could not be read, else 1 when there is anything at or above ``fail_on``, else 0."""
    if any(error.kind in FATAL for error in report.errors):
        return 2
    if fail_on == "never":
        return 0
    levels = [severity.value for severity in Severity]
    counting = levels if fail_on == "undetermined" else levels[: levels.index(fail_on) + 1]
    if any(finding.severity.value in counting for finding in report.standing):
        return 1
    return 1 if fail_on == "undetermined" and (report.undetermined or report.errors) else 0


def _outputs(formats: Sequence[str]) -> list[_Output]:
    """Where to write what: files first, because whoever reads the screen may stop reading."""
    outputs = [_output(text) for text in formats]
    if sum(output.file is None for output in outputs) > 1:
        raise UsageError("--format: only one report can go to the screen; give the others a file, as in json=FILE")
    files = [output.file for output in outputs if output.file is not None]
    twice = next((file for file in files if files.count(file) > 1), None)
    if twice is not None:
        raise UsageError(f"--format: two reports cannot go to one file, {twice}")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary and any(output.name == "github" for output in outputs):
        outputs.append(_Output("markdown", Path(summary), "a", "GITHUB_STEP_SUMMARY"))
    return sorted(outputs, key=lambda output: output.file is None)


def _output(text: str) -> _Output:
    name, separator, file = text.partition("=")
    if name not in FORMATS:
        raise UsageError(f"--format {name}: choose one of {', '.join(FORMATS)}")
    if separator and not file:
        raise UsageError(f"--format {text}: name a file after the =")
    return _Output(name, Path(file) if separator else None, "w", f"--format {text}")


def _write(report: Report, veil: Veil | None, output: _Output, options: RunOptions) -> bool:
    try:
        if output.file is None:
            write_to(report, veil, output.name, sys.stdout, options, color=_colored(sys.stdout))
            sys.stdout.flush()
            return True
        with open(output.file, output.mode, encoding="utf-8", newline="\n") as stream:
            write_to(report, veil, output.name, stream, options, color=False)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = "to the screen" if output.file is None else str(output.file)
        typer.echo(f"tf-kms-guard: {output.asked}: cannot write {where}: {error.strerror}", err=True)
        if output.file is None:
            # What is left in the buffer has nowhere to go, and would be tried again at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def write_to(report: Report, veil: Veil | None, name: str, stream: TextIO, options: RunOptions, *, color: bool) -> None:
    """Write a report in a format; ``veil`` hides secrets in the source that it quotes."""
    context = report_context(report, veil, _width(stream), color=color, rules=lambda: _rules(options))
    FORMATS[name](context).write(report, stream)


def report_context(
    report: Report, veil: Veil | None, width: int, *, color: bool, rules: Callable[[], Sequence[RuleHelp]]
) -> ReportContext:
    """What a format needs to show ``report`` beside it: the lines of the source, statements as they are written."""

    def lines(span: Span) -> Sequence[str]:
        found = source_lines(span, report.texts)
        return found if veil is None else [veil.text(line) for line in found]

    return ReportContext(
        version=__version__,
        source_lines=lines,
        snippets=_snippets,
        edits=lambda finding: _edits(finding, report.texts),
        color=color,
        width=width,
        rules=rules,
    )


def _rules(options: RunOptions) -> list[RuleHelp]:
    """The rules that ran, with what their functions say of them."""
    import inspect
    import re

    from tf_kms_guard.rules.engine import chosen

    def said(text: str) -> str:
        return re.sub(r"``([^`]+)``", r"`\1`", text)

    return [
        RuleHelp(rule.info, said(inspect.getdoc(rule.check) or f"{rule.info.summary}."))
        for rule in chosen(options.select, options.ignore)
    ]


def _colored(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width(stream: TextIO) -> int:
    return min(shutil.get_terminal_size((_WIDTH, 24)).columns, 100) if stream.isatty() else _WIDTH


def _snippets(fix: Fix) -> tuple[str, str]:
    from tf_kms_guard.fixes.written import written

    snippets = written(fix, fix.module)
    return snippets.hcl, snippets.json


def _edits(finding: Finding, texts: Mapping[str, bytes]) -> Sequence[Edit]:
    """What to put in where; nothing where the source is not in its place, as for a plan file."""
    from tf_kms_guard.fixes.edits import edits_of

    if finding.location is None or finding.location.file in texts:
        return ()
    return edits_of(finding, _bytes_of, _beside)


@lru_cache(maxsize=64)
def _bytes_of(file: str) -> bytes | None:
    try:
        return Path(file).read_bytes()
    except OSError:
        return None


def _beside(file: str) -> list[str]:
    return sorted(str(path) for path in Path(file).parent.glob("*.tf"))


def source_lines(span: Span, texts: Mapping[str, bytes]) -> Sequence[str]:
    """The lines of a span's file from its first to its last line; empty when the file is gone.

    ``texts`` are files that are not read at their path.
    """
    text = texts.get(span.file)
    lines = _lines(span.file) if text is None else text.decode("utf-8", "replace").split("\n")
    return lines[span.line - 1 : span.end_line]


@lru_cache(maxsize=64)
def _lines(file: str) -> tuple[str, ...]:
    try:
        return tuple(Path(file).read_text(encoding="utf-8", errors="replace").split("\n"))
    except OSError:
        return ()
