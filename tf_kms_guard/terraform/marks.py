"""Marks: what Terraform knows of a value that must not be shown (``sensitive``, ``ephemeral``).

A value with marks is :class:`Marked`, and so may be any part of a list or map. ``choices.py`` takes marks off and puts
them on again around functions and operators, as the library go-cty does; here is how.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from tf_kms_guard.terraform.containers import inner_first, parts_of, with_parts
from tf_kms_guard.terraform.convert import number_text
from tf_kms_guard.terraform.values import Choice, Failed, Mark, Marked, Object, SetValue, Value, Wrapped
from tf_kms_guard.values.text import Text, known, pieces_of

MASK: Final = "(sensitive)"
"""What is shown in the place of a secret."""

SHORTEST: Final = 4
"""Shorter texts are in many words: they are hidden in the ARN or name that they are a part of."""

_SHORTEST_PART: Final = 6
"""In JSON, what is shorter is `Allow` or `Deny`, or a word of the format."""

_ACCOUNT: Final = 12
NO_MARKS: Final = Mark(0)
_WORD: Final = re.compile(r"""[^\s"',]+""")
_SECRET: Final = re.compile("\0+")


def with_marks(value: Value, marks: Mark, whole: bool = True) -> Value:
    """``value`` with more marks; ``whole`` says whether all of it is secret (see :class:`Marked`)."""
    if not marks or isinstance(value, Failed):
        return value
    if isinstance(value, Marked):
        return Marked(value.value, value.marks | marks, value.whole or whole)
    return Marked(value, marks, whole)


def marks_of(value: Value) -> Mark:
    """The marks of a value itself, whatever its parts have."""
    return value.marks if isinstance(value, Marked) else NO_MARKS


def bare(value: Value) -> Value:
    """``value`` without its own marks; its parts keep theirs."""
    return value.value if isinstance(value, Marked) else value


def bare_throughout(value: Value) -> Value:
    """``value`` without any marks, those of its parts neither. The same object if there are none."""
    if not isinstance(value, (list, dict, SetValue, Wrapped)):
        return value
    seen: dict[int, Value] = {}
    for inner in inner_first(value):
        if isinstance(inner, Marked):
            seen[id(inner)] = seen.get(id(inner.value), inner.value)
        elif isinstance(inner, Choice):
            cases = tuple((outcome, seen.get(id(item), item)) for outcome, item in inner.alternatives)
            same = all(new is old for (_, new), (_, old) in zip(cases, inner.alternatives, strict=True))
            seen[id(inner)] = inner if same else Choice(inner.condition, cases)
        else:
            seen[id(inner)] = with_parts(inner, seen)
    return seen[id(value)]


def marks_among(values: Iterable[Value]) -> tuple[Mark, bool]:
    """All marks in ``values``, at any depth, and whether anything is secret as a whole."""
    marks, whole = NO_MARKS, False
    for value in values:
        for inner in inner_first(value):
            if isinstance(inner, Marked):
                marks |= inner.marks
                whole = whole or inner.whole
    return marks, whole


def taken_off(
    values: Sequence[Value], find: Callable[[Sequence[Value]], Wrapped | None]
) -> tuple[list[Value], Mark, bool]:
    """``values`` without the marks that ``find`` finds, these marks, and whether anything is secret as a whole.

    If it finds any inside a value, the parts of all lose theirs.
    """
    left, marks, whole = list(values), NO_MARKS, False
    while isinstance(found := find(left), Marked):
        if not any(value is found for value in left):
            inner_marks, inner_whole = marks_among(left)
            return [bare_throughout(value) for value in left], marks | inner_marks, whole or inner_whole
        marks, whole = marks | found.marks, whole or found.whole
        left = [found.value if value is found else value for value in left]
    return left, marks, whole


def marked_like(results: Sequence[Value], values: Sequence[Value]) -> list[Value]:
    """``results`` with the marks that ``values`` have in the same places."""
    return [
        with_marks(result, value.marks, value.whole) if isinstance(value, Marked) else result
        for result, value in zip(results, values, strict=True)
    ]


def without_marks(value: Value, marks: Mark) -> Value:
    """``value`` without some of its own marks."""
    if not isinstance(value, Marked):
        return value
    left = value.marks & ~marks
    return Marked(value.value, left, value.whole) if left else value.value


def marked_as(value: Value, *others: Value) -> Value:
    """``value`` with the marks of ``others`` themselves, of which it gives nothing away but by being chosen."""
    for other in others:
        value = with_marks(value, marks_of(other), whole=False)
    return value


def composed_of(parts: Sequence[Value]) -> Iterator[tuple[str, str]]:
    """The words, as far as they are known, that secret ones among ``parts`` are in, and what may be shown of each.

    A secret of a few characters cannot be told from other text; the ARN or name that it is a part of can. So a word
    comes with its last parts, as ARNs and paths have them.
    """
    text, secret = "", ""
    for part in parts:
        characters = known(bare(part))
        if characters is None:
            characters = " "
        text += characters
        secret += ("x" if isinstance(part, Marked) and part.whole else " ") * len(characters)
    for word in _WORD.finditer(text):
        if "x" in secret[word.start() : word.end()]:
            found = word.group()
            for start in {0, found.rfind(":") + 1, found.rfind("/") + 1}:
                where = slice(word.start() + start, word.end())
                yield text[where], _SECRET.sub(MASK, _spelled(text[where], secret[where]))


def _spelled(text: str, secret: str) -> str:
    return "".join("\0" if hidden == "x" else character for character, hidden in zip(text, secret, strict=True))


def secret_texts(value: Value) -> Iterator[str]:
    """The known texts and numbers in a value all of which is secret, but for those too short to be told from others."""
    todo: list[Value] = [bare(value)]
    for container in inner_first(value):
        todo.extend(map(bare, parts_of(container)))
        if isinstance(container, Object) and container.collection:
            todo.extend(container)
    for part in todo:
        if isinstance(part, (int, Decimal)) and not isinstance(part, bool):
            part = number_text(part)
        if isinstance(part, (str, Text)):
            whole = known(part)
            pieces = pieces_of(part) if whole is None else (whole,)
            yield from (str(piece) for piece in pieces if isinstance(piece, str) and len(piece) >= SHORTEST)


def parts_shown_alone(text: str) -> Iterator[str]:
    """The parts of a secret text that may be shown one by one.

    They are its lines; where it is JSON, the strings in it; of an ARN the account and the name.
    """
    texts = list(_strings_in_json(text)) if text[0] in "{[" else []
    if "\n" in text:
        texts += map(str.strip, text.split("\n"))
    texts = [part for part in texts if len(part) >= _SHORTEST_PART]
    yield from texts
    for part in (text, *texts):
        if part.startswith("arn:"):
            fields = part.split(":", 5)
            names = (fields[-1], fields[-1].rpartition("/")[2])
            yield from (name for name in names if len(name) >= SHORTEST)
            yield from (field for field in fields[:-1] if len(field) == _ACCOUNT and field.isdigit())


def _strings_in_json(text: str) -> Iterator[str]:
    import json

    try:
        todo = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)
        elif isinstance(value, str):
            yield value
