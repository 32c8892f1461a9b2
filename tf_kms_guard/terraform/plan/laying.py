"""Laying what a plan or state says over what the source says: what is known wins, the source keeps its places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tf_kms_guard.terraform.derived import first_unknown
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.json_text import decode_json
from tf_kms_guard.terraform.values import Choice, Failed, Object, Referred, SetValue, Tuple, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, Piece, Text, TextLike, holes_of, join_text, known, origin_of
from tf_kms_guard.values.unknown import Unknown


def is_known(value: Value) -> bool:
    """Whether nothing in a value is open."""
    if isinstance(value, (Choice, Failed, Referred)):
        return False
    if isinstance(value, dict):
        return all(is_known(item) for item in value.values())
    if isinstance(value, (list, SetValue)):
        return all(is_known(item) for item in value)
    return first_unknown(value) is None


def laid_over(value: Value, recorded: Value, place: Span | None) -> Value:
    """A value of the source, with what a record knows of it.

    ``recorded`` is what the record says, ``None`` where it says nothing; ``place`` is where the source sets it.
    A text that both know differently is what the record says: it is what will be, or is, in force. What AWS itself
    made and nobody declared, as the key of an AWS managed alias, stays that: its id would say less.
    """
    if recorded is None or isinstance(recorded, Unknown):
        return value
    if isinstance(value, (Text, Unknown)) and any(hole.minted and hole.unique for hole in holes_of(value)):
        return value
    if isinstance(recorded, str):
        return _text(value, recorded, place)
    if is_known(value):
        return value
    if isinstance(value, dict) and isinstance(recorded, dict) and value.keys() == recorded.keys():
        items = [(name, laid_over(item, recorded[name], place)) for name, item in value.items()]
        return Object(items, origin_of(value), value.collection if isinstance(value, Object) else None)
    if isinstance(value, (list, SetValue)) and isinstance(recorded, list):
        return _list(list(value), recorded, place)
    return recorded if is_known(recorded) else value


def _list(value: list[Value], recorded: list[Value], place: Span | None) -> Value:
    """Element by element where the known ones agree. A set is recorded in an order of its own."""
    if len(value) == len(recorded) and all(not _differ(*pair) for pair in zip(value, recorded, strict=True)):
        return Tuple(laid_over(one, other, place) for one, other in zip(value, recorded, strict=True))
    if all(is_known(item) for item in recorded):
        return Tuple(_placed(item, place) for item in recorded)
    return Tuple(value)


def _differ(one: Value, other: Value) -> bool:
    first, second = known(one), known(other)
    return first is not None and second is not None and first != second


def _text(value: Value, recorded: str, place: Span | None) -> Value:
    characters = known(value)
    if characters is not None:
        return value if characters == recorded or _same_json(characters, recorded) else _placed(recorded, place)
    if isinstance(value, Text):
        fitted = _fitted(value, recorded)
        return _placed(recorded, place) if fitted is None else fitted
    if value is None or isinstance(value, (Unknown, Choice, Failed, Referred)):
        return _placed(recorded, origin_of(value) or place)
    return value


def _placed(value: Value, place: Span | None) -> Value:
    return Located(value, place) if isinstance(value, str) and place is not None else value


def _fitted(text: Text, characters: str) -> TextLike | None:
    """``characters`` with the places of ``text``: each hole takes what stands between its neighbours."""
    pieces: list[Piece] = []
    position, hole = 0, None
    for piece in text.pieces:
        if isinstance(piece, Unknown):
            hole = piece
            continue
        found = characters.find(piece, position)
        if found < 0 or (hole is None and found != position):
            return None
        if hole is not None:
            pieces.append(_of_hole(characters[position:found], hole))
        pieces.append(piece)
        position, hole = found + len(piece), None
    if hole is not None:
        pieces.append(_of_hole(characters[position:], hole))
    elif position != len(characters):
        return None
    return join_text(pieces)


def _of_hole(characters: str, hole: Unknown) -> str:
    return characters if hole.origin is None else Located(characters, hole.origin)


def _same_json(one: str, other: str) -> bool:
    """Whether two texts are the same JSON document; providers write documents anew."""
    if not (one.lstrip()[:1] in ("{", "[") and other.lstrip()[:1] in ("{", "[")):
        return False
    try:
        first, second = decode_json(str(one)), decode_json(str(other))
    except EvaluationError:
        return False
    return first == second


def counterparts(
    blocks: Sequence[Mapping[str, Value]], recorded: Value
) -> tuple[Mapping[str, Value] | None, ...] | None:
    """For nested blocks, each by its known arguments, what is recorded of each; ``None`` if there are others.

    Blocks that the provider keeps as a set are recorded in an order of its own: those that only one
    recorded block can be are found all the same.
    """
    if not isinstance(recorded, list) or len(recorded) != len(blocks):
        return None
    items = [item for item in recorded if isinstance(item, dict)]
    if len(items) != len(blocks):
        return None
    if all(_agree(*pair) for pair in zip(blocks, items, strict=True)):
        return tuple(items)
    fitting = [[item for item in items if _agree(block, item)] for block in blocks]
    return tuple(found[0] if len(found) == 1 else None for found in fitting)


def _agree(block: Mapping[str, Value], item: Mapping[str, Value]) -> bool:
    return not any(_differ(value, item.get(name)) for name, value in block.items())
