"""What to ask about: the principals that policies name, and resources that their patterns cover.

A policy lets through a *set* of principals and objects. To decide whether some member of an account passes
several policies, ask for the account itself (any identity that no policy names) and for each identity named
in one of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from tf_kms_guard.iam.document import Document, Effect
from tf_kms_guard.iam.principal import Principal, PrincipalKind, parse_principal
from tf_kms_guard.values.text import TextLike, join_text, known, pieces_of, spell
from tf_kms_guard.values.unknown import Unknown


def named_principals(documents: Iterable[Document]) -> tuple[Principal, ...]:
    """Whom Allow statements name, each once: as principal or in a condition on ``aws:PrincipalArn``."""
    found: dict[tuple[PrincipalKind, str], Principal] = {}
    for document in documents:
        for statement in document.statements:
            if statement.effect is Effect.DENY:
                continue
            named = list(statement.principals) if isinstance(statement.principals, tuple) else []
            if isinstance(statement.conditions, tuple):
                for condition in statement.conditions:
                    if known(condition.key) is None or isinstance(condition.values, Unknown):
                        continue
                    if spell(condition.key).lower() == "aws:principalarn" and "Not" not in condition.operator:
                        named += (parse_principal("AWS", value) for value in condition.values)
            for principal in named:
                if principal.kind is not PrincipalKind.INVALID:
                    found.setdefault((principal.kind, spell(principal.value)), principal)
    return tuple(found.values())


def sample_resource(pattern: TextLike, filler: str = "object") -> TextLike:
    """One resource that ``pattern`` covers: ``*`` becomes ``filler``, ``?`` becomes ``x``.

    ``arn:aws:s3:::data/reports/*`` gives ``arn:aws:s3:::data/reports/object``: an object that no other,
    narrower pattern is likely to name, so that a verdict on it speaks for some object under that prefix.
    """
    return join_text(
        piece.replace("*", filler).replace("?", "x") if isinstance(piece, str) and _is_pattern(piece) else piece
        for piece in pieces_of(pattern)
    )


def _is_pattern(piece: str) -> bool:
    return "*" in piece or "?" in piece
