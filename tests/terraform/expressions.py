"""Strategies for expressions of Terraform's language, and a root module whose names they use.

An expression is made for a *kind* of value: ``s`` string, ``n`` number, ``b`` truth value, ``ls`` and ``ln`` lists of
strings and of numbers, ``ms`` a map of strings, ``o`` an object of any depth, ``a`` anything. Now and then another kind
stands in its place, so that conversions and errors are met as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

_T = TypeVar("_T")

VARIABLES: Final[Mapping[str, tuple[str, str]]] = {
    "s": ("string", '"text"'),
    "digits": ("string", '"42"'),
    "empty": ("string", '""'),
    "n": ("number", "3"),
    "half": ("number", "0.5"),
    "b": ("bool", "true"),
    "off": ("bool", "false"),
    "nothing": ("string", "null"),
    "ls": ("list(string)", '["b", "a", "c"]'),
    "none": ("list(string)", "[]"),
    "ln": ("list(number)", "[3, 1, 2]"),
    "ss": ("set(string)", '["y", "x", "y"]'),
    "ms": ("map(string)", '{ a = "1", b = "x" }'),
    "mn": ("map(number)", "{ a = 1, b = 2 }"),
    "la": ("list(any)", '[1, "a", true]'),
    "ma": ("map(any)", '{ a = 1, b = "b" }'),
    "t": ("tuple([string, number, bool])", '["t", "7", true]'),
    "o": (
        "object({ name = string, size = optional(number, 5), tags = optional(map(string), {}), "
        'inner = optional(object({ x = optional(string, "dx"), y = optional(list(number), [1]) }), {}) })',
        '{ name = "n", dropped = true }',
    ),
    "lo": (
        "list(object({ id = string, on = optional(bool, false), parts = optional(list(string), []) }))",
        '[{ id = "one", on = true }, { id = 2, parts = ["p", "q"] }]',
    ),
    "mo": (
        "map(object({ id = string, weight = optional(number, 1) }))",
        '{ k1 = { id = "i1" }, k2 = { id = "i2", weight = 9 } }',
    ),
    "absent": ("object({ note = optional(string), size = optional(number) })", "{}"),
    "gaps": ("map(number)", "{ a = 1, b = null }"),
    "holes": ("list(string)", '["a", null, "b"]'),
    "missing": ("list(string)", "null"),
    "x": ("any", '{ deep = { list = [1, { z = "zz" }], flag = false }, n = 7 }'),
}

LOCALS: Final[Mapping[str, str]] = {
    "s": '"local ${var.s}"',
    "n": "var.n * 2",
    "tuple": '["a", 1, true, null]',
    "object": '{ a = 1, b = "two", c = { d = ["x", "y"] }, "odd key" = false }',
    "by_id": "{ for o in var.lo : o.id => o }",
    "gone": "var.nothing",
    "mixed": '[{ id = "m1", n = 1 }, { id = "m2" }]',
}

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "s": (
        "var.s", "var.digits", "var.empty",  "local.s", "var.o.name", "var.o.inner.x", "var.t[0]",
        "var.lo[0].id", "var.lo.1.id", "var.ms.a", 'var.ms["b"]', "var.ls[1]", "var.ls.0", 'var.mo["k1"].id',
        "local.object.b", "local.tuple[0]", "var.x.deep.list[1].z", "var.la[1]", "var.ma.b", 'local.by_id["one"].id',
        "local.object.c.d[1]", "var.lo.*.id[1]",
    ),
    "n": (
        "var.n", "var.half", "local.n", "var.o.size", "var.t[1]", "var.ln[0]", "var.mn.a", "var.mo.k2.weight",
        "local.object.a", "local.tuple.1", "var.x.deep.list[0]", "var.o.inner.y[0]",
    ),
    "b": ("var.b", "var.off", "var.t[2]", "var.lo[0].on",  "var.x.deep.flag", "local.tuple[2]"),
    "ls": (
        "var.ls", "var.none", "var.ss", "var.lo[*].id", "var.lo.*.id", "local.object.c.d", "var.lo[1].parts",
        "keys(var.mo)", "local.mixed[*].id", "var.la", "values(var.mo)[*].id",
    ),
    "ln": ("var.ln", "var.o.inner.y", "values(var.mn)", "values(var.mo)[*].weight", "range(3)", "range(var.n)"),
    "ms": ("var.ms", "{ for k, n in var.mn : k => n }", "var.ma", "var.o.tags", "{ for k, o in var.mo : k => o.id }"),
    "o": (
        "var.o", "var.lo", "var.mo", "var.x", "local.object", "local.by_id", "var.t", "var.x.deep", "local.mixed",
        "var.lo[0]", "var.mo.k1", "var.o.inner",
    ),
}  # fmt: skip

_WORDS: Final = (
    "a",
    "b",
    "x",
    "",
    "k1",
    "one",
    "12",
    "true",
    "Hello World",
    " sp ",
    "é",
    "日本",
    "a-b_c",
    "null",
    "0.50",
)
_CHARACTERS: Final = (
    "\\n",
    "\\t",
    '\\"',
    "\\\\",
    "\\u00e9",
    "$${no}",
    "%%{no}",
    "$-",
    "%-",
    "#",
    "//",
    "{",
    "}",
    "/",
    ",",
)
_KEYS: Final = ("a", "b", "k1", "name", "id", "odd key", "z")
_NUMBERS: Final = ("0", "1", "2", "7", "10", "1.5", "0.1", "100", "1e3", "25e-1", "1234567890123", "0.30")


def root_module() -> str:
    """The variables and local values that the expressions use."""
    lines = [
        f"variable {name!r} {{\n  type    = {type_}\n  default = {default}\n}}\n".replace("'", '"')
        for name, (type_, default) in VARIABLES.items()
    ]
    return "\n".join([*lines, "locals {", *(f"  {name} = {value}" for name, value in LOCALS.items()), "}", ""])


class _Writer:
    """Writes one expression; ``bound`` are the names of ``for`` variables by kind."""

    def __init__(self, draw: DrawFn, names: Mapping[str, tuple[str, ...]], mistakes: bool) -> None:
        self.draw = draw
        self.names = names
        self.mistakes = mistakes
        self.bound: list[tuple[str, str]] = []
        self.made = 0
        self.within = 0

    def pick(self, items: tuple[_T, ...]) -> _T:
        return items[self.draw(_index(len(items)))]

    def chance(self, one_in: int) -> bool:
        return self.draw(_index(one_in)) == one_in - 1

    def write(self, kind: str, depth: int) -> str:
        """An expression that gives a value of ``kind``, unless a mistake is made on purpose."""
        if kind == "a":
            kind = self.pick(("s", "n", "b", "ls", "ln", "ms", "o", "s" if self.within else "null"))
        elif self.mistakes and depth > 0 and self.chance(25):
            kind = self.pick(("s", "n", "b", "ls", "ms", "o", "null"))
            return "null" if kind == "null" else f"({self.write(kind, depth - 1)})"
        if kind == "null":
            return "null"
        names = [name for name, of in self.bound if of == kind]
        if names and self.chance(2):
            return self.pick(tuple(names))
        if depth <= 0:
            return self.leaf(kind)
        forms = _FORMS[kind]
        return self.pick(forms)(self, depth - 1)

    def operand(self, kind: str, depth: int) -> str:
        """An expression to which an index or an attribute can be appended."""
        text = self.write(kind, depth)
        is_plain = text[0].isalpha() or text[0] in "[{"
        return text if is_plain and "*" not in text and not self.chance(3) else f"({text})"

    def leaf(self, kind: str) -> str:
        if kind in self.names and self.chance(2):
            return self.pick(self.names[kind])
        match kind:
            case "s":
                return f'"{self.characters()}"'
            case "n":
                return self.pick(_NUMBERS)
            case "b":
                return self.pick(("true", "false"))
            case "ls":
                return "[" + ", ".join(f'"{self.pick(_WORDS)}"' for _ in range(self.draw(_index(4)))) + "]"
            case "ln":
                return "[" + ", ".join(self.pick(_NUMBERS) for _ in range(self.draw(_index(4)))) + "]"
            case "ms":
                keys = dict.fromkeys(self.pick(_KEYS) for _ in range(self.draw(_index(3))))
                return "{" + ", ".join(f'"{key}" = "{self.pick(_WORDS)}"' for key in keys) + "}"
        return self.pick(("{}", "[]", "{ a = 1 }", '[1, "x"]', "{ a = { b = 1.5 } }"))

    def characters(self) -> str:
        return "".join(
            self.pick(_CHARACTERS) if self.chance(4) else self.pick(_WORDS) for _ in range(self.draw(_index(3)))
        )

    # ---- strings

    def template(self, depth: int) -> str:
        return f'"{self.parts(depth)}"'

    def parts(self, depth: int) -> str:
        parts = []
        for _ in range(1 + self.draw(_index(3))):
            form = self.draw(_index(6))
            if form < 2:
                parts.append(self.characters())
            elif form < 4:
                strip = self.pick((("${", "}"), ("${", "}"), ("${~ ", " ~}")))
                parts.append(f"{strip[0]}{self.write(self.pick(('s', 'n', 'b')), depth)}{strip[1]}")
            elif form == 4:
                other = f"%{{ else }}{self.characters()}" if self.chance(2) else ""
                condition = self.write("b", depth)
                parts.append(f"%{{ if {condition} }}{self.parts(depth - 1)}{other}%{{ endif }}")
            else:
                collection = self.write(self.pick(("ls", "ms")), depth)
                with_key = self.chance(2)
                key, value = self.fresh(), self.fresh()
                self.bound += [(value, "s")]
                names = f"{key}, {value}" if with_key else value
                body = self.parts(depth - 1) if depth > 0 else f"${{{value}}}"
                self.bound.pop()
                parts.append(f"%{{ for {names} in {collection} ~}} {body}%{{ endfor }}")
        return "".join(parts)

    def heredoc(self, depth: int) -> str:
        flush = self.chance(2)
        lines = []
        for _ in range(1 + self.draw(_index(3))):
            indent = "  " * self.draw(_index(3))
            word = self.pick(("a", 'say "hi"', "\\n", "b c", ""))
            hole = f"${{{self.write(self.pick(('s', 'n', 'b')), depth)}}}" if self.chance(2) else ""
            lines.append(f"{indent}{word}{hole}")
        text = "\n".join(lines)
        return f"(<<{'-' if flush else ''}EOT\n{text}\nEOT\n)"

    def string_call(self, depth: int) -> str:
        w = self.write
        form = self.draw(_index(21))
        match form:
            case 0:
                return f"join({w('s', depth)}, {w('ls', depth)})"
            case 1:
                return f"{self.pick(('upper', 'lower', 'title', 'trimspace', 'strrev', 'chomp'))}({w('s', depth)})"
            case 2:
                return f"replace({w('s', depth)}, {w('s', 0)}, {w('s', depth)})"
            case 3:
                return f'format("%s-%s", {w("s", depth)}, {w("n", depth)})'
            case 4:
                return f'format("%d|%05.1f|%v|%q", {self.pick(("1", "12", "var.n"))}, {w("n", 0)}, {w("a", 0)}, "q")'
            case 5:
                return f"substr({w('s', depth)}, {self.pick(('0', '1', '-1'))}, {self.pick(('1', '2', '-1'))})"
            case 6:
                return f"jsonencode({w('a', depth)})"
            case 7:
                return f"tostring({w(self.pick(('s', 'n', 'b')), depth)})"
            case 8:
                return f"element({w('ls', depth)}, {w('n', 0)})"
            case 9:
                return f"{self.operand('ls', depth)}[{self.pick(('0', '1', '2', 'var.n - 3', '-1'))}]"
            case 10:
                return f"{self.operand('ms', depth)}[{self.key(depth)}]"
            case 11:
                return f"lookup(var.ms, {self.key(depth)}, {self.leaf('s')})"
            case 12:
                return f"coalesce({self.pick(('null', 'var.nothing', w('s', depth)))}, {w('s', depth)})"
            case 13:
                return f"try({w('s', depth)}, {w('s', depth)})"
            case 14:
                trim = self.pick(("trimprefix", "trimsuffix", "trim"))
                return f"{trim}({w('s', depth)}, {w('s', 0)})"
            case 15:
                return f"one([{w('s', depth)}])"
            case 16:
                return f"indent(2, {w('s', depth)})"
            case 17:
                return f"core::upper({w('s', depth)})"
            case 18:
                return f"try({self.operand('o', depth)}.{self.pick(('a', 'id', 'name'))}, {w('s', depth)})"
            case 19:
                return f"format({w('ls', 0)}...)" if self.chance(3) else f"max({w('ln', depth)}...)"
            case _:
                return f"base64encode({w('s', depth)})"

    def key(self, depth: int) -> str:
        return f'"{self.pick(_KEYS)}"' if self.chance(2) else self.write("s", depth)

    # ---- numbers and truth values

    def arithmetic(self, depth: int) -> str:
        operator = self.pick(("+", "-", "*", "/", "%", "+", "*"))
        # Whole numbers that functions give have 64 bits in Terraform, also in what is divided by them.
        left = self.leaf("n") if operator in "/%" else self.write("n", depth)
        # By zero Terraform divides to infinity; we refuse that.
        right = self.pick(("var.n", "var.half", "2", "7", "0.3")) if operator in "/%" else self.write("n", depth)
        text = f"{left} {operator} {right}"
        return f"({text})" if self.chance(2) else text

    def negative(self, depth: int) -> str:
        return f"-{self.write('n', depth)}" if self.chance(2) else f"-({self.write('n', depth)})"

    def number_call(self, depth: int) -> str:
        w = self.write
        match self.draw(_index(9)):
            case 0:
                return f"length({w(self.pick(('ls', 'ms', 's', 'o')), depth)})"
            case 1:
                return f"{self.pick(('min', 'max'))}({w('n', depth)}, {w('n', depth)})"
            case 2:
                return f"{self.pick(('abs', 'ceil', 'floor'))}({w('n', depth)})"
            case 3:
                return f"sum([for {(v := self.fresh())} in {w('ln', depth)} : floor({v})])"
            case 4:
                return f"tonumber({w(self.pick(('s', 'n')), depth)})"
            case 5:
                return f"{self.operand('ln', depth)}[{self.pick(('0', '1', '5'))}]"
            case 6:
                return f"try({w('n', depth)}, {w('n', depth)})"
            case 7:
                return f"index({w('ls', depth)}, {w('s', depth)})"
            case _:
                return f"jsondecode(jsonencode(abs({w('n', depth)})))"

    def comparison(self, depth: int) -> str:
        if self.chance(2):
            return f"{self.write('n', depth)} {self.pick(('<', '<=', '>', '>='))} {self.write('n', depth)}"
        if self.chance(6):
            return f"{self.pick(('var.nothing', 'local.tuple[3]'))} {self.pick(('==', '!='))} {self.write('a', depth)}"
        kind = self.pick(("s", "n", "b", "s", "n", "a"))
        other = self.pick((kind, kind, kind, "s", "n", "b", "null"))
        return f"{self.write(kind, depth)} {self.pick(('==', '!='))} {self.write(other, depth)}"

    def logic(self, depth: int) -> str:
        return f"({self.write('b', depth)} {self.pick(('&&', '||'))} {self.harmless(depth)})"

    def harmless(self, depth: int) -> str:
        """A truth value that is surely no error: only Terraform 1.12 and later stop at what decides on the left."""
        match self.draw(_index(5 if depth > 0 else 3)):
            case 0:
                return self.pick(("true", "false", "var.b", "var.off", "var.t[2]"))
            case 1:
                return f"{self.pick(_NUMBERS)} {self.pick(('<', '<=', '>', '>=', '==', '!='))} {self.pick(_NUMBERS)}"
            case 2:
                return f"{self.pick(('var.s', 'local.s'))} {self.pick(('==', '!='))} {self.pick(('var.s', 'null'))}"
            case 3:
                return f"!({self.harmless(depth - 1)})"
        return f"{self.harmless(depth - 1)} {self.pick(('&&', '||'))} {self.harmless(depth - 1)}"

    def condition(self, depth: int) -> str:
        """The condition of a ``for``, surely no error: on an empty collection Terraform tries it as well."""
        names = tuple(name for name, of in self.bound if of == "s")
        if not names or self.chance(2):
            return self.harmless(depth)
        name = self.pick(names)
        match self.draw(_index(3)):
            case 0:
                return f'{name} {self.pick(("==", "!="))} "{self.pick(_WORDS)}"'
            case 1:
                return f'{self.pick(("startswith", "strcontains"))}("${{{name}}}", "{self.pick(_WORDS)}")'
        return f'contains(["a", "12", "x"], "${{{name}}}") && {self.harmless(depth)}'

    def safely(self, kind: str, depth: int) -> str:
        """An expression without mistakes."""
        mistakes, self.mistakes = self.mistakes, False
        text = self.write(kind, depth)
        self.mistakes = mistakes
        return text

    def negation(self, depth: int) -> str:
        return f"!{self.write('b', depth)}" if self.chance(2) else f"!({self.write('b', depth)})"

    def truth_call(self, depth: int) -> str:
        w = self.write
        match self.draw(_index(7)):
            case 0:
                return f"contains({w('ls', depth)}, {w('s', depth)})"
            case 1:
                return f"can({w('a', depth)})"
            case 2:
                return f"{self.pick(('startswith', 'endswith', 'strcontains'))}({w('s', depth)}, {w('s', 0)})"
            case 3:
                return f"{self.pick(('alltrue', 'anytrue'))}([{w('b', depth)}, {w('b', depth)}])"
            case 4:
                return f"tobool({w(self.pick(('s', 'b')), depth)})"
            case 5:
                return f"contains(keys({w('ms', depth)}), {self.key(depth)})"
            case _:
                return f"can(regex({w('s', 0)}, {w('s', depth)}))"

    # ---- whatever kind

    def branch(self, kind: str, depth: int) -> str:
        """A branch of a conditional. An empty list in another conditional has a type that we do not know."""
        if kind in ("s", "n", "b"):
            return self.write(kind, depth)
        self.within += 1
        text = self.safely(kind, depth)
        self.within -= 1
        return text

    def fresh(self) -> str:
        self.made += 1
        return f"v{self.made}"

    def collection(self) -> tuple[str, str]:
        """The kind of a collection to run over, and of its elements."""
        return self.pick((("ls", "s"), ("ln", "n"), ("ms", "s"), ("ls", "s")))

    # ---- lists

    def list_call(self, depth: int) -> str:
        w = self.write
        match self.draw(_index(17)):
            case 0:
                return f"keys({w('ms', depth)})"
            case 1:
                return f"values({w('ms', depth)})"
            case 2:
                return f"split({self.pick((chr(34) + '-' + chr(34), w('s', 0)))}, {w('s', depth)})"
            case 3:
                return f"sort({w('ls', depth)})"
            case 4:
                return f"concat({w('ls', depth)}, {w('ls', depth)})"
            case 5:
                return f"{self.pick(('distinct', 'compact', 'reverse', 'tolist', 'toset'))}({self.safely('ls', depth)})"
            case 6:
                return f"slice({w('ls', depth)}, 0, {self.pick(('0', '1', '2'))})"
            case 7:
                return f"flatten([{w('ls', depth)}, {w('s', depth)}, [{w('ls', depth)}]])"
            case 8:
                return f'formatlist("%s!", {w("ls", depth)})'
            case 9:
                return f'coalescelist({self.safely("ls", depth)}, split("-", {w("s", depth)}))'
            case 10:
                return f"{self.leaf('o')}[*].{self.pick(('id', 'name', 'a'))}"
            case 11:
                return f"{self.operand(self.pick(('s', 'ls', 'o')), depth)}[*]"
            case 12:
                return f"tolist({w('ls', depth)})"
            case 13:
                operation = self.pick(("setunion", "setintersection", "setsubtract"))
                return f"{operation}({self.strings(depth)}, {self.strings(depth)})"
            case 14:
                return f"try({w('ls', depth)}, {w('ls', depth)})"
            case 15:
                return f"[for {(v := self.fresh())} in {w('o', depth)} : {v}]"
            case _:
                return f"matchkeys({self.strings(depth)}, {w('ls', depth)}, {w('ls', 0)})"

    def strings(self, depth: int) -> str:
        """A list of what are surely strings."""
        name = self.fresh()
        return f'[for {name} in {self.write("ls", depth)} : "-${{{name}}}"]'

    def numbers_call(self, depth: int) -> str:
        w = self.write
        match self.draw(_index(5)):
            case 0:
                return f"reverse({w('ln', depth)})"
            case 1:
                return f"concat({w('ln', depth)}, {w('ln', depth)})"
            case 2:
                return f"range({self.pick(('0', '2', '4'))})"
            case 3:
                return f"distinct({w('ln', depth)})"
            case _:
                return f"[for {(v := self.fresh())} in {w('ls', depth)} : length({v})]"

    # ---- maps and objects

    def map_call(self, depth: int) -> str:
        w = self.write
        match self.draw(_index(5)):
            case 0:
                return f"merge({w('ms', depth)}, {w('ms', depth)})"
            case 1:
                return f'zipmap(["z", "a"], [{w("s", depth)}, {w("s", depth)}])'
            case 2:
                return f"tomap({w('ms', depth)})"
            case 3:
                return f"try({w('ms', depth)}, {w('ms', depth)})"
            case _:
                return f"jsondecode(jsonencode({w('ms', depth)}))"

    def object_call(self, depth: int) -> str:
        w = self.write
        match self.draw(_index(6)):
            case 0:
                return f"merge({w('o', depth)}, {w('o', depth)})"
            case 1:
                return f"jsondecode(jsonencode({w('a', depth)}))"
            case 2:
                return f"concat([{w('o', depth)}], [{w('a', depth)}])"
            case 3:
                return f"try({w('o', depth)}, {w('a', depth)})"
            case 4:
                return f"flatten([{w('o', depth)}, {w('ls', depth)}])"
            case _:
                return f"lookup(local.object, {self.key(depth)}, {w('a', depth)})"


_Form: TypeAlias = Callable[[_Writer, int], str]
"""Writes an expression of one form; the number is how deep its parts may be."""


def _conditional(kind: str) -> _Form:
    def write(self: _Writer, depth: int) -> str:
        if self.within and kind not in ("s", "n", "b"):
            return self.leaf(kind)
        condition = self.write("b", depth)
        one, other = (self.branch(kind, depth), self.branch(kind, depth))
        text = f"{condition} ? {one} : {other}"
        return f"({text})" if depth < 3 or self.chance(2) else text

    return write


def _leaf_of(kind: str) -> _Form:
    return lambda self, depth: self.leaf(kind)


def _items(kind: str) -> _Form:
    def write(self: _Writer, depth: int) -> str:
        return "[" + ", ".join(self.write(kind, depth) for _ in range(self.draw(_index(4)))) + "]"

    return write


def _for_list(kind: str) -> _Form:
    def write(self: _Writer, depth: int) -> str:
        over, element = self.collection()
        collection = self.write(over, depth)
        key, value = self.fresh(), self.fresh()
        names = f"{key}, {value}" if self.chance(3) else value
        self.bound.append((value, element))
        body = self.write(kind, depth)
        condition = f" if {self.condition(depth)}" if self.chance(3) else ""
        self.bound.pop()
        return f"[for {names} in {collection} : {body}{condition}]"

    return write


def _entries(kind: str) -> _Form:
    def write(self: _Writer, depth: int) -> str:
        entries = []
        for _ in range(self.draw(_index(4))):
            key = self.pick(("a", "b", '"odd key"', '"id"', "name", "z", None))
            sign = self.pick((" = ", " = ", ": "))
            value = self.write(kind, depth)
            entries.append(f"{f'({self.write(chr(115), depth)})' if key is None else key}{sign}{value}")
        return "{" + self.pick((", ", "\n")).join(entries) + "}"

    return write


def _for_map(kind: str) -> _Form:
    def write(self: _Writer, depth: int) -> str:
        over, element = self.collection()
        collection = self.write(over, depth)
        key, value = self.fresh(), self.fresh()
        self.bound += [(value, element)]
        grouped = self.chance(3)
        name = self.pick((f"{key}", f'"k${{{value}}}"', self.write("s", depth)))
        body = self.write(kind, depth)
        condition = f" if {self.condition(depth)}" if self.chance(3) else ""
        self.bound.pop()
        return f"{{for {key}, {value} in {collection} : {name} => {body}{'...' if grouped else ''}{condition}}}"

    return write


_FORMS: Final[Mapping[str, tuple[_Form, ...]]] = {
    "s": (
        _Writer.template, _Writer.template, _Writer.heredoc, _Writer.string_call, _Writer.string_call,
        _conditional("s"), _leaf_of("s"), _Writer.string_call,
    ),
    "n": (
        _Writer.arithmetic, _Writer.arithmetic, _Writer.negative, _Writer.number_call, _Writer.number_call,
        _conditional("n"), _leaf_of("n"),
    ),
    "b": (
        _Writer.comparison, _Writer.comparison, _Writer.logic, _Writer.negation, _Writer.truth_call,
        _conditional("b"), _leaf_of("b"),
    ),
    "ls": (
        _items("s"), _for_list("s"), _for_list("s"), _Writer.list_call, _Writer.list_call,
        _conditional("ls"), _leaf_of("ls"),
    ),
    "ln": (
        _items("n"), _for_list("n"), _Writer.numbers_call, _conditional("ln"),
        _leaf_of("ln"),
    ),
    "ms": (
        _entries("s"), _for_map("s"), _for_map("n"), _Writer.map_call,
        _conditional("ms"), _leaf_of("ms"),
    ),
    "o": (
        _entries("a"), _items("a"), _for_list("o"), _for_map("a"), _Writer.object_call,
        _conditional("o"), _leaf_of("o"),
    ),
}  # fmt: skip

_INDEXES: Final = tuple(st.integers(0, most) for most in range(64))


def _index(count: int) -> SearchStrategy[int]:
    return _INDEXES[count - 1]


@st.composite
def expressions(
    draw: DrawFn, names: Mapping[str, tuple[str, ...]] = NAMES, kind: str = "a", *, mistakes: bool = True
) -> str:
    """The text of an expression over ``names``; with ``mistakes`` some do not fit their place."""
    return _Writer(draw, names, mistakes).write(kind, 1 + draw(_index(4)))
