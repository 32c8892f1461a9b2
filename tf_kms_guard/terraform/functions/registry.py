"""How a function is declared, and the errors that its body may raise.

A body sees arguments already converted by their declared kind, and never a choice at the top. It says what
it can; where it cannot, it raises :class:`NotKnown`, which makes the call a free value keyed by its
arguments.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, NoReturn, Protocol, TypeVar

from msgspec import Struct

from tf_kms_guard.terraform.convert import describe, element_values, to_bool, to_number, to_string
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.values import Choice, Failed, Marked, Referred, SetValue, UnknownKey, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text, TextLike, known
from tf_kms_guard.values.unknown import Unknown

MOST_ELEMENTS: Final = 100_000
"""No real configuration has a longer list; one that has is hostile and becomes a free value."""

MOST_CHARACTERS: Final = 8_000_000
"""Likewise for strings."""


class Kind(enum.Enum):
    """How a function treats holes (design section 4)."""

    STRUCTURAL = "holes pass through"
    SEARCHING = "exact where the needle can neither straddle a hole's edge nor occur in a hole"
    COMPARING = "three-valued"
    WHOLE = "exact only when every argument is known, or the shapes of its holes decide"


class CallContext(Protocol):
    """What a call needs of the place where it stands."""

    @property
    def span(self) -> Span:
        """Where the call is written."""

    def read_file(self, path: TextLike) -> Value:
        """The text of a file, from inside the sandbox; unknown if the path or the file is not known.

        Raises ``EvaluationError`` when the file cannot be read.
        """

    def file_exists(self, path: TextLike) -> Value:
        """Whether a file exists; unknown if that cannot be told."""

    def read_bytes(self, path: TextLike, function: str) -> bytes | Unknown:
        """The content of a file for ``function``; unknown if the path or the file is not known."""

    def find_files(self, directory: TextLike, pattern: TextLike) -> Value:
        """The set of files below a directory that fit a pattern; unknown if that cannot be told."""

    def render_template(self, text: Value, variables: Value, name: str) -> Value:
        """The template ``text`` with ``variables``; ``name`` is its file's path, for messages."""


class NotKnown(Exception):
    """Raised by a body: what this call gives is not known, because of ``cause``."""

    def __init__(self, cause: Value | str) -> None:
        super().__init__()
        self.cause = cause


class Parameter(enum.Enum):
    """What an argument is converted to before the body sees it."""

    ANY = "anything but null"
    NULLABLE = "anything"
    TEXT = "a string, which may have holes"
    STRING = "a string that is wholly known"
    NUMBER = "a known number"
    WHOLE = "a known whole number"
    BOOL = "a known truth value"


class Function(Struct, frozen=True):
    """A function as declared. ``rest`` is the kind of further arguments, ``most`` their greatest number.

    ``deep``: choices inside containers are distributed as well, because they end up inside one text.
    ``contextual``: the body takes the :class:`CallContext` first.
    """

    name: str
    kind: Kind
    body: Callable[..., Value]
    parameters: tuple[Parameter, ...]
    rest: Parameter | None = None
    most: int | None = None
    deep: bool = False
    contextual: bool = False
    partial: bool = False

    def prepare(self, arguments: Sequence[Value]) -> list[Value]:
        """The arguments converted as declared. Raises ``EvaluationError`` or :class:`NotKnown`."""
        return [self._convert(number, argument) for number, argument in enumerate(arguments)]

    def _convert(self, number: int, value: Value) -> Value:
        kind = self.parameters[number] if number < len(self.parameters) else self.rest
        if kind is Parameter.NULLABLE or kind is None:
            return value
        if value is None:
            raise EvaluationError(f"argument {number + 1} must not be null")
        if kind is Parameter.ANY:
            return value
        if kind in (Parameter.TEXT, Parameter.STRING):
            text = to_string(value)
            return text if kind is Parameter.TEXT else _known_text(text)
        converted = to_bool(value) if kind is Parameter.BOOL else to_number(value)
        if isinstance(converted, Unknown):
            raise NotKnown(converted)
        if kind is Parameter.WHOLE and not is_whole(converted):
            raise EvaluationError(f"argument {number + 1} must be a whole number of at most 64 bits")
        return converted

    def check_count(self, count: int) -> None:
        """Raise ``EvaluationError`` when the function does not take ``count`` arguments."""
        least = len(self.parameters)
        most = least if self.rest is None else None if self.most is None else least + self.most
        if count < least:
            raise EvaluationError(f"too few arguments: {least} needed, {count} given")
        if most is not None and count > most:
            raise EvaluationError(f"too many arguments: at most {most} taken, {count} given")


def is_whole(value: Value) -> bool:
    """Whether a number is whole and fits the 64 bits that Terraform has for places and sizes."""
    return isinstance(value, int) and -(2**63) <= value < 2**63


FUNCTIONS: Final[dict[str, Function]] = {}
_Body = TypeVar("_Body", bound=Callable[..., Value])


def function(
    name: str,
    kind: Kind,
    *parameters: Parameter,
    rest: Parameter | None = None,
    most: int | None = None,
    deep: bool = False,
    contextual: bool = False,
    partial: bool = False,
) -> Callable[[_Body], _Body]:
    """Declare a function. ``partial``: a whole-text function that also looks at what is partly known."""

    def declare(body: _Body) -> _Body:
        FUNCTIONS[name] = Function(name, kind, body, parameters, rest, most, deep, contextual, partial)
        return body

    return declare


def unknown_in(value: Value) -> Unknown | Referred | None:
    """The first part of ``value`` that is not known; ``None`` when it is wholly known."""
    seen: set[int] = set()
    todo: list[Value] = [value]
    while todo:
        current = todo.pop()
        if isinstance(current, (Unknown, Referred)):
            return current
        if isinstance(current, Choice):
            return current.condition
        if isinstance(current, Marked):
            current = current.value
        if isinstance(current, Text):
            hole = next(current.holes, None)
            if hole is not None:
                return hole
        elif isinstance(current, (list, dict, SetValue)) and id(current) not in seen:
            seen.add(id(current))
            if isinstance(current, dict):
                todo.extend(key.text for key in current if isinstance(key, UnknownKey))
            todo.extend(reversed(list(current.values() if isinstance(current, dict) else current)))
    return None


def elements(value: Value) -> Sequence[Value]:
    """The elements of a list or set argument. Raises :class:`NotKnown` or ``EvaluationError``."""
    found = element_values(value)
    if found is None:
        raise NotKnown(value)
    return found


def ordered(value: Value) -> Sequence[Value]:
    """Like :func:`elements`, where order and number matter: a set must be wholly known then."""
    if isinstance(value, SetValue) and not is_settled(value):
        raise NotKnown(value)
    return elements(value)


def is_settled(value: SetValue) -> bool:
    """Whether the number and the order of a set's elements are known."""
    return value.exact and (len(value.elements) < 2 or all(map(_has_place, value.elements)))


def _has_place(element: Value) -> bool:
    return element is None or isinstance(element, (bool, int, Decimal)) or known(element) is not None


def fields(value: Value) -> dict[str, Value]:
    """The entries of a map argument. Raises :class:`NotKnown` or ``EvaluationError``."""
    if isinstance(value, dict):
        return value
    if isinstance(value, (Unknown, Choice, Failed, Referred)):
        raise NotKnown(value)
    raise EvaluationError(f"a map is required, but this is {describe(value)}")


def number(value: Value) -> int | Decimal:
    """An element as a known number. Raises :class:`NotKnown` or ``EvaluationError``."""
    if value is None:
        raise EvaluationError("a number must not be null")
    converted = to_number(value)
    if isinstance(converted, (int, Decimal)):
        return converted
    raise NotKnown(converted)


def text(value: Value) -> TextLike:
    """An element as text. Raises ``EvaluationError`` for null and for what is no string."""
    if value is None:
        raise EvaluationError("a string must not be null")
    converted = to_string(value)
    if isinstance(converted, (str, Text, Unknown)):
        return converted
    raise NotKnown(converted)


def string(value: Value) -> str:
    """An element as a string that is wholly known. Raises :class:`NotKnown` or ``EvaluationError``."""
    return _known_text(text(value))


def refuse_huge(size: int, most: int) -> None:
    """Raise :class:`NotKnown` before something is built that is too large."""
    if size > most:
        _too_large()


def _too_large() -> NoReturn:
    raise NotKnown("the result is too large")


def _known_text(value: Value) -> str:
    if isinstance(value, str):
        return value
    characters = known(value)
    if characters is None:
        raise NotKnown(value)
    return characters
