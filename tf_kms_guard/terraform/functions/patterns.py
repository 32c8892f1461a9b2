"""``replace``, and functions with regular expressions.

Terraform's regular expressions are RE2's, without backtracking. Only patterns that mean the same to Python
and cannot take long are evaluated; anything else gives a free value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import (
    MOST_CHARACTERS,
    Kind,
    NotKnown,
    Parameter,
    function,
    refuse_huge,
)
from tf_kms_guard.terraform.functions.regular import translated
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
    parts: list[str] = []
    at = size = 0
    for match in _matches(pattern, whole):
        inserted = _expanded(new, match)
        parts += [whole[at : match.start()], inserted]
        at = match.end()
        size += len(inserted)
        refuse_huge(size, MOST_CHARACTERS)
    return "".join([*parts, whole[at:]])


def _expanded(new: str, match: re.Match[str]) -> str:
    """Go's ``Expand``: ``$1``, ``${1}``, ``$name``; ``$$`` is a dollar sign, an unknown group is empty."""

    def group(reference: re.Match[str]) -> str:
        name = reference["braced"] or reference["bare"]
        if name is None:
            return "$"
        if name.isdigit():
            number = int(name[:4])
            return match[number] or "" if number <= (match.re.groups) else ""
        return match[name] or "" if name in match.re.groupindex else ""

    return re.sub(r"\$(?:\$|\{(?P<braced>[0-9A-Za-z_]+)\}|(?P<bare>[0-9A-Za-z_]+))", group, new)


@function("regex", Kind.WHOLE, _STRING, _STRING)
def regex(pattern: str, whole: str) -> Value:
    """The first match: its text, or its groups as list or, if they are named, as map."""
    for match in _matches(pattern, whole):
        return _result(match)
    raise EvaluationError("the pattern does not match")


@function("regexall", Kind.WHOLE, _STRING, _STRING)
def regexall(pattern: str, whole: str) -> Value:
    """All matches, each as ``regex`` gives it."""
    return [_result(match) for match in _matches(pattern, whole)]


def _result(match: re.Match[str]) -> Value:
    named: dict[str, Value] = dict(match.groupdict())
    if not match.re.groups:
        return match[0]
    if not named:
        return list(match.groups())
    if len(named) != match.re.groups:
        raise EvaluationError("either all groups of the pattern must have names, or none")
    return named


def _matches(pattern: str, whole: str) -> Iterator[re.Match[str]]:
    """The matches as Go counts them: an empty one right after another match is none."""
    compiled = translated(pattern, whole)
    if compiled is None:
        raise NotKnown(f"the regular expression {pattern[:60]} is not evaluated")
    end = -1
    for match in compiled.finditer(whole):
        if match.end() > match.start() or match.start() != end:
            yield match
        end = match.end()


def _known(value: TextLike) -> str:
    characters = known(value)
    if characters is None:
        raise NotKnown(value)
    return characters
