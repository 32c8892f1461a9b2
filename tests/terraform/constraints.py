"""Strategies for the type of a variable and a value for it, which fits more often than not."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

SEPARATOR: Final = "\n# default\n"

_PLAIN: Final = ("string", "number", "bool")
_VALUES: Final = {
    "string": ('"a"', '""', '"b"', "1", "true", '"12"'),
    "number": ("1", "2.50", '"7"', "-3", "1e3", '"0.5"'),
    "bool": ("true", "false", '"true"', '"1"', "1"),
    "any": ('"a"', "1", "true", "[]", "{}", '[1, "a"]', "{ k = [1] }", '[{ a = 1 }, { a = "b" }]', "[[1], []]"),
}
_NAMES: Final = ("a", "b", "c")


class _Writer:
    def __init__(self, draw: DrawFn) -> None:
        self.draw = draw

    def number(self, count: int) -> int:
        return self.draw(st.integers(0, count - 1))

    def pick(self, items: tuple[str, ...]) -> str:
        return items[self.number(len(items))]

    def pair(self, depth: int) -> tuple[str, str]:
        """A type and a value for it; now and then a value for something else."""
        type_, values = self.type(depth)
        chance = self.number(40)
        if chance == 0:
            return type_, self.pick(_VALUES["any"])
        return type_, "null" if chance < 3 else values

    def type(self, depth: int) -> tuple[str, str]:
        form = self.number(10) if depth > 0 else self.number(4)
        if form < 3:
            name = self.pick(_PLAIN)
            return name, self.pick(_VALUES[name])
        if form == 3:
            return "any", self.pick(_VALUES["any"])
        if form == 4:
            name = self.pick((*_PLAIN, "any"))
            values = [self.pick(_VALUES["number" if name == "any" else name]) for _ in range(self.number(4))]
            return f"set({name})", f"[{', '.join(values)}]"
        if form == 5:
            pairs = [self.pair(depth - 1) for _ in range(1 + self.number(2))]
            return f"tuple([{', '.join(one for one, _ in pairs)}])", f"[{', '.join(value for _, value in pairs)}]"
        if form < 8:
            return self.collection(depth)
        return self.object(depth)

    def collection(self, depth: int) -> tuple[str, str]:
        """All values are for one type: the same draw again would give another, so the value repeats or is dropped."""
        type_, value = self.pair(depth - 1)
        values = [value, *(self.other(type_, value) for _ in range(self.number(3)))][self.number(2) :]
        if self.number(2):
            return f"list({type_})", f"[{', '.join(values)}]"
        entries = [f"k{place} = {one}" for place, one in enumerate(values)]
        return f"map({type_})", f"{{ {', '.join(entries)} }}"

    def other(self, type_: str, value: str) -> str:
        if type_ in _VALUES and self.number(2):
            return self.pick(_VALUES[type_])
        # Of a null without a type beside others in a list of any, ours does not know that it has none.
        return self.pick((value, value, value, value if "any" in type_ else "null", "{}", "[]"))

    def object(self, depth: int) -> tuple[str, str]:
        types, values = [], []
        for name in _NAMES[: self.number(4)]:
            type_, value = self.pair(depth - 1)
            optional = self.number(3)
            if optional == 0:
                types.append(f"{name} = {type_}")
            elif optional == 1:
                types.append(f"{name} = optional({type_})")
            else:
                default = self.type(0)[1] if self.number(12) == 0 else value
                types.append(f"{name} = optional({type_}, {default})")
            if optional == 0 or self.number(2):
                values.append(f"{name} = {value}")
            elif self.number(3) == 0:
                values.append(f"{name} = null")
        if self.number(6) == 0:
            values.append("dropped = [1]")
        return f"object({{ {', '.join(types)} }})", f"{{ {', '.join(values)} }}"


@st.composite
def constraints(draw: DrawFn) -> str:
    """A type and a value, with :data:`SEPARATOR` between them."""
    return SEPARATOR.join(_Writer(draw).pair(3))
