"""The parser itself: bytes in, tree-sitter's tree out."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tf_kms_guard.terraform.syntax import mending

if TYPE_CHECKING:
    from tree_sitter import Language, Node


@functools.cache
def _language() -> Language:
    import tree_sitter_hcl
    from tree_sitter import Language

    return Language(tree_sitter_hcl.language())


def parse(data: bytes) -> tuple[bytes, Node]:
    """The root of the tree, and the bytes that the parser was given for ``data`` (no byte moves)."""
    from tree_sitter import Parser

    parser = Parser(_language())
    parsed = mending.always(data)
    root = parser.parse(parsed).root_node
    if root.has_error:
        mended = mending.on_error(parsed)
        if mended != parsed:
            again = parser.parse(mended).root_node
            if not again.has_error:
                return mended, again
    return parsed, root


def parse_exactly(parsed: bytes) -> Node:
    """The root of the tree of bytes that :func:`parse` has given back."""
    from tree_sitter import Parser

    return Parser(_language()).parse(parsed).root_node


def parse_range(parsed: bytes, start: int, end: int) -> Node:
    """The root of the tree of a byte range; its nodes keep their offsets in the whole."""
    from tree_sitter import Parser, Point, Range

    part = Range(Point(0, 0), Point(0xFFFFFFFF, 0xFFFFFFFF), start, end)
    return Parser(_language(), included_ranges=[part]).parse(parsed).root_node


def top_nodes(root: Node) -> Iterator[Node]:
    """The attributes and blocks at the top of a file."""
    for node in root.children:
        if node.type == "body":
            yield from (child for child in node.children if child.type in ("block", "attribute"))


def repeated_names(block: Node) -> Iterator[Node]:
    """The names of attributes in ``block``, or in a block inside it, that their body has already."""
    todo = [block]
    while todo:
        seen: set[bytes | None] = set()
        body = next((child for child in todo.pop().children if child.type == "body"), None)
        for child in [] if body is None else body.children:
            if child.type == "block":
                todo.append(child)
            elif child.type == "attribute":
                name = child.children[0]
                if name.text in seen:
                    yield name
                seen.add(name.text)


def is_deeper_than(node: Node, limit: int) -> bool:
    """Whether the tree below ``node`` may be deeper than ``limit``, or a traversal in it be longer."""
    cursor = node.walk()
    siblings = [0]
    while True:
        if cursor.goto_first_child():
            siblings.append(0)
            if len(siblings) > limit:
                return True
            continue
        while not cursor.goto_next_sibling():
            siblings.pop()
            if len(siblings) <= 1:
                return False
            cursor.goto_parent()
        siblings[-1] += 1
        if siblings[-1] == limit and cursor.node is not None and cursor.node.type in ("index", "get_attr", "splat"):
            return True
