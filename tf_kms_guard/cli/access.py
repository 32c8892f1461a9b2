"""``tf-kms-guard access``: who reaches which bucket through which gates, as text and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, Final

import typer

from tf_kms_guard.cli.access_cells import Cell, Matrix, matrix_of, refuse_but_one_pair
from tf_kms_guard.cli.access_filters import Filters
from tf_kms_guard.cli.access_text import AXES, matrix_text, printable
from tf_kms_guard.cli.access_why import why_text
from tf_kms_guard.cli.run import RunOptions
from tf_kms_guard.cli.usage import UsageError
from tf_kms_guard.reports.json_report import plain
from tf_kms_guard.reports.lines import shown
from tf_kms_guard.reports.words import FATAL, error_words

_FORMATS: Final = ("text", "json")
_NOBODY: Final = "no principal of another account is meant to use a KMS-encrypted bucket here"
_FILTERED: Final = "nothing is left by --principal, --bucket, --intent and --action"


def access_command(
    targets: Sequence[str], options: RunOptions, asked: Filters, *, by: str, format: str, why: bool
) -> int:
    """Write the matrix, or the evidence of one cell, to stdout; the exit code, 2 when something could not be read.

    Raises:
        UsageError: an option makes no sense, or ``why`` is asked for more or less than one principal and bucket.
    """
    for option, value, choices in (("--format", format, _FORMATS), ("--by", by, AXES)):
        if value not in choices:
            raise UsageError(f"{option} {value}: choose one of {', '.join(choices)}")
    matrix = matrix_of(targets, options, asked, why=why)
    if not matrix.read and not matrix.errors:
        typer.echo("tf-kms-guard: no root module uses these files: nothing was read", err=True)
        return 0
    one = len({(placed.principal, placed.bucket) for placed in matrix.cells}) == 1
    if format == "json" or (why and not one):
        _tell_errors(matrix)
    if why:
        refuse_but_one_pair(matrix)
    if format == "json":
        sys.stdout.write(_as_json(matrix))
    else:
        text = why_text(matrix) if why else matrix_text(matrix, by, _FILTERED if matrix.judged else _NOBODY)
        sys.stdout.write(printable(text, sys.stdout))
    return 2 if any(error.kind in FATAL for error in matrix.errors) else 0


def _tell_errors(matrix: Matrix) -> None:
    """What could not be read, for people, where the report itself has no place for it."""
    for error in matrix.errors:
        head = "error" if error.kind in FATAL else "note"
        typer.echo(f"{head}: {shown(error_words(error))}", err=True)


def _as_json(matrix: Matrix) -> str:
    rows = [_row(placed.cell) for placed in matrix.cells]
    return json.dumps(plain(rows), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _row(cell: Cell) -> dict[str, Any]:
    why = {} if cell.why is None else {"why": cell.why}
    return {
        "principal": {"kind": cell.principal.kind, "value": cell.principal.value},
        "workspace": cell.workspace,
        "bucket": cell.bucket,
        "key": cell.key,
        "intent": cell.intent,
        "verdict": cell.verdict,
        "gates": {gate.gate: gate.verdict for gate in cell.gates},
        **why,
    }
