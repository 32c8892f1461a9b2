"""Whether a value of ours is the one that Terraform came to.

Ours may have parts that are not known. They are compared by identity: the first time that one is met its value
is noted, and from then on it has to be the same, and of the shape that we say it has.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from enum import Enum
from itertools import permutations
from typing import Any

from tf_kms_guard.terraform.values import Choice, Failed, Referred, SetValue, UnknownKey, Value
from tf_kms_guard.values.text import Text, known
from tf_kms_guard.values.unknown import Unknown


class Answer(Enum):
    """How ours compares."""

    EQUAL = "equal"
    """Every part is known and the same, or agrees with all that was noted of it."""
    OPEN = "open"
    """Ours is not known, and may be what Terraform says."""
    DIFFERENT = "different"


class Unordered(list[Any]):
    """The elements of a set: equal to a list of the same elements in any order."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list) and as_set(self) == as_set(other)

    __hash__ = None


class NotKnown(Exception):
    """A value has parts that are not known."""


def plain(value: Value) -> Any:
    """A value that is wholly known, as JSON has it."""
    characters = known(value)
    if characters is not None:
        return characters
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        if any(isinstance(name, UnknownKey) for name in value):
            raise NotKnown(repr(value))
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, SetValue):
        return Unordered(plain(item) for item in value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, (Unknown, Text, Choice, Failed, Referred)):
        raise NotKnown(repr(value))
    return value


def normal(value: Any) -> Any:
    """A JSON value in which texts that are themselves JSON objects or arrays are read."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return normal(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, dict):
        return {name: normal(item) for name, item in value.items()}
    return type(value)(normal(item) for item in value) if isinstance(value, list) else value


def as_set(items: list[Any]) -> list[Any]:
    """Items in an order that does not depend on theirs."""
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


class Matcher:
    """Compares values of one workspace; remembers what the values that are not known turned out to be."""

    def __init__(self) -> None:
        self.noted: dict[str, Any] = {}

    def compare(self, ours: Value, theirs: Any) -> Answer:
        """Compare one value; ``theirs`` is JSON."""
        before = dict(self.noted)
        answer = self._compare(ours, theirs)
        if answer is Answer.DIFFERENT:
            self.noted = before
        return answer

    def _compare(self, ours: Value, theirs: Any) -> Answer:
        try:
            return Answer.EQUAL if normal(plain(ours)) == normal(theirs) else Answer.DIFFERENT
        except NotKnown:
            pass
        if isinstance(ours, Unknown):
            return self._unknown(ours, theirs)
        if isinstance(ours, Text):
            return self._text(ours, theirs)
        if isinstance(ours, Choice):
            answers = {self.compare(item, theirs) for _, item in ours.alternatives}
            return Answer.DIFFERENT if answers == {Answer.DIFFERENT} else Answer.OPEN
        if isinstance(ours, Failed):
            return Answer.DIFFERENT
        if isinstance(ours, Referred):
            return self._referred(ours, theirs)
        if isinstance(ours, SetValue):
            return self._set(list(ours), theirs)
        if isinstance(ours, list):
            if not isinstance(theirs, list) or len(ours) != len(theirs):
                return Answer.DIFFERENT
            return _worst([self._compare(one, other) for one, other in zip(ours, theirs, strict=True)])
        if isinstance(ours, dict):
            return self._object(ours, theirs)
        return Answer.DIFFERENT

    def _unknown(self, ours: Unknown, theirs: Any) -> Answer:
        if isinstance(theirs, str) and not ours.shape.admits(theirs):
            return Answer.DIFFERENT
        if ours.identity in self.noted:
            return Answer.EQUAL if normal(self.noted[ours.identity]) == normal(theirs) else Answer.DIFFERENT
        self.noted[ours.identity] = theirs
        return Answer.OPEN

    def _text(self, ours: Text, theirs: Any) -> Answer:
        """The pieces in order. Where JSON was written in another layout only what is inside is compared."""
        if not isinstance(theirs, str):
            return Answer.DIFFERENT
        if theirs.lstrip()[:1] in ("{", "["):
            return self._json_text(ours, theirs)
        pattern, groups, open_ = "", {}, False
        for piece in ours.pieces:
            if isinstance(piece, str):
                pattern += re.escape(piece)
            elif isinstance(self.noted.get(piece.identity), str):
                pattern += re.escape(self.noted[piece.identity])
            elif piece.identity in groups:
                pattern += f"(?P={groups[piece.identity]})"
            else:
                groups[piece.identity] = f"g{len(groups)}"
                pattern += f"(?P<{groups[piece.identity]}>.*)"
                open_ = True
        match = re.fullmatch(pattern, theirs, re.DOTALL)
        if match is None:
            return Answer.DIFFERENT
        if len(groups) == 1:
            (identity,) = groups
            self.noted[identity] = match.group("g0")
        return Answer.OPEN if open_ else Answer.EQUAL

    def _json_text(self, ours: Text, theirs: str) -> Answer:
        from tf_kms_guard.terraform.json_text import decode_json

        return self._compare(decode_json(ours), normal(theirs))

    def _referred(self, ours: Referred, theirs: Any) -> Answer:
        if not isinstance(theirs, dict):
            return Answer.DIFFERENT
        return _worst([self.compare(ours.to.read(name), item) for name, item in theirs.items()])

    def _set(self, ours: list[Value], theirs: Any) -> Answer:
        if not isinstance(theirs, list) or len(theirs) > len(ours):
            return Answer.DIFFERENT
        if len(ours) > 6:
            return Answer.OPEN
        best = Answer.DIFFERENT
        for order in permutations(theirs):
            answer = _worst([self.compare(one, other) for one, other in zip(ours, order, strict=False)])
            if answer is Answer.EQUAL:
                return answer
            best = Answer.OPEN if answer is Answer.OPEN else best
        return best

    def _object(self, ours: dict[str, Value], theirs: Any) -> Answer:
        if not isinstance(theirs, dict):
            return Answer.DIFFERENT
        unclear = [name for name in ours if isinstance(name, UnknownKey)]
        if unclear:
            return Answer.OPEN
        if {str(name) for name in ours} != set(theirs):
            return Answer.DIFFERENT
        return _worst([self._compare(item, theirs[name]) for name, item in ours.items()])


def _worst(answers: list[Answer]) -> Answer:
    if Answer.DIFFERENT in answers:
        return Answer.DIFFERENT
    return Answer.OPEN if Answer.OPEN in answers else Answer.EQUAL
