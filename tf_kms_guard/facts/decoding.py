"""Making values of what a facts file holds. What another workspace declares is put in where its facts are here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from tf_kms_guard.facts import model
from tf_kms_guard.facts.shapes import shape_of
from tf_kms_guard.terraform.convert import to_string
from tf_kms_guard.terraform.functions.json_encoding import LAYOUTS
from tf_kms_guard.terraform.json_text import EncodedUnknown, LaterJsonText
from tf_kms_guard.terraform.resource import NOT_SET, NotSet
from tf_kms_guard.terraform.syntax.source import exact_number
from tf_kms_guard.terraform.values import Choice, Object, Outcome, Referred, SetValue, Tuple, UnknownKey, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, Text, TextLike, join_text, known
from tf_kms_guard.values.unknown import ANY, Unknown

_DEEPEST: Final = 100

Resolve: TypeAlias = Callable[[str, "tuple[str | int, ...]"], "Value | NotSet"]
"""What another workspace has for a data source's address and the steps from there; ``NOT_SET`` where none has."""


class Named:
    """A resource or module of which nothing but the address is here."""

    def __init__(self, address: str) -> None:
        self.address = address

    def read(self, attribute: str) -> Value:
        """An attribute, of which nothing is known."""
        where = f"{self.address}.{attribute}"
        return Unknown(where, f"{where} is not in the facts")

    def names(self) -> Iterable[str]:
        """None is known."""
        return ()


class Decoder:
    """Reads the values of one workspace."""

    def __init__(self, unknowns: Mapping[str, model.NotKnown], resolve: Resolve) -> None:
        self._unknowns = unknowns
        self._resolve = resolve
        self._made: dict[str, Unknown] = {}
        self._found: dict[str, Value] = {}
        self._depth = 0

    def span(self, at: model.At, file: str) -> Span:
        """A place in ``file``, unless it says another."""
        own = at.file or file
        return Span(
            own, at.line, at.column, at.end_line, at.end_column, tuple(self.span(call, own) for call in at.calls)
        )

    def optional_span(self, at: model.At | None, file: str) -> Span | None:
        """A place, if there is one."""
        return None if at is None else self.span(at, file)

    def unknown(self, name: str) -> Unknown:
        """The unknown of a name, whatever another workspace says of it."""
        if name not in self._made:
            one = self._listed(name)
            shape = shape_of(one.shape) or ANY
            origin = self.optional_span(one.origin, "")
            fields = (one.identity or name, one.because, shape, one.minted, one.unique, one.settle, origin, one.shown)
            if one.encodes is None:
                self._made[name] = Unknown(*fields)
            else:
                self._made[name] = EncodedUnknown(*fields, value=self.unknown(one.encodes))
        return self._made[name]

    def hole(self, name: str) -> Value:
        """What stands where something was not known."""
        if name not in self._found:
            self._found[name] = self._looked_up(name)
        return self._found[name]

    def _listed(self, name: str) -> model.NotKnown:
        return self._unknowns.get(name) or model.NotKnown("the facts do not say why it is not known")

    def _looked_up(self, name: str) -> Value:
        one = self._listed(name)
        if one.link is not None:
            found = self._resolve(*one.link)
            return self.unknown(name) if isinstance(found, NotSet) else found
        if one.encodes is not None:
            inner = self.hole(one.encodes)
            if not isinstance(inner, Unknown):
                return LAYOUTS["sorted"](inner)
        return self.unknown(name)

    def value(self, value: model.Value, file: str) -> Value:
        """Any value; ``file`` is that of what encloses it."""
        if value is None or isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, model.PlacedText):
            return Located(value.text, self.span(value.at, file))
        if isinstance(value, model.Hole):
            return self.hole(value.name)
        if isinstance(value, model.JoinedText):
            return self._joined(value, file)
        if isinstance(value, model.EncodedJson):
            return self._json(value, file)
        if self._depth > _DEEPEST:
            return Unknown("what is nested deeply", f"the facts have values that are nested more than {_DEEPEST} deep")
        self._depth += 1
        try:
            return self._container(value, file)
        finally:
            self._depth -= 1

    def _container(self, value: model.Value, file: str) -> Value:
        if isinstance(value, model.Members):
            members = {key: self.value(item, file) for key, item in value.members.items()}
            return Object(members, self.optional_span(value.at, file), value.collection)
        if isinstance(value, model.Items):
            items = (self.value(item, file) for item in value.items)
            return Tuple(items, self.optional_span(value.at, file), value.collection)
        if isinstance(value, model.Pairs):
            pairs = ((self._key(key, file), self.value(item, file)) for key, item in value.members)
            return Object(pairs, self.optional_span(value.at, file), value.collection)
        if isinstance(value, model.Elements):
            return SetValue(tuple(self.value(item, file) for item in value.items), value.exact)
        if isinstance(value, model.Alternatives):
            return self._choice(value, file)
        if isinstance(value, model.Thing):
            return Referred(Named(value.address))
        assert isinstance(value, model.Decimals)
        return exact_number(value.text)

    def text(self, value: model.Value, file: str = "") -> TextLike:
        """A value that is a text."""
        found = self.value(value, file)
        return found if isinstance(found, (str, Text, Unknown)) else ""

    def _joined(self, value: model.JoinedText, file: str) -> TextLike:
        return join_text(self._piece(piece, file) for piece in value.pieces)

    def _piece(self, piece: str | model.PlacedText | model.Hole, file: str) -> TextLike:
        if not isinstance(piece, model.Hole):
            return self.text(piece, file)
        found = self.hole(piece.name)
        if isinstance(found, (bool, int)) or not isinstance(found, (str, Text, Unknown)):
            text = None if found is None or isinstance(found, (dict, list, SetValue, Choice)) else to_string(found)
            return text if isinstance(text, (str, Text, Unknown)) else self.unknown(piece.name)
        return found

    def _json(self, value: model.EncodedJson, file: str) -> Value:
        made: list[Value] = []

        def read_back() -> Value:
            if not made:
                made.append(self.value(value.value, file))
            return made[0]

        return LaterJsonText(lambda: LAYOUTS[value.layout](read_back()), read_back, value.layout)

    def _key(self, key: str | model.Hole | model.JoinedText, file: str) -> str:
        text = key if isinstance(key, str) else self.text(key, file)
        characters = known(text)
        return UnknownKey(text) if isinstance(text, (Text, Unknown)) and characters is None else str(characters)

    def _choice(self, value: model.Alternatives, file: str) -> Value:
        condition = self.hole(value.condition.name)
        if isinstance(condition, Unknown):
            cases = tuple((outcome, self.value(case, file)) for outcome, case in value.alternatives)
            return Choice(condition, cases)
        settled: Outcome | None = condition if isinstance(condition, bool) else known(condition)
        for outcome, case in value.alternatives:
            if outcome is settled or (isinstance(outcome, str) and outcome == settled):
                return self.value(case, file)
        cases = tuple((outcome, self.value(case, file)) for outcome, case in value.alternatives)
        return Choice(self.unknown(value.condition.name), cases)


def nothing_elsewhere(_: str, __: tuple[str | int, ...]) -> NotSet:
    """Where no other workspace is known."""
    return NOT_SET
