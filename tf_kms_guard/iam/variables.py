"""Policy variables: ``${aws:PrincipalAccount}``, ``${aws:username, 'nobody'}``, ``${*}``.

IAM User Guide, "IAM policy elements: Variables and tags": only version 2012-10-17 substitutes; a variable
whose key is not in the request makes the whole string match nothing, unless it has a default value.
"""

from __future__ import annotations

from itertools import pairwise

from tf_kms_guard.iam.context import ABSENT, Context
from tf_kms_guard.values.text import TextLike, join_text, pieces_of, spell
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Shape, Unknown


def has_variable(text: TextLike) -> bool:
    """Whether known characters of ``text`` start a variable."""
    return any(isinstance(piece, str) and "${" in piece for piece in pieces_of(text))


def substitute(text: TextLike, context: Context, substitutes: Truth, *, pattern: bool) -> TextLike | None:
    """``text`` with its variables filled in from the request; ``None`` when it matches nothing.

    ``substitutes``: whether the document's version substitutes at all. ``pattern``: the result will be read
    as a pattern, so that characters which come from a variable and look like wildcards must not act as such.
    """
    if substitutes is Truth.NO:
        return text
    if _may_straddle(text):
        because = "where a policy variable starts or ends cannot be told"
        return Unknown(f"variable in {spell(text)}", because)
    if not has_variable(text):
        return text
    if substitutes is Truth.UNKNOWN:
        return Unknown("policy version", "the policy's version, which decides about ${…}, is not known")
    parts: list[TextLike] = []
    for piece in pieces_of(text):
        if isinstance(piece, Unknown):
            parts.append(piece)
            continue
        filled = _fill(piece, context, pattern)
        if filled is None:
            return None
        parts.extend(filled)
    return join_text(parts)


def may_lack(text: TextLike, context: Context, substitutes: Truth) -> bool:
    """Whether ``text`` has a variable without default of which it is not known whether the request has it."""
    if substitutes is Truth.NO or not has_variable(text):
        return False
    for piece in pieces_of(text):
        for part in piece.split("${")[1:] if isinstance(piece, str) else ():
            key = part.partition("}")[0].strip()
            if key not in ("*", "?", "$") and "," not in key and not isinstance(context.get(key), tuple):
                return True
    return False


def _may_straddle(text: TextLike) -> bool:
    """Whether a variable may start or end within a hole: then it is not known what the text around it means."""
    pieces = pieces_of(text)
    for piece, following in pairwise(pieces):
        if isinstance(piece, Unknown):
            may_start = piece.shape.alphabet is None or "$" in piece.shape.alphabet
            head = following.partition("${")[0] if isinstance(following, str) else ""
            if may_start and "}" in head:
                return True
        elif isinstance(following, Unknown) and (piece.endswith("$") or _is_open(piece)):
            return True
    return False


def _is_open(piece: str) -> bool:
    return "}" not in piece.rpartition("${")[2] if "${" in piece else False


def _fill(piece: str, context: Context, pattern: bool) -> list[TextLike] | None:
    parts: list[TextLike] = []
    rest = piece
    while "${" in rest:
        before, rest = rest.split("${", 1)
        parts.append(before)
        inside, closed, rest = rest.partition("}")
        if not closed:
            because = "a policy variable is not closed where it can be read"
            return [*parts, Unknown(f"variable:{inside}", because)]
        value = _value(inside, context)
        if value is None:
            return None
        parts.append(_literal(value) if pattern else value)
    parts.append(rest)
    return parts


def _value(inside: str, context: Context) -> TextLike | None:
    """What one variable stands for."""
    if inside in ("*", "?", "$"):
        return inside
    key, comma, default = inside.partition(",")
    key, default = key.strip(), default.strip()
    found = context.get(key)
    if isinstance(found, tuple) and len(found) == 1:
        return found[0]
    if found is ABSENT:
        return default[1:-1] if comma and len(default) >= 2 and default[0] == default[-1] == "'" else None
    if isinstance(found, Unknown):
        return found
    return Unknown(f"request:{key}", f"the request's {key} is not known before it is made")


def _literal(value: TextLike) -> TextLike:
    """Protects wildcard characters: each becomes a hole that can only be that character."""
    if not isinstance(value, str) or not ("*" in value or "?" in value):
        return value
    return join_text(
        Unknown(f"literal {c}", f"a literal {c}", Shape("one character", frozenset(c), 1, 1)) if c in "*?" else c
        for c in value
    )
