"""From a JSON-like value to a :class:`Document`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from tf_kms_guard.iam.document import Condition, Document, Effect, Principals, Problem, Statement, Texts
from tf_kms_guard.iam.judgement import distinct
from tf_kms_guard.iam.operators import known_operator
from tf_kms_guard.iam.principal import Principal, parse_principal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text, TextLike, holes_of, known, origin_of, pieces_of, spell
from tf_kms_guard.values.unknown import Unknown

_DOCUMENT_ELEMENTS: Final = frozenset(("Version", "Id", "Statement"))
_STATEMENT_ELEMENTS: Final = frozenset(
    [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ]
)
_PRINCIPAL_TYPES: Final = frozenset(("AWS", "Service", "Federated", "CanonicalUser"))
_PAIRS: Final = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))


def read_document(value: object, origin: Span | None = None) -> Document:
    """See :func:`tf_kms_guard.iam.document.parse_document`."""
    place = origin_of(value) or origin
    if isinstance(value, Unknown):
        return Document(origin=place, incomplete=value)
    text = known(value)
    if text is not None:
        return _from_text(text, place)
    if isinstance(value, Text):
        return Document(origin=place, incomplete=next(value.holes))
    if not isinstance(value, dict):
        return _unreadable(value, "the policy is not a JSON object", place)
    problems = [
        Problem(f"{name} is not an element of a policy", place) for name in value if name not in _DOCUMENT_ELEMENTS
    ]
    version = value.get("Version")
    if version is not None and not isinstance(version, (str, Text, Unknown)):
        problems.append(Problem("Version is not a string", place))
        version = Unknown("policy version", "the policy's Version cannot be read")
    if isinstance(version, (str, Text)) and known(version) not in (None, "2012-10-17", "2008-10-17"):
        problems.append(Problem("Version is neither 2012-10-17 nor 2008-10-17", origin_of(version) or place))
    if "Statement" not in value:
        problems.append(Problem("the policy has no Statement", place))
        return Document((), version, place, tuple(problems), _refused(problems[-1]))
    return _with_statements(value["Statement"], version, place, problems)


def _with_statements(value: object, version: TextLike | None, place: Span | None, problems: list[Problem]) -> Document:
    """``problems``: those of the document itself; with one, AWS refuses every statement of it."""
    statements: list[Statement] = []
    hidden = [_refused(problem) for problem in problems[:1]]
    refused = tuple(hidden)
    for item in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(item, dict) and (hole := _hole_in_a_name(item)) is not None:
            hidden.append(hole)
        elif isinstance(item, dict):
            statements.append(_StatementReader(item, place, problems, refused).read())
        elif isinstance(item, Unknown):
            hidden.append(item)
        else:
            unknown = _other(item)
            if unknown is None:
                problems.append(Problem("a statement is not a JSON object", origin_of(item) or place))
                unknown = _refused(problems[-1])
            hidden.append(unknown)
    incomplete = None
    if hidden:
        kept = distinct(hidden)
        incomplete = kept[0]
        if len(kept) > 1:
            because = "; ".join(unknown.because for unknown in kept)
            incomplete = Unknown(" and ".join(u.identity for u in kept), because)
    return Document(tuple(statements), version, place, tuple(problems), incomplete)


def _hole_in_a_name(statement: dict[str, object]) -> Unknown | None:
    """An element whose name is not known may be any: nothing can be said of the statement."""
    for name in statement:
        for hole in holes_of(text) if isinstance(text := getattr(name, "text", ""), (str, Text, Unknown)) else ():
            return hole
    return None


def _from_text(text: str, place: Span | None) -> Document:
    import json

    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        problem = Problem(f"the policy is not JSON that AWS reads: {error}", place)
        return Document((), None, place, (problem,), _refused(problem))
    if isinstance(value, str):
        return _unreadable(value, "the policy is not a JSON object", place)
    return read_document(value, place)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An element may stand once only (IAM User Guide, "Grammar of the IAM JSON policy language")."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"{twice!r} stands twice in one block")
    return found


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is not a JSON number")


def _unreadable(value: object, message: str, place: Span | None) -> Document:
    unknown = _other(value)
    if unknown is not None:
        return Document(origin=place, incomplete=unknown)
    problem = Problem(message, place)
    return Document((), None, place, (problem,), _refused(problem))


def _refused(problem: Problem) -> Unknown:
    """AWS refuses such a policy: what will be there instead is not known."""
    where = f" at {problem.origin}" if problem.origin is not None else ""
    because = f"AWS does not accept this: {problem.message}"
    return Unknown(f"{problem.message}{where}", because, origin=problem.origin)


def _other(value: object) -> Unknown | None:
    """A value of a kind that is neither JSON nor an ``Unknown`` (one of several, a set): not known."""
    if value is None or isinstance(value, (bool, int, float, Decimal, str, Text, list, tuple, dict)):
        return None
    condition = getattr(value, "condition", None)
    if isinstance(condition, Unknown):
        return condition
    return Unknown(f"value {id(value):x}", f"a value of the kind {type(value).__name__} is not read here")


class _StatementReader:
    """Reads one statement and notes what is wrong with it."""

    def __init__(
        self, value: dict[str, object], place: Span | None, problems: list[Problem], refused: tuple[Unknown, ...]
    ) -> None:
        self.value = value
        self.place = origin_of(value) or place
        self.problems = problems
        self.unread: list[Unknown] = list(refused)

    def read(self) -> Statement:
        for name in self.value:
            if name not in _STATEMENT_ELEMENTS:
                self.refuse(f"{name} is not an element of a statement")
        for one, other in _PAIRS:
            if one in self.value and other in self.value:
                self.refuse(f"a statement has both {one} and {other}")
        effect = self.effect()
        sid = self.value.get("Sid")
        if sid is not None and not isinstance(sid, (str, Text, Unknown)):
            self.refuse("Sid is not a string")
            sid = None
        return Statement(
            sid,
            effect,
            self.principals("Principal"),
            self.principals("NotPrincipal"),
            self.texts("Action"),
            self.texts("NotAction"),
            self.texts("Resource"),
            self.texts("NotResource"),
            self.conditions(),
            self.place,
            unread=tuple(self.unread),
        )

    def refuse(self, message: str, place: Span | None = None) -> Unknown:
        """Note that AWS would not accept the statement."""
        problem = Problem(message, place or self.place)
        self.problems.append(problem)
        unknown = _refused(problem)
        self.unread.append(unknown)
        return unknown

    def opaque(self, value: object, message: str) -> Unknown:
        """The unknown that stands for ``value``; a known value of the wrong kind is refused."""
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Text) and (holes := holes_of(value)):
            return holes[0]
        other = _other(value)
        return self.refuse(message, origin_of(value)) if other is None else other

    def effect(self) -> Effect | None:
        value = self.value.get("Effect")
        text = known(value)
        if text is not None:
            for effect in Effect:
                if text == effect.value:
                    return effect
        if isinstance(value, (Text, Unknown)) and text is None:
            self.unread.extend(holes_of(value))
        elif (other := _other(value)) is not None:
            self.unread.append(other)
        else:
            missing = "Effect" not in self.value
            self.refuse("a statement has no Effect" if missing else "Effect is neither Allow nor Deny")
        return None

    def texts(self, name: str) -> Texts:
        if name not in self.value:
            return None
        return tuple(self.checked(name, text) for text in self.strings(self.value[name], name))

    def checked(self, name: str, text: TextLike) -> TextLike:
        """``text``, or an ``Unknown`` for what is no action, resource or principal for certain."""
        plain, message = known(text), None
        if any(isinstance(piece, str) and not piece.isprintable() for piece in pieces_of(text)):
            message = f"{name} has a value with a control character"
        elif plain == "":
            message = f"{name} has an empty value"
        elif plain is not None and name.endswith("Action") and ":" not in plain and plain.strip("*"):
            message = f"{name} has a value without a service: {plain}"
        if message is not None:
            return replace(self.refuse(message, origin_of(text)), shown=spell(text))
        return text

    def strings(
        self, value: object, name: str, convert: Callable[[object], str | None] = lambda _: None
    ) -> tuple[TextLike, ...]:
        """One string or a list of them."""
        found: list[TextLike] = []
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(item, (str, Text, Unknown)):
                found.append(item)
            elif (text := convert(item)) is not None:
                found.append(text)
            elif (other := _other(item)) is not None:
                found.append(other)
            else:
                found.append(self.refuse(f"{name} has a value that is not a string", origin_of(item)))
        return tuple(found)

    def principals(self, name: str) -> Principals:
        if name not in self.value:
            return None
        value = self.value[name]
        if isinstance(value, Unknown):
            return value
        if known(value) == "*":
            return (parse_principal("*", "*"),)
        if not isinstance(value, dict):
            return self.opaque(value, f'{name} is neither "*" nor a map')
        found: list[Principal] = []
        for type_name, identifiers in value.items():
            if type_name not in _PRINCIPAL_TYPES:
                self.refuse(f"{type_name} is not a type of principal")
            texts = (self.checked(name, text) for text in self.strings(identifiers, name))
            found += (parse_principal(type_name, text) for text in texts)
        return tuple(found)

    def conditions(self) -> tuple[Condition, ...] | Unknown:
        if "Condition" not in self.value:
            return ()
        value = self.value["Condition"]
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, dict):
            return self.opaque(value, "Condition is not a map")
        found: list[Condition] = []
        for operator, keys in value.items():
            if not known_operator(operator):
                self.refuse(f"{operator} is not a condition operator")
            if not isinstance(keys, dict):
                unknown = self.opaque(keys, f"the keys of {operator} are not a map")
                found.append(Condition(operator, unknown, unknown, origin_of(keys) or self.place))
                continue
            for key, values in keys.items():
                place = origin_of(values) or self.place
                found.append(Condition(operator, key, self.strings(values, key, _scalar), place))
        return tuple(found)


def _scalar(value: object) -> str | None:
    """Condition values may be written as JSON numbers and booleans."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float, Decimal)) else None
