"""Strategies for expressions in which values of several types meet and must become one.

Lists, maps and arguments of mixed types, nulls with a type and without, numbers of any size: what Terraform makes one
type, and what it refuses. The variables are those of ``expressions.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

_SCALARS: Final = (
    "1", "2", "0", "-1.5", "true", "false", '"a"', '"1"', '"true"', '"x"', '""', "var.n", "var.s", "var.b",
    "var.digits", "var.ls[0]", "var.o.size", "var.t[2]", "local.tuple[1]", "var.x.n",
)  # fmt: skip
_NULLS: Final = (
    "null", "var.nothing", "tostring(null)", "tonumber(null)", "tobool(null)", "var.absent.note", "var.absent.size",
    'var.gaps["b"]', "var.holes[1]", "local.tuple[3]", "local.gone", 'lookup(var.ms, "q", null)', "one([])",
    "one(var.none)", "(var.b ? null : 1)",
)  # fmt: skip
_BIG: Final = (
    "9223372036854775807", "9223372036854775808", "123456789012345678901234567890", "1e30", "1e-30", "-1e100",
    "1.5e300", "0.1", "1e21", "1e20", "4.9e-324", "0.30000000000000004", "1e400", "18446744073709551616",
)  # fmt: skip
_LISTS: Final = ("var.ls", "var.ln", "var.none", "var.la", "var.holes", "var.lo", "var.missing", "[]")
_MAPS: Final = ("var.ms", "var.mn", "var.ma", "var.mo", "var.gaps", "var.o", "var.x", "{}", "local.object")
_KEYS: Final = ("a", "b", "c", "k1")
_PLACES: Final = ("0", "1", "2", "-1", '"1"', "1.5", "1e30", "var.n", "null")


class _Writer:
    def __init__(self, draw: DrawFn, scalars: Sequence[str], lists: Sequence[str], maps: Sequence[str]) -> None:
        self.draw = draw
        self.scalars = (*_SCALARS, *scalars)
        self.lists = (*_LISTS, *lists)
        self.maps = (*_MAPS, *maps)

    def number(self, count: int) -> int:
        return self.draw(st.integers(0, count - 1))

    def pick(self, items: Sequence[str]) -> str:
        return items[self.number(len(items))]

    def scalar(self) -> str:
        return self.pick(_NULLS if self.number(4) == 0 else self.scalars)

    def value(self, depth: int) -> str:
        """A value of any kind."""
        form = self.number(8) if depth > 0 else 0
        if form < 4:
            return self.scalar()
        if form == 4:
            return self.map(depth - 1)
        if form == 5:
            return self.written(depth - 1)
        return self.list(depth - 1)

    def written(self, depth: int) -> str:
        """A list as it is written, of elements that are alike in their shape more often than not."""
        shape = self.number(5)
        count = range(self.number(4))
        if shape < 2 or depth <= 0:
            items = [self.scalar() for _ in count]
        elif shape == 2:
            items = [f"[{', '.join(self.scalar() for _ in range(1 + self.number(2)))}]" for _ in count]
        elif shape == 3:
            items = [f"{{ a = {self.value(depth - 1)}, b = {self.scalar()} }}" for _ in count]
        else:
            items = [self.value(depth - 1) for _ in count]
        return f"[{', '.join(items)}]"

    def list(self, depth: int) -> str:
        form = self.number(9)
        if form < 4 or depth <= 0:
            return self.written(depth)
        if form == 4:
            return self.pick(self.lists)
        if form == 5:
            # Beside a list of nothing, which has elements of no type, Terraform converts tuples by mistake.
            items = self.list(depth - 1)
            return items if items == "[]" else f"tolist({items})"
        if form == 6:
            return f"values({self.map(depth - 1)})"
        if form == 7:
            return f"{self.pick(('reverse', 'distinct', 'flatten'))}({self.list(depth - 1)})"
        return f"(var.off ? {self.list(depth - 1)} : {self.list(depth - 1)})"

    def plain_list(self) -> str:
        """A list of plain values: sets of others have no order."""
        if self.number(4) == 0:
            return self.pick(("var.ls", "var.ln", "var.none", "var.ss", "var.holes", "tolist([])", "toset([])"))
        return f"[{', '.join(self.scalar() for _ in range(self.number(4)))}]"

    def map(self, depth: int) -> str:
        form = self.number(8)
        if form < 4 or depth <= 0:
            keys = sorted({self.pick(_KEYS) for _ in range(self.number(4))})
            return f"{{ {', '.join(f'{key} = {self.value(depth - 1)}' for key in keys)} }}"
        if form == 4:
            return self.pick(self.maps)
        if form == 5:
            return f"tomap({self.map(depth - 1)})"
        if form == 6:
            return f"merge({self.map(depth - 1)}, {self.map(depth - 1)})"
        return f"zipmap({self.pick(('[`a`, `b`]', 'var.ls', '[`a`]', '[]')).replace('`', chr(34))}, {self.list(depth)})"

    def big(self, depth: int) -> str:
        if depth <= 0 or self.number(3) == 0:
            return self.pick(_BIG) if self.number(3) else self.pick(("1", "3", "-7", "var.n", "var.half"))
        match self.number(8):
            case 0:
                return f"({self.big(depth - 1)} {self.pick(('+', '-', '*'))} {self.big(depth - 1)})"
            case 1:
                return f"({self.pick(_BIG)} {self.pick(('/', '%'))} {self.pick(('3', '7', '1e30', '0.3', 'var.n'))})"
            case 2:
                return f"-{self.pick(_BIG)}"
            case 3:
                return f"{self.pick(('abs', 'ceil', 'floor'))}({self.big(depth - 1)})"
            case 4:
                return f"{self.pick(('max', 'min'))}({self.big(depth - 1)}, {self.big(depth - 1)})"
            case 5:
                return f"tonumber(tostring({self.big(depth - 1)}))"
            case 6:
                return f"jsondecode(jsonencode({self.big(depth - 1)}))"
        return f"sum([{self.big(depth - 1)}, {self.big(depth - 1)}])"


def _sized(writer: _Writer) -> str:
    """A function of a number, or a place, of any size."""
    number = writer.big(2)
    match writer.number(10):
        case 0:
            return f"signum({number})"
        case 1:
            return f'format("{writer.pick(("%d", "%v", "%s", "%f", "%g", "%e", "%x", "%08.2f"))}", {number})'
        case 2:
            return f"element({writer.list(1)}, {number})"
        case 3:
            return f'substr("abcdef", {writer.pick(_PLACES)}, {number})'
        case 4:
            return f"slice({writer.list(1)}, {writer.pick(_PLACES)}, {writer.pick(_PLACES)})"
        case 5:
            return f"{number} {writer.pick(('<', '<=', '>', '>=', '==', '!='))} {writer.big(2)}"
        case 6:
            return f'"${{{number}}}"'
        case 7:
            return f"parseint({writer.pick(('`zzzzzzzzzzzzzzzzz`', '`-ff`', '`9`', '1e30')).replace('`', chr(34))}, 36)"
        case 8:
            return f"chunklist({writer.list(1)}, {writer.pick(_PLACES)})"
    return number


def _on_lists(writer: _Writer) -> str:
    one, other = writer.list(2), writer.list(2)
    match writer.number(14):
        case 0:
            return f"tolist({one})"
        case 1:
            return f"distinct({one})"
        case 2:
            return f"concat({one}, {other})"
        case 3:
            return f"matchkeys({one}, {writer.plain_list()}, {writer.plain_list()})"
        case 4:
            return f"coalescelist({one}, {other})"
        case 5:
            return f"flatten([{one}, {other}, {writer.value(1)}])"
        case 6:
            return f"contains({one}, {writer.value(1)})"
        case 7:
            return f"index({one}, {writer.value(1)})"
        case 8:
            return f"element({one}, {writer.pick(_PLACES)})"
        case 9:
            return f"chunklist({one}, 2)"
        case 10:
            return f"compact({writer.plain_list()})"
        case 11:
            return f"length(toset({one}))"
        case 12:
            return f"one({one})"
    return f"tolist([{one}, {other}])"


def _on_sets(writer: _Writer) -> str:
    one, other = writer.plain_list(), writer.plain_list()
    match writer.number(6):
        case 0:
            return f"toset({one})"
        case 1:
            return f"setproduct({one}, [{writer.scalar()}])"
        case 2:
            return f"sort({one})"
        case 3:
            return f"setunion({one}, {other}, {writer.plain_list()})"
    return f"{writer.pick(('setunion', 'setintersection', 'setsubtract'))}({one}, {other})"


def _on_maps(writer: _Writer) -> str:
    one, other = writer.map(2), writer.map(2)
    match writer.number(8):
        case 0:
            return f"tomap({one})"
        case 1:
            return f"merge({one}, {other})"
        case 2:
            return f"merge({one}, {other})[{chr(34)}{writer.pick(_KEYS)}{chr(34)}]"
        case 3:
            return f"values({one})"
        case 4:
            return f"keys({one})"
        case 5:
            return f'lookup({one}, "{writer.pick(_KEYS)}")'
        case 6:
            return f"tomap({{ x = {one}, y = {other} }})"
    return f'lookup({one}, "{writer.pick(_KEYS)}", {writer.value(1)})'


def _on_values(writer: _Writer) -> str:
    one, other = writer.value(2), writer.value(2)
    match writer.number(10):
        case 0 | 1 | 2:
            return f"{writer.pick(('true', 'var.off'))} ? {one} : {other}"
        case 3 | 4:
            return f"coalesce({one}, {other})"
        case 5:
            return f"coalesce({writer.scalar()}, {writer.scalar()}, {writer.scalar()})"
        case 6:
            return f"[true ? {one} : {other}] == [{other}]"
        case 7:
            return f"try(tolist({one}), {other})"
        case 8:
            return f"[for v in tolist({writer.list(1)}) : v == {writer.scalar()}]"
    return f"{one} {writer.pick(('==', '!='))} {other}"


_FORMS: Final[Sequence[Callable[[_Writer], str]]] = (
    _on_values, _on_values, _on_lists, _on_lists, _on_sets, _on_maps, _on_maps, _sized,
)  # fmt: skip


@st.composite
def mixed(draw: DrawFn, names: Mapping[str, Sequence[str]] | None = None) -> str:
    """The text of an expression; ``names`` are more scalars (``s``), lists (``l``) and maps (``m``)."""
    names = names or {}
    writer = _Writer(draw, names.get("s", ()), names.get("l", ()), names.get("m", ()))
    return _FORMS[writer.number(len(_FORMS))](writer)
