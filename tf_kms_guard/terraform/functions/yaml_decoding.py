"""``yamldecode``, over text that may have holes.

PyYAML takes the document apart (it is libyaml, of which Terraform's reader is a translation into Go); what the
parts mean is said here. A hole is taken for data: for a part of the scalar that it stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from tf_kms_guard.terraform.convert import shortened, to_string
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.elements import text_key
from tf_kms_guard.terraform.functions.registry import MOST_ELEMENTS, Kind, NotKnown, Parameter, function
from tf_kms_guard.terraform.functions.yaml_scalars import MERGE, resolved, surely_string
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.values import Object, Tuple, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, TextLike, join_text, pieces_of
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from yaml.events import Event

MOST_NESTED: Final = 200
_PLACEHOLDERS: Final = range(0xE000, 0xF900)
_MAP_TAGS: Final = (None, "tag:yaml.org,2002:map")
_SEQUENCE_TAGS: Final = (None, "tag:yaml.org,2002:seq")


@function("yamldecode", Kind.STRUCTURAL, Parameter.TEXT)
def yamldecode(text: TextLike) -> Value:
    """The value that a YAML text holds; holes stay holes of its strings."""
    if isinstance(text, Unknown):
        raise NotKnown(text)
    flat, holes = _flattened(text)
    try:
        return _Document(flat, holes, _places(text)).read()
    except EvaluationError:
        if holes:
            raise NotKnown(text) from None
        raise


def _flattened(text: TextLike) -> tuple[str, dict[str, Unknown]]:
    """The characters with one that does not occur for each hole, and which stands for which."""
    pieces = pieces_of(text)
    used = {character for piece in pieces if isinstance(piece, str) and not piece.isascii() for character in piece}
    spare = (chr(code) for code in _PLACEHOLDERS if chr(code) not in used)
    holes: dict[str, Unknown] = {}
    flat: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            flat.append(piece)
            continue
        stand_in = next(spare, None)
        if stand_in is None:
            raise NotKnown("the text has too many unknown parts")
        holes[stand_in] = piece
        flat.append(stand_in)
    return "".join(flat), holes


def _places(text: TextLike) -> Callable[[int, int], Span | None]:
    """Where the characters of a text are written."""
    from tf_kms_guard.terraform.json_reader import JsonReader
    from tf_kms_guard.terraform.json_text import _Values

    return JsonReader(text, _Values()).place


def _events(text: str) -> Iterator[Event]:
    import yaml

    try:
        yield from yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" in line {mark.line + 1}"
        problem = getattr(error, "problem", None) or str(error)
        if "nesting depth" in problem:  # a limit of some versions of libyaml, not of YAML
            raise NotKnown("this YAML is nested too deeply") from None
        raise EvaluationError(f"this is no valid YAML: {shortened(problem, 200)}{where}") from None
    except UnicodeEncodeError:
        raise EvaluationError("this is no valid YAML: it has characters that no text has") from None


class _Open(Struct):
    """A mapping or sequence that is being read; ``key`` is that of the next value."""

    value: Any
    anchor: str | None
    before: int
    key: TextLike | None = None
    merging: bool = False


class _Document:
    """Reads one document. ``count`` is the number of its values with aliases written out."""

    def __init__(self, text: str, holes: dict[str, Unknown], place: Callable[[int, int], Span | None]) -> None:
        self.text = text
        self.holes = holes
        self.place = place
        self.count = 0
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Value, int]] = {}
        self.result: list[Value] = []

    def read(self) -> Value:
        from yaml import events as e

        documents = 0
        for event in _events(self.text):
            if isinstance(event, e.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise EvaluationError("only one YAML document is allowed")
                if event.version not in (None, (1, 1)):
                    raise EvaluationError("only YAML 1.1 may be declared")
            elif isinstance(event, (e.MappingStartEvent, e.SequenceStartEvent)):
                self._begin(event, isinstance(event, e.MappingStartEvent))
            elif isinstance(event, (e.MappingEndEvent, e.SequenceEndEvent)):
                self._end()
            elif isinstance(event, (e.ScalarEvent, e.AliasEvent)):
                self._leaf(event, isinstance(event, e.AliasEvent))
        if not self.result:
            raise EvaluationError("there is no YAML value in this text")
        return self.result[0]

    def _begin(self, event: Any, mapping: bool) -> None:
        if self.open and isinstance(self.open[-1].value, dict) and self.open[-1].key is None:
            raise EvaluationError("only strings are allowed as keys of a YAML mapping")
        if event.tag not in (_MAP_TAGS if mapping else _SEQUENCE_TAGS):
            raise EvaluationError(f"YAML collections of the type {shortened(event.tag)} are not supported")
        if len(self.open) >= MOST_NESTED:
            raise NotKnown("this YAML is nested too deeply")
        place = self.place(event.start_mark.index, event.start_mark.index + 1)
        value: Value = Object((), place, collection=False) if mapping else Tuple((), place, collection=False)
        self.open.append(_Open(value, event.anchor, self.count))
        if event.anchor:
            self.anchors.pop(event.anchor, None)

    def _end(self) -> None:
        done = self.open.pop()
        self._add(done.value, done.anchor, self.count - done.before)

    def _leaf(self, event: Any, alias: bool) -> None:
        parent = self.open[-1] if self.open else None
        expects_key = parent is not None and isinstance(parent.value, dict) and parent.key is None
        if alias:
            if expects_key:
                raise EvaluationError("only strings are allowed as keys of a YAML mapping")
            if event.anchor not in self.anchors:
                raise EvaluationError(f"there is no YAML anchor {shortened(event.anchor)}")
            value, weight = self.anchors[event.anchor]
            self.count += weight
            self._add(value, None, weight)
            return
        if parent is not None and expects_key:
            parent.merging = event.tag == MERGE or (not event.tag and event.value == "<<")
            parent.key = "<<" if parent.merging else self._key(event)
            return
        self._add(self._scalar(event), event.anchor, 1)

    def _key(self, event: Any) -> TextLike:
        key = to_string(self._scalar(event))
        if key is None:
            raise EvaluationError("a key of a YAML mapping must not be null")
        if isinstance(key, Unknown) and key.identity.startswith("yamldecode("):
            raise NotKnown(key)
        return key  # type: ignore[return-value]

    def _add(self, value: Value, anchor: str | None, weight: int) -> None:
        self.count += 1
        if self.count > MOST_ELEMENTS:
            raise NotKnown("this YAML holds too many values")
        if anchor:
            self.anchors[anchor] = (value, weight + 1)
        if not self.open:
            self.result.append(value)
            return
        parent = self.open[-1]
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.merging:
            self._merge(parent.value, value)
        else:
            parent.value[text_key("" if parent.key is None else parent.key)] = value
        parent.key, parent.merging = None, False

    @staticmethod
    def _merge(into: dict[str, Value], value: Value) -> None:
        if isinstance(value, (list, Unknown)):
            raise NotKnown("whether a list can be merged depends on Terraform's version")
        if not isinstance(value, dict):
            raise EvaluationError("only a mapping can be merged into a YAML mapping")
        into.update(value)

    def _scalar(self, event: Any) -> Value:
        if event.tag == "!":
            raise NotKnown("the YAML tag ! is not modelled")
        source: str = event.value
        holes = [character for character in source if character in self.holes] if self.holes else []
        if not holes:
            value: Value = resolved(event.tag or "", source, event.style in ("'", '"'))
            return self._placed(value if event.tag or event.implicit[0] else to_string(value), event)
        text = self._with_holes(source, event)
        if event.tag in (None, "tag:yaml.org,2002:str") and (
            event.tag or not event.implicit[0] or surely_string(source.split(holes[0], 1)[0])
        ):
            return text
        if len(source) == 1:
            from tf_kms_guard.terraform.json_text import EncodedUnknown, unquoted_hole

            if isinstance(self.holes[source], EncodedUnknown):
                return unquoted_hole(self.holes[source])
        hole = self.holes[holes[0]]
        return Unknown(f"yamldecode({identity_of(text)})", hole.because, settle=hole.settle, origin=hole.origin)

    def _with_holes(self, source: str, event: Any) -> TextLike:
        parts: list[TextLike] = []
        start = 0
        for at, character in enumerate(source):
            if character in self.holes:
                parts += [self._placed(source[start:at], event), self.holes[character]]  # type: ignore[list-item]
                start = at + 1
        parts.append(self._placed(source[start:], event))  # type: ignore[arg-type]
        return join_text(parts)

    def _placed(self, value: Value, event: Any) -> Value:
        if not isinstance(value, str) or not value:
            return value
        if not value.isascii():
            import unicodedata

            value = unicodedata.normalize("NFC", value)
        place = self.place(event.start_mark.index, max(event.end_mark.index, event.start_mark.index + 1))
        return value if place is None else Located(value, place)
