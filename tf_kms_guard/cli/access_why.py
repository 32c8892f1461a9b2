"""The evidence behind one principal and bucket for people: plain text of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from tf_kms_guard.cli.access_cells import Cell, Matrix
from tf_kms_guard.cli.access_text import error_lines, verdict_words
from tf_kms_guard.cli.inventory_lines import Lines, at, inert
from tf_kms_guard.reports.lines import shown
from tf_kms_guard.reports.words import gate_words
from tf_kms_guard.reports.words import verdict_words as state_words

Data: TypeAlias = Mapping[str, Any]

_MATCHES: Final = {True: "matches", None: "may match"}


def why_text(matrix: Matrix) -> str:
    """Every intent of the one principal and bucket in the matrix, with every gate."""
    out = Lines()
    cells = [placed.cell for placed in matrix.cells]
    first = cells[0]
    out.line(0, shown(f"{first.called} and {first.bucket_called}"))
    out.field(1, "principal", shown(first.principal.value))
    out.field(1, "bucket", shown(f"{first.bucket} in {first.workspace}"))
    out.field(1, "key", "none is named here" if first.key is None else shown(first.key))
    for cell in cells:
        out.blank()
        _cell(out, cell)
    rests = dict.fromkeys(line for cell in cells for line in _why(cell)["rests_on"])
    if rests:
        out.blank()
        out.line(0, "It rests on")
        for line in rests:
            out.line(1, line)
    return "".join(f"{line}\n" for line in error_lines(matrix.errors)) + out.text()


def _why(cell: Cell) -> Data:
    assert cell.why is not None  # matrix_of gives it to the one pair that it lets through
    safe: Data = inert(cell.why)
    return safe


def _cell(out: Lines, cell: Cell) -> None:
    why = _why(cell)
    out.line(0, verdict_words(cell))
    for sign in why["intended"]:
        out.field(1, "intended", sign["words"] + at(sign["location"]))
    if why["principal_asked"] is not None:
        out.field(1, "asked for", why["principal_asked"])
    out.field(1, "object", why["object"])
    for gate in why["asked"]:
        _gate(out, gate)


def _gate(out: Lines, gate: Data) -> None:
    out.line(1, f"{gate_words(gate['gate'])}: {state_words(gate['verdict'])}")
    for policy in gate["policies"]:
        out.field(2, "policy", policy["words"] + at(policy["location"]))
    if gate["unknown"] is not None:
        _unknowns(out, 2, [gate["unknown"]])
    known = None if gate["unknown"] is None else gate["unknown"]["because"]
    for request in gate["requests"]:
        out.line(2, f"{request['action']} {request['verdict']}")
        if request["note"] is not None:
            out.field(3, "note", request["note"])
        for statement in request["statements"]:
            _statement(out, statement)
        _unknowns(out, 3, [one for one in request["unknowns"] if one["because"] != known])
        if not (request["statements"] or request["note"] or request["unknowns"]):
            out.line(3, "no statement has to do with it")


def _statement(out: Lines, statement: Data) -> None:
    policy = "" if statement["policy"] is None else f", in {statement['policy']}"
    words = f"{statement['effect']}: {statement['words']}{policy}{at(statement['location'])}"
    near = "near miss" if len(statement["misses"]) == 1 else "nearest"
    out.field(3, _MATCHES.get(statement["matches"], near), words)


def _unknowns(out: Lines, depth: int, unknowns: Sequence[Data]) -> None:
    for unknown in unknowns:
        out.field(depth, "not known", unknown["because"] + at(unknown["location"]))
        if unknown["settle"] is not None:
            out.field(depth, "settle", unknown["settle"])
