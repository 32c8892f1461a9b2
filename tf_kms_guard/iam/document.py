"""Policy documents: what a policy says, as far as it is known.

IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import enum
from typing import TypeAlias, Union

from msgspec import Struct

from tf_kms_guard.iam.principal import Principal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class Effect(enum.Enum):
    """``Allow`` or ``Deny``."""

    ALLOW = "Allow"
    DENY = "Deny"


class Problem(Struct, frozen=True):
    """Something in a document that AWS would not accept or that cannot be read."""

    message: str
    origin: Span | None = None


class Condition(Struct, frozen=True, eq=False):
    """One operator on one key; ``key`` is an ``Unknown`` when the operator's block is not known."""

    operator: str
    key: TextLike
    values: tuple[TextLike, ...] | Unknown
    origin: Span | None = None


Texts: TypeAlias = Union[tuple[TextLike, ...], Unknown, None]
"""An element's values; an ``Unknown`` if nothing can be told of it, ``None`` if the element is absent."""

Principals: TypeAlias = Union[tuple[Principal, ...], Unknown, None]


class Statement(Struct, frozen=True, eq=False):
    """One statement; compared and hashed by identity. ``effect=None``: not known, ``unread`` says why."""

    sid: TextLike | None = None
    effect: Effect | None = None
    principals: Principals = None
    not_principals: Principals = None
    actions: Texts = None
    not_actions: Texts = None
    resources: Texts = None
    not_resources: Texts = None
    conditions: tuple[Condition, ...] | Unknown = ()
    origin: Span | None = None
    may_exist: bool = False
    existence: Unknown | None = None
    """What its existence hangs on; a statement that has it may exist (``may_exist`` need not be set)."""
    unread: tuple[Unknown, ...] = ()
    """What keeps it from matching certainly: an unknown ``Effect``, or a part that AWS would refuse."""

    @property
    def uncertain(self) -> bool:
        """Whether it matches nothing certainly."""
        return self.may_exist or self.existence is not None or bool(self.unread)


class Document(Struct, frozen=True, eq=False):
    """One policy document. ``incomplete``: there may be statements that are not visible."""

    statements: tuple[Statement, ...] = ()
    version: TextLike | None = None
    origin: Span | None = None
    problems: tuple[Problem, ...] = ()
    incomplete: Unknown | None = None

    @property
    def substitutes(self) -> Truth:
        """Whether ``${…}`` in it is a policy variable: in version 2012-10-17, not in the default."""
        if self.version is None:
            return Truth.NO
        text = known(self.version)
        return Truth.UNKNOWN if text is None else Truth.of(text == "2012-10-17")


def opaque_document(unknown: Unknown, origin: Span | None = None) -> Document:
    """A policy of which nothing is visible."""
    return Document(origin=origin, incomplete=unknown)


def parse_document(value: object, origin: Span | None = None) -> Document:
    """Read a policy from a JSON-like value, or from JSON text that is wholly known.

    Never raises. What AWS would refuse becomes a :class:`Problem`, and the statement that has it matches
    nothing certainly; what is not known stays unknown.
    """
    from tf_kms_guard.iam.reading import read_document

    return read_document(value, origin)
