"""Telling apart what several workspaces do not know: each gives its unknowns an identity of its own.

Within a workspace ``aws_kms_key.data.key_id`` names one thing; in another it is another thing. Values that cross from
one workspace into another keep the identity that they got when they left.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from tf_kms_guard.terraform.containers import CONTAINERS, inner_first
from tf_kms_guard.terraform.json_text import EncodedUnknown, JsonText, LaterJsonText
from tf_kms_guard.terraform.values import Choice, Marked, Object, SetValue, Tuple, UnknownKey, Value
from tf_kms_guard.values.text import Text, TextLike, join_text
from tf_kms_guard.values.unknown import Unknown

_OPEN: Final = "\x1e"
"""Stands before the workspace in an identity: no name in Terraform has it."""
_CLOSE: Final = "\x1f"


class Renaming:
    """Gives the unknowns of one workspace identities of their own; a workspace that is alone keeps them."""

    def __init__(self, workspace: str | None) -> None:
        self._prefix = None if workspace is None else f"{_OPEN}{workspace}{_CLOSE}"
        self._done: dict[int, tuple[Value, Value]] = {}

    def identity(self, identity: str) -> str:
        """An identity as it is told apart from that of other workspaces."""
        return identity if self._prefix is None or identity.startswith(_OPEN) else self._prefix + identity

    def unknown(self, unknown: Unknown) -> Unknown:
        """One unknown."""
        identity = self.identity(unknown.identity)
        if identity == unknown.identity:
            return unknown
        renamed = replace(unknown, identity=identity, shown=unknown.shown or unknown.identity)
        if isinstance(renamed, EncodedUnknown) and renamed.value is not None:
            return replace(renamed, value=self.unknown(renamed.value))
        return renamed

    def text(self, text: TextLike) -> TextLike:
        """Text with its holes."""
        if isinstance(text, Unknown):
            return self.unknown(text)
        if isinstance(text, Text) and self._prefix is not None:
            return self._pieces(text)
        return text

    def value(self, value: Value) -> Value:
        """A value with all that it holds; the same object each time."""
        if self._prefix is None:
            return value
        if isinstance(value, JsonText):
            if id(value) not in self._done:
                self._done[id(value)] = (value, self._json(value))
            return self._done[id(value)][1]
        if isinstance(value, (Unknown, Text)):
            return self.text(value)
        if not isinstance(value, CONTAINERS):
            return value
        for inner in inner_first(value):
            if id(inner) not in self._done:
                self._done[id(inner)] = (inner, self._container(inner))  # kept, so that its id stays its own
        return self._done[id(value)][1]

    def _pieces(self, text: Text) -> TextLike:
        return self._json(text) if isinstance(text, JsonText) else self._joined(text)

    def _json(self, text: JsonText) -> JsonText:
        return LaterJsonText(lambda: self._joined(text), lambda: self.value(text.value()), text.layout)

    def _joined(self, text: Text) -> TextLike:
        return join_text(self.unknown(piece) if isinstance(piece, Unknown) else piece for piece in text.pieces)

    def _part(self, part: Value) -> Value:
        done = self._done.get(id(part))
        return self.value(part) if done is None else done[1]

    def _container(self, value: Value) -> Value:
        if isinstance(value, Choice):
            cases = tuple((outcome, self._part(case)) for outcome, case in value.alternatives)
            return Choice(self.unknown(value.condition), cases)
        if isinstance(value, Marked):
            return Marked(self._part(value.value), value.marks, value.whole)
        if isinstance(value, SetValue):
            return SetValue(tuple(map(self._part, value.elements)), value.exact)
        if isinstance(value, dict):
            fields = {self._key(key): self._part(item) for key, item in value.items()}
            return Object(fields, value.origin, value.collection) if isinstance(value, Object) else fields
        if isinstance(value, list):
            items = map(self._part, value)
            return Tuple(items, value.origin, value.collection) if isinstance(value, Tuple) else list(items)
        return value

    def _key(self, key: str) -> str:
        if not isinstance(key, UnknownKey):
            return key
        text = self.text(key.text)
        return UnknownKey(text) if isinstance(text, (Text, Unknown)) else text
