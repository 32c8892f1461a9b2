"""``replace``, and functions with regular expressions (:mod:`regular`)."""

from __future__ import annotations

import re

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import (
    MOST_CHARACTERS,
    Kind,
    NotKnown,
    Parameter,
    function,
    refuse_huge,
)
from tf_kms_guard.terraform.functions.regular import Match, Pattern, compiled
from tf_kms_guard.terraform.functions.searching import (
    cut,
    derived,
    may_hold,
    may_straddle,
    occurrences,
    runs_of,
)
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.text import TextLike, join_text, known
from tf_kms_guard.values.unknown import Unknown

_TEXT, _STRING = Parameter.TEXT, Parameter.STRING


@function("replace", Kind.SEARCHING, _TEXT, _STRING, _TEXT)
def replace(whole: TextLike, needle: str, new: TextLike) -> Value:
    """The string with ``needle`` replaced; ``/needle/`` is a regular expression."""
    if len(needle) > 1 and needle.startswith("/") and needle.endswith("/"):
        return _replace_pattern(_known(whole), needle[1:-1], _known(new))
    if not needle:
        return _known(whole).replace("", _known(new))
    runs = runs_of(whole)
    if may_straddle(runs, needle):
        raise NotKnown(whole)
    parts: list[TextLike] = []
    for run in runs:
        if isinstance(run, Unknown):
            parts.append(_replaced_hole(run, needle, new))
            continue
        start = 0
        found = occurrences(run, needle)
        refuse_huge(len(found) * (len(new) if isinstance(new, str) else 1), MOST_CHARACTERS)
        for at in found:
            parts.extend(cut(run, start, at))
            parts.append(new)
            start = at + len(needle)
        parts.extend(cut(run, start, sum(map(len, run))))
    return join_text(parts)


def _replaced_hole(hole: Unknown, needle: str, new: TextLike) -> Unknown:
    if not may_hold(hole, needle) or known(new) == needle:
        return hole
    return derived(hole, f"replace({hole.identity}, {identity_of(needle)}, {identity_of(new)})")


def _replace_pattern(whole: str, pattern: str, new: str) -> str:
    expression = compiled(pattern)
    data = whole.encode("utf-8", "replace")
    template = _template(new, expression)
    parts: list[str] = []
    at = size = 0
    for match in expression.matches(data):
        inserted = "".join(part if isinstance(part, str) else match.groups[part] or "" for part in template)
        parts += [data[at : match.start].decode("utf-8", "replace"), inserted]
        at = match.end
        size += len(inserted)
        refuse_huge(size, MOST_CHARACTERS)
    return "".join([*parts, data[at:].decode("utf-8", "replace")])


def _template(new: str, expression: Pattern) -> list[str | int]:
    """Go's ``Expand`` as literal text and the numbers of groups.

    ``$1``, ``${1}``, ``$name`` and ``${name}`` are groups, empty where there is none; ``$$`` is a dollar sign.
    """
    parts: list[str | int] = []
    at = 0
    for reference in re.finditer(r"\$(?:\$|\{(?P<braced>[0-9A-Za-z_]+)\}|(?P<bare>[0-9A-Za-z_]+))", new):
        parts.append(new[at : reference.start()])
        at = reference.end()
        name = reference["braced"] or reference["bare"]
        if name is None:
            parts.append("$")
        elif name.isdigit():
            number = int(name[:5])
            parts += [number] if number <= expression.count else []
        elif name in expression.names:
            parts.append(expression.names[name])
    return [*parts, new[at:]]


@function("regex", Kind.WHOLE, _STRING, _STRING)
def regex(pattern: str, whole: str) -> Value:
    """The first match: its text, or its groups as list or, if they are named, as map."""
    expression = _uniform(pattern)
    for match in expression.matches(whole.encode("utf-8", "replace")):
        return _result(expression, match)
    raise EvaluationError("the pattern does not match")


@function("regexall", Kind.WHOLE, _STRING, _STRING)
def regexall(pattern: str, whole: str) -> Value:
    """All matches, each as ``regex`` gives it."""
    expression = _uniform(pattern)
    return [_result(expression, match) for match in expression.matches(whole.encode("utf-8", "replace"))]


def _uniform(pattern: str) -> Pattern:
    expression = compiled(pattern)
    if 0 < len(expression.names) < expression.count:
        raise EvaluationError("either all groups of the pattern must have names, or none")
    return expression


def _result(expression: Pattern, match: Match) -> Value:
    if expression.names:
        return {name: match.groups[number] for name, number in expression.names.items()}
    if expression.count:
        return list(match.groups[1:])
    return match.groups[0]


def _known(value: TextLike) -> str:
    characters = known(value)
    if characters is None:
        raise NotKnown(value)
    return characters
