"""White space as ``terraform fmt`` leaves it and as people write it, for HCL and for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias, Union

from msgspec import Struct

_WIDTH: Final = 80
_INDENT: Final = "  "


class Items(Struct, frozen=True):
    """``[a, b]``."""

    items: tuple[Node, ...]


class Fields(Struct, frozen=True):
    """``{ a = b }`` or ``{"a": b}``; keys are spelled already."""

    fields: tuple[tuple[str, Node], ...]


Node: TypeAlias = Union[str, Items, Fields]
"""What a value is made of; a string is a leaf that is spelled already."""


class Body(Struct, frozen=True):
    """The inside of a block: attributes first, then nested blocks."""

    attributes: tuple[tuple[str, Node], ...]
    blocks: tuple[tuple[str, Body], ...] = ()


def hcl_block(kind: str, body: Body) -> str:
    """``kind { … }``."""
    return "\n".join(_block_lines(kind, body, 0))


def hcl_object(fields: Fields) -> str:
    """``{ … }``, with a line for each field."""
    if not fields.fields:
        return "{}"
    return "\n".join(["{", *_attribute_lines(fields.fields, 1), "}"])


def json_object(fields: Fields) -> str:
    """JSON text, with a line for each field of the outermost object."""
    if not fields.fields:
        return "{}"
    return "\n".join(_json_lines(fields, 0, always=True))


def _block_lines(kind: str, body: Body, depth: int) -> Iterator[str]:
    yield f"{_INDENT * depth}{kind} {{"
    yield from _attribute_lines(body.attributes, depth + 1)
    for number, (inner_kind, inner) in enumerate(body.blocks):
        if number or body.attributes:
            yield ""
        yield from _block_lines(inner_kind, inner, depth + 1)
    yield f"{_INDENT * depth}}}"


def _attribute_lines(attributes: Sequence[tuple[str, Node]], depth: int) -> Iterator[str]:
    """``=`` signs are aligned within a run of attributes that take one line each."""
    run: list[tuple[str, str]] = []
    for name, value in attributes:
        lines = _hcl_lines(value, depth, len(name) + len(" = "))
        if len(lines) == 1:
            run.append((name, lines[0]))
            continue
        yield from _aligned(run, depth)
        run = []
        yield f"{_INDENT * depth}{name} = {lines[0]}"
        yield from lines[1:]
    yield from _aligned(run, depth)


def _aligned(run: Sequence[tuple[str, str]], depth: int) -> Iterator[str]:
    widest = max((len(name) for name, _ in run), default=0)
    for name, value in run:
        yield f"{_INDENT * depth}{name:<{widest}} = {value}"


def _hcl_lines(node: Node, depth: int, used: int) -> list[str]:
    """The lines of a value; the first one starts after ``used`` columns and has no indentation of its own."""
    line = _hcl_line(node)
    if isinstance(node, str) or _is_short(node, line, depth, used):
        return [line]
    close = _INDENT * depth
    if isinstance(node, Fields):
        return ["{", *_attribute_lines(node.fields, depth + 1), close + "}"]
    lines = ["["]
    for item in node.items:
        first, *rest = _hcl_lines(item, depth + 1, 0)
        lines += [close + _INDENT + first, *rest]
        lines[-1] += ","
    return [*lines, close + "]"]


def _hcl_line(node: Node) -> str:
    if isinstance(node, Items):
        return "[" + ", ".join(map(_hcl_line, node.items)) + "]"
    if isinstance(node, Fields):
        inside = ", ".join(f"{key} = {_hcl_line(value)}" for key, value in node.fields)
        return f"{{ {inside} }}" if inside else "{}"
    return node


def _json_lines(node: Node, depth: int, used: int = 0, *, always: bool = False) -> list[str]:
    line = _json_line(node)
    if isinstance(node, str) or (not always and _is_short(node, line, depth, used)):
        return [line]
    if isinstance(node, Fields):
        entries = [(f"{key}: ", value) for key, value in node.fields]
    else:
        entries = [("", item) for item in node.items]
    inner = _INDENT * (depth + 1)
    lines = ["{" if isinstance(node, Fields) else "["]
    for number, (head, value) in enumerate(entries):
        first, *rest = _json_lines(value, depth + 1, len(head))
        lines += [inner + head + first, *rest]
        if number + 1 < len(entries):
            lines[-1] += ","
    return [*lines, _INDENT * depth + ("}" if isinstance(node, Fields) else "]")]


def _json_line(node: Node) -> str:
    if isinstance(node, Items):
        return "[" + ", ".join(map(_json_line, node.items)) + "]"
    if isinstance(node, Fields):
        return "{" + ", ".join(f"{key}: {_json_line(value)}" for key, value in node.fields) + "}"
    return node


def _is_short(node: Items | Fields, line: str, depth: int, used: int) -> bool:
    """Whether people would write it on one line: a single leaf, or a few that fit."""
    inside = [value for _, value in node.fields] if isinstance(node, Fields) else list(node.items)
    if not inside:
        return True
    if isinstance(node, Items) and len(inside) == 1 and isinstance(inside[0], str):
        return True
    fits = len(_INDENT) * depth + used + len(line) <= _WIDTH
    if isinstance(node, Items):
        return fits and all(isinstance(item, str) for item in inside)
    return fits and len(inside) == 1 and _is_flat(inside[0])


def _is_flat(node: Node) -> bool:
    """Whether nothing in it has more than one field or item that is no leaf."""
    if isinstance(node, str):
        return True
    if isinstance(node, Items):
        return all(isinstance(item, str) for item in node.items)
    return len(node.fields) <= 1 and all(_is_flat(value) for _, value in node.fields)
