"""Who asks, and who is named in a policy."""

from __future__ import annotations

import enum

from msgspec import Struct

from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.shapes import ACCOUNT_ID, is_account_id
from tf_kms_guard.values.compare import PLAIN, World, equal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import (
    TextLike,
    join_text,
    known,
    leading,
    origin_of,
    pieces_of,
    spell,
    split_text,
)
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class PrincipalKind(enum.Enum):
    """What a principal is (IAM User Guide, "AWS JSON policy elements: Principal")."""

    ROLE = "role"
    USER = "user"
    SESSION = "session"
    ACCOUNT = "account"
    ORGANIZATION = "organisation"
    SERVICE = "service"
    PUBLIC = "public"
    FEDERATED = "federated"
    CANONICAL_USER = "canonical-user"
    UNIQUE_ID = "unique-id"
    INVALID = "invalid"
    """Certainly nothing that AWS takes for a principal: a group, a partial wildcard, no ARN at all."""
    UNKNOWN = "unknown"


IAM_KINDS = frozenset(
    (
        PrincipalKind.ROLE,
        PrincipalKind.USER,
        PrincipalKind.SESSION,
        PrincipalKind.ACCOUNT,
        PrincipalKind.ORGANIZATION,
    )
)
"""Callers that are identities of some account (not a service, not anonymous)."""


class Principal(Struct, frozen=True, eq=False):
    """One principal.

    ``value`` is its ARN (for an account the root ARN), a service name, an id, or ``*``. ``account`` is the
    account that it belongs to, ``None`` where there is none (services, the public) or where it cannot be
    told apart. As the caller of a request, an ACCOUNT is *some identity of it that no policy names*, an
    ORGANIZATION likewise, and a ROLE is any session of it.
    """

    kind: PrincipalKind
    value: TextLike
    account: TextLike | None = None
    origin: Span | None = None

    @property
    def name(self) -> TextLike | None:
        """The name of a role or user, the role's name of a session; ``None`` for others or if not known."""
        parts = self._parts()
        if parts is None:
            return None
        return parts[1] if self.kind is PrincipalKind.SESSION else parts[-1]

    @property
    def path(self) -> TextLike | None:
        """The path of a role or user with both slashes (``/``, ``/data/``); ``None`` if not known."""
        parts = self._parts()
        if parts is None or self.kind is PrincipalKind.SESSION:
            return None
        pieces: list[TextLike] = ["/"]
        for part in parts[1:-1]:
            pieces += (part, "/")
        return join_text(pieces)

    @property
    def session_name(self) -> TextLike | None:
        """The name of a role session."""
        parts = self._parts()
        return parts[2] if parts is not None and self.kind is PrincipalKind.SESSION else None

    def _parts(self) -> list[TextLike] | None:
        if self.kind not in (PrincipalKind.ROLE, PrincipalKind.USER, PrincipalKind.SESSION):
            return None
        arn = parse_arn(self.value)
        if not isinstance(arn, Arn):
            return None
        parts = split_text(arn.resource, "/")
        if parts is None or len(parts) < 2 or (self.kind is PrincipalKind.SESSION and len(parts) != 3):
            return None
        return parts if known(parts[0]) != "federated-user" else None

    def __str__(self) -> str:
        """For people: ``role/data/reader in 444455556666``."""
        return describe(self)


def parse_principal(type: str, value: TextLike) -> Principal:
    """A principal as a policy writes it; ``type``: ``AWS``, ``Service``, ``Federated``, ``CanonicalUser``,
    ``*``.

    A bare account id becomes its root ARN: the two mean the same (IAM User Guide, "AWS account principals").
    """
    origin = origin_of(value)
    if type == "*":
        kind = PrincipalKind.PUBLIC if known(value) == "*" else PrincipalKind.UNKNOWN
        return Principal(kind, value, None, origin)
    if type == "AWS":
        return _aws(value, origin)
    if type == "Service":
        return Principal(PrincipalKind.SERVICE, value, None, origin)
    if type == "CanonicalUser":
        return Principal(PrincipalKind.CANONICAL_USER, value, None, origin)
    if type == "Federated":
        arn = parse_arn(value)
        return Principal(PrincipalKind.FEDERATED, value, arn.account if isinstance(arn, Arn) else None, origin)
    return Principal(PrincipalKind.UNKNOWN, value, None, origin)


def account_principal(account: TextLike, partition: TextLike = "aws", origin: Span | None = None) -> Principal:
    """The account as a principal."""
    value = join_text(("arn:", partition, ":iam::", account, ":root"))
    return Principal(PrincipalKind.ACCOUNT, value, account, origin)


def organization_principal(organization: TextLike, origin: Span | None = None) -> Principal:
    """An organization (``o-…``) or a path in it (``o-…/r-…/ou-…/``) as a caller; no policy names one so."""
    because = f"which account of {spell(organization)} asks is not known"
    account = Unknown(f"an account of {spell(organization)}", because, ACCOUNT_ID)
    return Principal(PrincipalKind.ORGANIZATION, organization, account, origin)


def _aws(value: TextLike, origin: Span | None) -> Principal:
    text = known(value)
    if text == "*":
        return Principal(PrincipalKind.PUBLIC, "*", None, origin)
    if text is not None and len(text) == 12 and text.isdecimal() and text.isascii():
        return account_principal(value, origin=origin)
    if isinstance(value, Unknown) and is_account_id(value.shape):
        return account_principal(value, origin=origin)
    arn = parse_arn(value)
    if isinstance(arn, Arn):
        return _by_arn(arn, value, origin)
    if arn is None and text is not None:
        unique = text.startswith(("AROA", "AIDA")) and len(text) >= 16 and text.isalnum()
        return Principal(PrincipalKind.UNIQUE_ID if unique else PrincipalKind.INVALID, value, None, origin)
    if isinstance(value, Unknown) and value.shape.name == "IAM unique id":
        return Principal(PrincipalKind.UNIQUE_ID, value, None, origin)
    return Principal(PrincipalKind.UNKNOWN, value, None, origin)


def _by_arn(arn: Arn, value: TextLike, origin: Span | None) -> Principal:
    if any(isinstance(piece, str) and ("*" in piece or "?" in piece) for piece in pieces_of(value)):
        return Principal(PrincipalKind.INVALID, value, arn.account, origin)
    kind = PrincipalKind.UNKNOWN
    service = known(arn.service)
    head = leading(arn.resource)
    if known(arn.resource) == "root" and service == "iam":
        kind = PrincipalKind.ACCOUNT
    elif service == "iam" and "/" in head:
        kinds = {"role": PrincipalKind.ROLE, "user": PrincipalKind.USER}
        kind = kinds.get(head.split("/", 1)[0], PrincipalKind.INVALID)
    elif service == "sts" and "/" in head:
        sessions = ("assumed-role", "federated-user")
        kind = PrincipalKind.SESSION if head.split("/", 1)[0] in sessions else PrincipalKind.INVALID
    elif service is not None and known(arn.resource) is not None:
        kind = PrincipalKind.INVALID
    return Principal(kind, value, arn.account, origin)


def same_principal(a: Principal, b: Principal, world: World = PLAIN) -> Truth:
    """Whether two principals are the same one (``"B"`` and B's root ARN are)."""
    if a.kind is b.kind:
        if a.kind is PrincipalKind.ACCOUNT and a.account is not None and b.account is not None:
            return equal(a.account, b.account, world)
        return equal(a.value, b.value, world)
    kinds = {a.kind, b.kind}
    if PrincipalKind.UNKNOWN in kinds:
        return Truth.UNKNOWN & ~_accounts_differ(a, b, world)
    if PrincipalKind.UNIQUE_ID in kinds and kinds & {PrincipalKind.ROLE, PrincipalKind.USER}:
        return Truth.UNKNOWN
    if kinds == {PrincipalKind.CANONICAL_USER, PrincipalKind.ACCOUNT}:
        return Truth.UNKNOWN
    return Truth.NO


def _accounts_differ(a: Principal, b: Principal, world: World) -> Truth:
    if a.account is None or b.account is None:
        return Truth.UNKNOWN
    return ~equal(a.account, b.account, world)


def describe(principal: Principal, *, account: bool = True) -> str:
    """A principal for people; ``account=False`` leaves out the account of a role, user or session."""
    kind = principal.kind
    if kind is PrincipalKind.PUBLIC:
        return "everyone (*)"
    if kind is PrincipalKind.ACCOUNT and principal.account is not None:
        return f"account {spell(principal.account)}"
    if kind in (PrincipalKind.ROLE, PrincipalKind.USER, PrincipalKind.SESSION):
        arn = parse_arn(principal.value)
        if isinstance(arn, Arn):
            where = f" in {spell(arn.account)}" if account else ""
            return spell(arn.resource) + where
    if kind is PrincipalKind.ORGANIZATION:
        return f"organization {spell(principal.value)}"
    if kind is PrincipalKind.SERVICE:
        return f"service {spell(principal.value)}"
    return spell(principal.value)
