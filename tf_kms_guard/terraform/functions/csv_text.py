"""CSV as Terraform reads it: RFC 4180, without leniency."""

from __future__ import annotations

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import MOST_ELEMENTS, refuse_huge
from tf_kms_guard.terraform.values import Value


def decode_csv(text: str) -> list[Value]:
    """The rows after the first as objects. Raises ``EvaluationError`` when the text is no such table."""
    rows = _rows(text.replace("\r\n", "\n"))
    if not rows:
        raise EvaluationError("the text has no header")
    header = rows[0]
    if len(set(header)) < len(header):
        raise EvaluationError("two columns have the same name")
    table: list[Value] = []
    for row in rows[1:]:
        if len(row) != len(header):
            raise EvaluationError("all rows must have the same number of columns")
        table.append(dict(zip(header, row, strict=True)))
    return table


def _rows(text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    at = 0
    while at < len(text):
        if text[at] == "\n":
            at += 1
            continue
        row: list[str] = []
        more = True
        while more:
            cell, at = _cell(text, at)
            row.append(cell)
            more = text[at : at + 1] == ","
            at += 1
        rows.append(row)
        refuse_huge(len(rows), MOST_ELEMENTS)
    return rows


def _cell(text: str, at: int) -> tuple[str, int]:
    """The cell that starts at ``at``, and where it ends."""
    if text[at : at + 1] != '"':
        ends = [end for end in (text.find(",", at), text.find("\n", at)) if end >= 0]
        end = min(ends, default=len(text))
        if '"' in text[at:end]:
            raise EvaluationError("a quote inside a cell that is not quoted")
        return text[at:end], end
    parts: list[str] = []
    at += 1
    while True:
        end = text.find('"', at)
        if end < 0:
            raise EvaluationError("a quoted cell does not end")
        parts.append(text[at:end])
        at = end + 1
        if text[at : at + 1] != '"':
            break
        parts.append('"')
        at += 1
    if text[at : at + 1] not in ("", ",", "\n"):
        raise EvaluationError("a quoted cell goes on after its quote")
    return "".join(parts), at
