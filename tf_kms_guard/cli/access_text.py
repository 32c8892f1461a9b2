"""The matrix of access for people: a table where it fits into 80 columns, else a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TextIO

from msgspec import Struct

from tf_kms_guard.cli.access_cells import Cell, Matrix, Placed
from tf_kms_guard.cli.inventory_lines import WIDTH
from tf_kms_guard.reports.lines import Style, as_text, cells, encodable, hanging, shown, unbroken, wrap
from tf_kms_guard.reports.words import FATAL, counted, error_words, gate_words
from tf_kms_guard.rules.finding import GateState, InputError

AXES: Final = ("principal", "bucket")
_GAP: Final = "  "
_MARKS: Final = {"allowed": "✓", "denied": "✗", "undetermined": "?"}
_PLAIN_MARKS: Final = str.maketrans({"✓": "+", "✗": "x"})
_IDENTITY: Final = ("identity-s3", "identity-kms")
_BEYOND: Final = ("key-choice", "key-reference")


class _Head(Struct, frozen=True):
    """A row or column: what it is called, and the lines of its cells by what is across."""

    name: str
    by_other: Mapping[Hashable, list[str]]


def matrix_text(matrix: Matrix, by: str, nothing: str) -> str:
    """The whole matrix with what could not be read before it; ``by`` says what the rows are (:data:`AXES`).

    ``nothing``: what is said where there is no cell.
    """
    lines = [*error_lines(matrix.errors)]
    if not matrix.cells:
        return "".join(f"{line}\n" for line in [*lines, *wrap(nothing, WIDTH)])
    principals = _names({p.principal: (p.cell.called, p.cell.principal.value) for p in matrix.cells})
    buckets = _names({p.bucket: (p.cell.bucket_called, f"{p.cell.workspace}:{p.cell.bucket}") for p in matrix.cells})
    across = (buckets, principals) if by == AXES[0] else (principals, buckets)
    rows = _rows(matrix.cells, by, across[1])
    table = _table(rows, across[0])
    lines += _list(rows, across[0]) if table is None else table
    lines += ["", *wrap(_summary(matrix, len(principals), len(buckets)), WIDTH)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def printable(text: str, stream: TextIO) -> str:
    """``text`` with simpler marks where the stream's encoding does not have ours."""
    simple = encodable("✓✗", stream) != "✓✗"
    return encodable(text.translate(_PLAIN_MARKS) if simple else text, stream)


def verdict_words(cell: Cell) -> str:
    """``read ✗ key policy``: the intent, the verdict, and the gates that it comes from."""
    words = f"{cell.intent} {_MARKS[cell.verdict]}"
    gates = ", ".join(_deciding(cell.gates, cell.verdict))
    presumed = " (presumed)" if cell.presumed else ""
    return f"{words} {gates}{presumed}" if gates else words


def _deciding(gates: Iterable[GateState], verdict: str) -> Iterator[str]:
    if verdict == "allowed":
        return
    names = [gate.gate for gate in gates if gate.verdict == verdict]
    beyond = [name for name in names if name in _BEYOND]
    if beyond:
        yield from map(gate_words, beyond)
        return
    both = set(_IDENTITY) <= set(names)
    for name in names:
        if not (both and name in _IDENTITY):
            yield gate_words(name)
    if both:
        yield "identity"


def error_lines(errors: Iterable[InputError]) -> Iterator[str]:
    """What could not be read, and an empty line after it."""
    found = list(errors)
    for error in found:
        head = "error: " if error.kind in FATAL else "note: "
        yield from as_text(hanging([(head, Style.PLAIN)], shown(error_words(error)), WIDTH)).splitlines()
    if found:
        yield ""


def _names(called: Mapping[Hashable, tuple[str, str]]) -> dict[Hashable, str]:
    """What each is called; where two are called the same, their longer names too."""
    short = Counter(name for name, _ in called.values())
    return {
        key: shown(name if short[name] == 1 or name == longer else f"{name} ({longer})")
        for key, (name, longer) in called.items()
    }


def _rows(placed: Iterable[Placed], by: str, names: Mapping[Hashable, str]) -> list[_Head]:
    found: dict[Hashable, dict[Hashable, list[str]]] = {}
    for one in placed:
        row, column = (one.principal, one.bucket) if by == AXES[0] else (one.bucket, one.principal)
        found.setdefault(row, {}).setdefault(column, []).append(verdict_words(one.cell))
    return [_Head(names[row], by_other) for row, by_other in found.items()]


def _table(rows: Sequence[_Head], columns: Mapping[Hashable, str]) -> list[str] | None:
    """The rows under their columns; ``None`` where they are too wide."""
    first = max(cells(row.name) for row in rows)
    if first + sum(len(_GAP) + cells(name) for name in columns.values()) > WIDTH:
        return None
    widths = {
        column: max(cells(text) for text in (name, *(t for row in rows for t in row.by_other.get(column, ()))))
        for column, name in columns.items()
    }
    if first + sum(len(_GAP) + width for width in widths.values()) > WIDTH:
        return None
    lines = [_line("", first, columns, widths)]
    for row in rows:
        deep = max(map(len, row.by_other.values()))
        for number in range(deep):
            texts = {column: given[number] for column, given in row.by_other.items() if number < len(given)}
            lines.append(_line("" if number else row.name, first, texts, widths))
    return lines


def _line(head: str, first: int, texts: Mapping[Hashable, str], widths: Mapping[Hashable, int]) -> str:
    rest = (_padded(texts.get(column, ""), width) for column, width in widths.items())
    return _GAP.join((_padded(head, first), *rest)).rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def _list(rows: Sequence[_Head], columns: Mapping[Hashable, str]) -> Iterator[str]:
    """A block for each row; names that are too long for one line stand alone on theirs."""
    for number, row in enumerate(rows):
        if number:
            yield ""
        yield from _wrapped("", row.name)
        mine = [(columns[column], given) for column, given in row.by_other.items()]
        longest = max(cells(name) for name, _ in mine)
        beside = longest + max(cells(text) for _, given in mine for text in given) + 2 * len(_GAP) <= WIDTH
        for name, given in mine:
            if beside:
                for line, text in enumerate(given):
                    yield _GAP + _padded("" if line else name, longest) + _GAP + text
            else:
                yield from _wrapped(_GAP, name)
                for text in given:
                    yield from _wrapped(_GAP * 2, text)


def _wrapped(indent: str, text: str) -> list[str]:
    return [indent + line for line in wrap(text, WIDTH - len(indent))]


def _summary(matrix: Matrix, principals: int, buckets: int) -> str:
    verdicts = [placed.cell.verdict for placed in matrix.cells]
    counts = ", ".join(
        f"{verdicts.count(verdict)} {words}"
        for verdict, words in (("allowed", "open"), ("denied", "closed"), ("undetermined", "not known"))
        if verdict in verdicts
    )
    hidden = "" if matrix.judged == len(matrix.cells) else f" ({matrix.judged - len(matrix.cells)} more left out)"
    return f"{counted(principals, 'principal')}, {counted(buckets, unbroken('bucket'))}: {counts}{hidden}"
