"""The statement of a fix as an edit of the file in which the policy is written.

Only where the place is beyond doubt: a list of statements inside ``jsonencode``, or an ``aws_iam_policy_document``, of
code that is the user's own and makes one policy. Everything else is left to people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from tf_kms_guard.fixes.written import written
from tf_kms_guard.rules.finding import Edit, Finding
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.syntax.native import parse_file
from tf_kms_guard.terraform.syntax.nodes import (
    Block,
    Call,
    Expression,
    GetAttribute,
    Literal,
    Name,
    ObjectItems,
    TupleItems,
)
from tf_kms_guard.terraform.syntax.parsed import TopBlock
from tf_kms_guard.values.span import Span

_DOCUMENT: Final = "aws_iam_policy_document"


def edits_of(
    finding: Finding, read: Callable[[str], bytes | None], beside: Callable[[str], Iterable[str]]
) -> tuple[Edit, ...]:
    """What opens the gate when it is put in; nothing where the place is not certain.

    ``read`` gives the bytes of a file that a span names, ``beside`` the other files of its module.
    """
    fix, location = finding.fix, finding.location
    if fix is None or fix.statement is None or location is None or _is_shared(finding, location):
        return ()
    snippets = written(fix, fix.module)
    block = _block_at(location, read)
    if snippets.gaps or block is None:
        return ()
    if fix.form == "document":
        document = _document_of(block, location, read, beside)
        return () if document is None else _into_document(document, snippets.hcl)
    if fix.form == "jsonencode":
        return _into_list(block, location, snippets.hcl, read)
    return ()


def _is_shared(finding: Finding, location: Span) -> bool:
    """Whether the code is somebody else's, or makes several policies."""
    return ".terraform/" in location.file or "[" in (finding.resource or "") or not location.file.endswith(".tf")


def _block_at(location: Span, read: Callable[[str], bytes | None]) -> Block | None:
    """The top-level block in which a place lies."""
    for block in _blocks(location.file, read):
        if block.span.line <= location.line <= block.span.end_line:
            return _whole(block)
    return None


def _blocks(file: str, read: Callable[[str], bytes | None]) -> Iterator[TopBlock]:
    text = read(file)
    if text is not None:
        yield from parse_file(file, text).blocks


def _whole(block: TopBlock) -> Block | None:
    try:
        return block.block()
    except EvaluationError:
        return None


def _document_of(
    block: Block, location: Span, read: Callable[[str], bytes | None], beside: Callable[[str], Iterable[str]]
) -> Block | None:
    """The policy document that a place lies in, or that the argument at the place uses."""
    if block.type == "data" and block.labels[:1] == (_DOCUMENT,):
        return block
    name = _document_name(_argument_at(block, location))
    if name is None:
        return None
    for file in (location.file, *beside(location.file)):
        for other in _blocks(file, read):
            if other.type == "data" and other.labels == (_DOCUMENT, name):
                found = _whole(other)
                alone = found is not None and not {"count", "for_each"} & found.body.attributes.keys()
                return found if alone else None
    return None


def _document_name(expression: Expression | None) -> str | None:
    """``x`` of ``data.aws_iam_policy_document.x.json``."""
    steps: list[str] = []
    while isinstance(expression, GetAttribute):
        steps.append(expression.name)
        expression = expression.source
    is_document = len(steps) == 3 and steps[0] == "json" and steps[2] == _DOCUMENT
    return steps[1] if is_document and isinstance(expression, Name) and expression.name == "data" else None


def _argument_at(block: Block, location: Span) -> Expression | None:
    for attribute in block.body.attributes.values():
        if attribute.span.line <= location.line <= attribute.span.end_line:
            return attribute.expression
    return None


def _into_document(document: Block, statement: str) -> tuple[Edit, ...]:
    end = document.span
    if end.end_line == end.line:
        return ()
    return (Edit(end.file, end.end_line, 1, f"\n{_indented(statement, 2)}\n"),)


def _into_list(block: Block, location: Span, statement: str, read: Callable[[str], bytes | None]) -> tuple[Edit, ...]:
    statements = _statements(_argument_at(block, location))
    if statements is None or not statements.items:
        return ()
    start, first = statements.span, statements.items[0].span
    lines = (read(start.file) or b"").decode("utf-8", "replace").split("\n")
    own = lines[start.line - 1]
    indent = len(own) - len(own.lstrip(" "))
    if first.line == start.line:  # [{ …
        if first.end_line == first.line:
            return ()
        return (Edit(start.file, first.line, first.column, f"{_indented(statement, indent).lstrip()}, "),)
    return (Edit(start.file, start.line, start.column + 1, f"\n{_indented(statement, indent + 2)},"),)


def _statements(expression: Expression | None) -> TupleItems | None:
    """The list of statements that a policy is written as."""
    if not isinstance(expression, Call) or expression.name != "jsonencode" or len(expression.arguments) != 1:
        return None
    document = expression.arguments[0]
    if not isinstance(document, ObjectItems):
        return None
    for key, value in document.items:
        named = key.name if isinstance(key, Name) else key.value if isinstance(key, Literal) else None
        if named == "Statement" and isinstance(value, TupleItems):
            return value
    return None


def _indented(text: str, width: int) -> str:
    return "\n".join(" " * width + line if line else "" for line in text.split("\n"))
