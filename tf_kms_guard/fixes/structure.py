"""The HCL structure of a statement, by python-hcl2's builder (decision 0001).

The builder is given stand-ins (``v0``, ``v1`` …) for everything that has to be quoted, because quoting is
ours, and what it writes is read into a tree whose white space is ours too. Without strings in it that text
has no other tokens than words, ``=``, ``,`` and brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from tf_kms_guard.fixes.layout import Body, Fields, Items, Node
from tf_kms_guard.fixes.quoting import hcl_key

if TYPE_CHECKING:
    from hcl2 import Builder

_TOKEN: Final = re.compile(r"\w+|[={}\[\],]")


class StandIns:
    """Words that stand for pieces of finished HCL while python-hcl2 arranges them."""

    def __init__(self) -> None:
        self._spelled: dict[str, str] = {}

    def of(self, spelled: str) -> str:
        """The stand-in of ``spelled``; each call gives a word of its own, so that equal keys stay apart."""
        word = f"v{len(self._spelled)}"
        self._spelled[word] = spelled
        return word

    def resolve(self, word: str) -> str:
        """What ``word`` stands for; words that the builder was given as such stand for themselves."""
        return self._spelled.get(word, word)

    def value(self, value: object, leaf: Callable[[object], str]) -> Any:
        """``value`` for the builder: every leaf, as ``leaf`` spells it, and every key replaced."""
        if isinstance(value, Mapping):
            return {self.of(_key(key)): self.value(inner, leaf) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item, leaf) for item in value]
        return self.of(leaf(value))


def arranged(fill: Callable[[Builder, StandIns], None]) -> Body:
    """The tree of what ``fill`` puts into an empty HCL document."""
    import hcl2

    builder, words = hcl2.Builder(), StandIns()
    fill(builder, words)
    document: dict[str, Any] = builder.build()  # type: ignore[no-untyped-call]
    return _Reader(hcl2.dumps(document), words).body()


def _key(key: object) -> str:
    return hcl_key(str(key))


class _Reader:
    """Reads what python-hcl2 has written."""

    def __init__(self, text: str, words: StandIns) -> None:
        self._tokens: list[str] = [*_TOKEN.findall(text), "}"]
        self._next = 0
        self._words = words

    def body(self) -> Body:
        """Attributes and blocks up to the closing brace."""
        attributes: list[tuple[str, Node]] = []
        blocks: list[tuple[str, Body]] = []
        while (word := self._take()) != "}":
            if self._take() == "=":
                attributes.append((word, self._value()))
            else:
                blocks.append((word, self.body()))
        return Body(tuple(attributes), tuple(blocks))

    def _value(self) -> Node:
        token = self._take()
        if token == "[":
            items: list[Node] = []
            while self._peek() != "]":
                items.append(self._value())
                self._skip_comma()
            self._take()
            return Items(tuple(items))
        if token == "{":
            fields: list[tuple[str, Node]] = []
            while self._peek() != "}":
                key = self._words.resolve(self._take())
                self._take()
                fields.append((key, self._value()))
                self._skip_comma()
            self._take()
            return Fields(tuple(fields))
        return self._words.resolve(token)

    def _peek(self) -> str:
        return self._tokens[self._next]

    def _take(self) -> str:
        self._next += 1
        return self._tokens[self._next - 1]

    def _skip_comma(self) -> None:
        if self._peek() == ",":
            self._take()
