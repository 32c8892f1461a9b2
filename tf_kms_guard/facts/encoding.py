"""Writing values as a facts file holds them: plain data, with places relative to what encloses them.

What is marked sensitive is not written. Where a value has a secret in it, the file has a hole there: that no reader
can know it is not to be mistaken for its being empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from tf_kms_guard.facts.shapes import shape_word
from tf_kms_guard.terraform.convert import number_text
from tf_kms_guard.terraform.json_text import EncodedUnknown, JsonText
from tf_kms_guard.terraform.values import Choice, Failed, Marked, Object, Referred, SetValue, Tuple, UnknownKey, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, Piece, Text, TextLike, pieces_of, spell
from tf_kms_guard.values.unknown import Unknown

OPEN: Final = "\x02"
CLOSE: Final = "\x03"
"""Between them ``hide`` puts the number of a secret."""

_SECRET: Final = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_STEP: Final = re.compile(r'\.([A-Za-z_][A-Za-z0-9_-]*)|\["([^"\\$]*)"\]|\[([0-9]{1,9})\]')
_LARGEST_WHOLE: Final = 2**53
_MOST_PARTS: Final = 2_000_000
"""Parts of values in one workspace: values may share parts, which are written once for each use."""


class Encoder:
    """Writes the values of one workspace.

    ``hide`` puts numbers for the secrets in a text. ``links``: addresses of data sources that find what another
    workspace declares, each with those of its attributes that do. ``unknowns`` and ``linked`` are what was met.
    """

    def __init__(self, hide: Callable[[str], str], links: Mapping[str, Sequence[str]]) -> None:
        self._hide = hide
        self._links = links
        self._file = ""
        self._parts = 0
        self._names: dict[str, list[Unknown]] = {}
        self.unknowns: dict[str, dict[str, Any]] = {}
        self.linked: set[str] = set()
        self.files: set[str] = set()

    @contextmanager
    def within(self, file: str) -> Iterator[None]:
        """Places that are written in the block are relative to ``file``."""
        before, self._file = self._file, file
        try:
            yield
        finally:
            self._file = before

    def words(self, text: str) -> str:
        """A text for people or a name, without secrets; different ones stay different."""
        return _SECRET.sub(lambda number: f"(sensitive {number[1]})", self._hide(text))

    def at(self, span: Span) -> list[Any]:
        """A place."""
        found: list[Any] = [span.line, span.column, span.end_line, span.end_column]
        self.files.add(span.file)
        if span.calls or span.file != self._file:
            found.append(None if span.file == self._file else span.file)
        if span.calls:
            with self.within(span.file):
                found.append([self.at(call) for call in span.calls])
        return found

    def optional_at(self, span: Span | None) -> list[Any] | None:
        """A place, if there is one."""
        return None if span is None else self.at(span)

    def value(self, value: Value) -> Any:
        """Any value."""
        self._parts += 1
        if self._parts > _MOST_PARTS:
            return self._left_out("too many values", "the workspace has more values than facts hold")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, (int, Decimal)):
            return self._number(value)
        if isinstance(value, JsonText):
            return ["json", self.value(value.value()), *([] if value.layout == "sorted" else [value.layout])]
        if isinstance(value, (Text, Unknown)):
            return self.text(value)
        if isinstance(value, Marked):
            return self._secret(value) if value.whole else self.value(value.value)
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, list):
            origin, collection = (value.origin, value.collection) if isinstance(value, Tuple) else (None, None)
            return ["l", [self.value(item) for item in value], *self._rest(origin, collection)]
        if isinstance(value, SetValue):
            return ["set", [self.value(item) for item in value.elements], *([] if value.exact else [False])]
        if isinstance(value, Choice):
            return self._choice(value)
        if isinstance(value, Referred):
            return ["r", self.words(value.to.address)]
        assert isinstance(value, Failed)
        return self._left_out(f"failed: {value.message}", value.message)

    def text(self, text: TextLike) -> Any:
        """A text, with its holes."""
        if isinstance(text, str):
            return self._string(text)
        if isinstance(text, Unknown):
            return self.hole(text)
        pieces = [part for piece in pieces_of(text) for part in self._pieces(piece)]
        return ["t", pieces]

    def hole(self, unknown: Unknown) -> list[str]:
        """What is not known, by its name in ``unknowns``."""
        return ["u", self.named(unknown)]

    def named(self, unknown: Unknown) -> str:
        """The name of an unknown, under which it is listed from now on."""
        identity = self.words(unknown.identity)
        met = self._names.setdefault(identity, [])
        for number, one in enumerate(met):
            if one is unknown or _fields(one) == _fields(unknown):
                return identity if number == 0 else f"{identity} #{number + 1}"
        met.append(unknown)
        name = identity if len(met) == 1 else f"{identity} #{len(met)}"
        with self.within(""):
            self.unknowns[name] = self._described(unknown, identity, name)
        return name

    def _described(self, unknown: Unknown, identity: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"because": self.words(unknown.because)}
        if name != identity:
            found["identity"] = identity
        shape = shape_word(unknown.shape)
        if shape is not None:
            found["shape"] = shape
        for flag in ("minted", "unique"):
            if getattr(unknown, flag):
                found[flag] = True
        for words in ("settle", "shown"):
            text = getattr(unknown, words)
            if text is not None:
                found[words] = self.words(text)
        if unknown.origin is not None:
            found["origin"] = self.at(unknown.origin)
        link = self._link(unknown.identity)
        if link is not None:
            found["link"] = link
        if isinstance(unknown, EncodedUnknown) and unknown.value is not None:
            found["encodes"] = self.named(unknown.value)
        return found

    def _link(self, identity: str) -> list[Any] | None:
        """The data source that an unknown came from as it is, with the steps to it."""
        for address, attributes in self._links.items():
            if identity.startswith(address + "."):
                steps = _steps(identity[len(address) :])
                if steps and steps[0] in attributes:
                    self.linked.add(address)
                    return [self.words(address), steps]
        return None

    def _pieces(self, piece: Piece) -> Iterator[Any]:
        if isinstance(piece, Unknown):
            yield self.hole(piece)
            return
        written = self._string(piece)
        yield from written[1] if isinstance(written, list) and written[0] == "t" else [written]

    def _string(self, text: str) -> Any:
        if isinstance(text, UnknownKey):
            return self.text(text.text)
        hidden = self._hide(text)
        if hidden == text:
            return ["s", str(text), self.at(text.origin)] if isinstance(text, Located) else str(text)
        return ["t", list(self._around(hidden, text.origin if isinstance(text, Located) else None))]

    def _around(self, hidden: str, origin: Span | None) -> Iterator[Any]:
        """The pieces of a text around its secrets."""
        for number, part in enumerate(_SECRET.split(hidden)):
            if number % 2:
                yield self._sensitive(part)
            elif part:
                yield part if origin is None else ["s", part, self.at(origin)]

    def _sensitive(self, number: str) -> list[str]:
        words = "it is marked sensitive, and facts hold no such value"
        return self._left_out(f"(sensitive {number})", words, shown="(sensitive)")

    def _secret(self, value: Marked) -> Any:
        """A value that is secret as a whole; the same one is the same unknown wherever it is noted as one text."""
        inner = value.value
        if isinstance(inner, (str, Text)):
            number = _SECRET.fullmatch(self._hide(spell(inner)))
            if number is not None:
                return self._sensitive(number[1])
        return self._left_out(f"(sensitive value {len(self.unknowns)})", "it is marked sensitive", shown="(sensitive)")

    def _left_out(self, identity: str, because: str, shown: str | None = None) -> list[str]:
        name = self.words(identity)
        self.unknowns.setdefault(name, {"because": self.words(because), **({"shown": shown} if shown else {})})
        return ["u", name]

    def _number(self, value: int | Decimal) -> Any:
        text = number_text(value)
        number = _SECRET.fullmatch(self._hide(text))
        if number is not None:
            return self._sensitive(number[1])
        return value if isinstance(value, int) and abs(value) < _LARGEST_WHOLE else ["n", text]

    def _mapping(self, value: dict[str, Value]) -> list[Any]:
        origin, collection = (value.origin, value.collection) if isinstance(value, Object) else (None, None)
        rest = self._rest(origin, collection)
        keys = [self._key(key) for key in value]
        items = [self.value(item) for item in value.values()]
        if all(isinstance(key, str) for key in keys):
            return ["o", dict(zip(keys, items, strict=True)), *rest]
        return ["m", [list(pair) for pair in zip(keys, items, strict=True)], *rest]

    def _key(self, key: str) -> Any:
        if isinstance(key, UnknownKey):
            return self.text(key.text)
        hidden = self._hide(key)
        return str(key) if hidden == key else ["t", list(self._around(hidden, None))]

    def _rest(self, origin: Span | None, collection: object) -> list[Any]:
        if collection is not None:
            return [self.optional_at(origin), collection]
        return [] if origin is None else [self.at(origin)]

    def _choice(self, value: Choice) -> list[Any]:
        cases = [
            [self.words(outcome) if isinstance(outcome, str) else outcome, self.value(case)]
            for outcome, case in value.alternatives
            if not isinstance(case, Failed)
        ]
        return ["?", self.hole(value.condition), cases] if cases else self.hole(value.condition)


def _fields(unknown: Unknown) -> tuple[Any, ...]:
    encoded = unknown.value if isinstance(unknown, EncodedUnknown) else None
    return (
        unknown.because,
        unknown.shape,
        unknown.minted,
        unknown.unique,
        unknown.settle,
        unknown.origin,
        unknown.shown,
        None if encoded is None else encoded.identity,
    )


def _steps(rest: str) -> list[str | int] | None:
    """``.outputs.a["b"][0]`` as steps; ``None`` where it is anything else."""
    steps: list[str | int] = []
    place = 0
    while place < len(rest):
        found = _STEP.match(rest, place)
        if found is None:
            return None
        name, key, number = found.groups()
        steps.append(int(number) if number is not None else name if name is not None else key)
        place = found.end()
    return steps
