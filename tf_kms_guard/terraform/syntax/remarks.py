"""Remarks: comments that speak to this program, with the code that they stand at.

What a remark says is not read here. A file without the words costs a search through its bytes, and no more.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from tf_kms_guard.terraform.syntax.source import Source
from tf_kms_guard.values.span import Span

if TYPE_CHECKING:
    from tree_sitter import Node

_OWN: Final = b"tf-kms-guard:ignore"
_CHECKOV: Final = b":skip="
_OURS: Final = b"TFKMS_"
_WORDS: Final = re.compile(rb"tf-kms-guard:ignore[^\n]*|(?:checkov|bridgecrew|cortex):skip= *TFKMS_[^\n]*")
_WORDS_AS_TEXT: Final = re.compile(_WORDS.pattern.decode())


class Remark(Struct, frozen=True):
    """One line of a comment, from the words on that speak to us.

    ``at`` is the code on its line, or on the next one where it has a line of its own; ``inside`` the top-level block
    whose inner lines hold it.
    """

    text: str
    span: Span
    at: tuple[Span, ...] = ()
    inside: Span | None = None


def may_hold_remarks(data: bytes) -> bool:
    """Whether the words occur at all."""
    return _OWN in data or (_OURS in data and _CHECKOV in data)


def remarks_in(source: Source, root: Node) -> list[Remark]:
    """The remarks of a file in native syntax, of which ``root`` is the tree, in their order."""
    found: list[Remark] = []
    rows: dict[int, int | None] = {}
    for match in reversed(list(_WORDS.finditer(source.data))):  # a comment asks for the row of the next one
        path = _path(root, match.start())
        comment = path[-1]
        if comment.type != "comment":
            continue
        end = min(match.end(), comment.end_byte)
        text = source.text(match.start(), end).strip().removesuffix("*/").rstrip()
        row = _row_of(source.data, root, comment, rows)
        at = () if row is None else tuple(source.span(one.start_byte, one.end_byte) for one in _code_on(root, row))
        inside = _inside(source, path, match.start())
        found.append(Remark(text, source.span(match.start(), end), at, inside))
    return found[::-1]


def _path(root: Node, place: int) -> list[Node]:
    """The nodes around a byte, from the root to the innermost one."""
    path = [root]
    while True:
        children = path[-1].children
        number = bisect_right(children, place, key=lambda child: child.end_byte)
        if number == len(children) or children[number].start_byte > place:
            return path
        path.append(children[number])


def _row_of(data: bytes, root: Node, comment: Node, rows: dict[int, int | None]) -> int | None:
    """The row of the code that a comment stands at: its own, or the next one; ``None`` where that is empty.

    ``rows`` remembers those of comments by their start.
    """
    if comment.start_byte not in rows:
        rows[comment.start_byte] = _row_of_code(data, root, comment, rows)
    return rows[comment.start_byte]


def _row_of_code(data: bytes, root: Node, comment: Node, rows: dict[int, int | None]) -> int | None:
    line = data.rfind(b"\n", 0, comment.start_byte) + 1
    if data[line : comment.start_byte].strip():
        return comment.start_point[0]
    place, row = comment.end_byte, comment.end_point[0]
    while True:
        end = data.find(b"\n", place)
        rest = data[place : end if end >= 0 else len(data)]
        word = place + len(rest) - len(rest.lstrip())
        if not rest.strip():
            if end < 0 or not data[data.rfind(b"\n", 0, place) + 1 : end].strip():
                return None
            place, row = end + 1, row + 1
            continue
        other = _path(root, word)[-1]
        if other.type != "comment":
            return row
        if other.start_byte in rows:
            return rows[other.start_byte]
        place, row = other.end_byte, other.end_point[0]


def _code_on(root: Node, row: int) -> list[Node]:
    """What begins on a row, the whole of it: blocks, arguments of top-level blocks, objects in a list.

    Where nothing does, the innermost block or object that the row is in.
    """
    begins: list[Node] = []
    around: list[Node] = []
    todo = [(root, 0)]
    while todo:
        node, depth = todo.pop()
        children = node.children
        first = bisect_left(children, row, key=lambda child: child.end_point[0])
        for number in range(first, len(children)):
            child = children[number]
            if child.start_point[0] > row:
                break
            if child.type == "comment":
                continue
            is_block = child.type == "block"
            if is_block or (child.type == "attribute" and depth <= 1) or _is_element(node, child):
                if child.start_point[0] == row:
                    begins.append(child)
                    continue
                around = [child]
            todo.append((child, depth + is_block))
    return begins or around


def _is_element(parent: Node, node: Node) -> bool:
    """Whether a node is an object in a list, as the statements of a policy are."""
    if parent.type not in ("tuple", "for_tuple_expr") or node.type != "expression":
        return False
    value = node.children[0] if node.children else None
    return value is not None and value.type == "collection_value" and value.children[0].type == "object"


def _inside(source: Source, path: list[Node], place: int) -> Span | None:
    block = next((node for node in path if node.type == "block"), None)
    if block is None:
        return None
    span = source.span(block.start_byte, block.end_byte)
    return span if span.line < source.position(place)[0] < span.end_line else None


def remarks_in_text(text: str, place: Span, around: Span | None, inside: Span | None) -> Iterator[Remark]:
    """The remarks in a string of the JSON syntax that stands for a comment in the object ``around``."""
    for match in _WORDS_AS_TEXT.finditer(text):
        yield Remark(match[0].strip(), place, () if around is None else (around,), inside)
