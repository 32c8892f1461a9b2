"""Who is meant to reach a bucket from another account, and what for.

Intent comes from the S3 side: a statement of the policy of the bucket or of its access point, or of the identity
policy of a role or user declared here, whose resource names this bucket. Statements about keys, Deny statements and
trust policies give none.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable, Iterator
from typing import Final

from msgspec import Struct, field

from tf_kms_guard.estate.member import Place
from tf_kms_guard.estate.model import Bucket, Encryption, Estate, Identity, IdentityPolicy
from tf_kms_guard.iam.actions import NEEDS, Intent, intents_of
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.document import Condition, Document, Effect, Statement
from tf_kms_guard.iam.glob import is_pattern
from tf_kms_guard.iam.principal import (
    Principal,
    PrincipalKind,
    account_principal,
    organization_principal,
    parse_principal,
    same_principal,
)
from tf_kms_guard.values.compare import World, equal, matches, sameness
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, holes_of, known, pieces_of, spell, split_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

JUDGED: Final = frozenset(
    (
        PrincipalKind.ROLE,
        PrincipalKind.USER,
        PrincipalKind.SESSION,
        PrincipalKind.ACCOUNT,
        PrincipalKind.ORGANIZATION,
        PrincipalKind.UNKNOWN,
    )
)
"""Kinds of outsider whose gates are judged; services and the public have rules of their own."""


class Sign(Struct, frozen=True, eq=False):
    """What shows an intent: a statement, and the policy that it stands in.

    ``origin`` is the place of the very principal if it is written in the statement, else that of the statement.
    ``at_point``: the policy is an access point's.
    """

    intent: Intent
    statement: Statement
    source: str
    origin: Span | None
    from_identity: bool
    at_point: bool = False


class Question(Struct, frozen=True, eq=False):
    """What is asked of a principal by name, whatever the code means it to do.

    ``s3_action`` and ``kms_actions``, where they are given, stand in for those that the intents need.
    """

    intents: tuple[Intent, ...]
    s3_action: str | None = None
    kms_actions: tuple[str, ...] = ()
    object_key: TextLike | None = None


class Outsider(Struct, eq=False):
    """A principal of another account that is meant to use a bucket.

    ``identity`` is the role or user if it is declared here. ``hinted``: only the key policy speaks of it, in a
    statement that is about this very bucket. ``doubt``: why it is not even sure that it is meant to have access.
    ``question``: what somebody asks of it. ``replicas``: how what it replicates into the bucket is encrypted, where the
    configuration by which it does so is known.
    """

    principal: Principal
    identity: Identity | None
    signs: list[Sign] = field(default_factory=list)
    hinted: bool = False
    doubt: Unknown | None = None
    question: Question | None = None
    replicas: Encryption | None = None

    @property
    def intents(self) -> tuple[Intent, ...]:
        """What it is meant to do, without repetition; where it is asked about, that."""
        if self.question is not None:
            return self.question.intents
        return tuple(intent for intent in Intent if any(sign.intent is intent for sign in self.signs))

    @property
    def spelled(self) -> str:
        """The principal's ARN or id for people and for fingerprints."""
        return spell(self.principal.value)


class Outsiders:
    """The outsiders of an estate's buckets; each bucket's are found once."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self._mentions = _Mentions(estate)
        self._found: dict[Place, list[Outsider]] = {}

    def of(self, bucket: Bucket) -> list[Outsider]:
        """The principals that the code means to use ``bucket`` and that are not surely of the owner's own account."""
        if bucket.place not in self._found:
            self._found[bucket.place] = self._find(bucket)
        return self._found[bucket.place]

    def _find(self, bucket: Bucket) -> list[Outsider]:
        noted: dict[Hashable, Outsider] = {}
        for slot in (bucket.policy, *(point.policy for point in bucket.points)):
            doubt = slot.because if slot.claimed else None
            at_point = slot is not bucket.policy
            for document in slot.documents:
                for statement in document.statements:
                    if statement.effect is Effect.ALLOW:
                        for principal in named_by(statement):
                            origin = _named_at(principal, statement, document)
                            signs = _signs(statement, slot.source, origin, from_identity=False, at_point=at_point)
                            _note(noted, bucket, self.estate, principal, signs, doubt)
        for mention in self._mentions.of(bucket):
            statement = mention.statement
            signs = _signs(statement, mention.policy.source, statement.origin, from_identity=True)
            _note(noted, bucket, self.estate, mention.identity.principal, signs)
        found = list(noted.values())
        if bucket.outside and not _has_declared_key(bucket):
            return [outsider for outsider in found if outsider.identity is not None]
        return [*found, *_hinted(bucket, self.estate, found)]


def _has_declared_key(bucket: Bucket) -> bool:
    """Whether a workspace declares the key: then everybody who is meant to use the bucket is its business."""
    choice = bucket.encryption.key
    return choice is not None and choice.key is not None and not choice.key.outside


class _Mention(Struct, frozen=True, eq=False):
    """A statement of an identity's own policy that names buckets; ``place`` is its place among all."""

    place: int
    identity: Identity
    policy: IdentityPolicy
    statement: Statement


class _Mentions:
    """The statements that let identities use buckets, by the name of the bucket."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._world = estate.world
        self._exact: dict[Hashable, list[_Mention]] = {}
        self._wild: list[tuple[TextLike, _Mention]] = []
        place = 0
        for identity in estate.identities:
            for policy in identity.policies:
                if policy.managed:
                    continue
                for statement in policy.document.statements:
                    if statement.effect is Effect.ALLOW and isinstance(statement.resources, tuple):
                        self._add(_Mention(place, identity, policy, statement), statement.resources)
                        place += 1

    def _add(self, mention: _Mention, resources: Iterable[TextLike]) -> None:
        for resource in resources:
            name = bucket_named(resource)
            if name is None:
                continue
            if is_pattern(name):
                self._wild.append((name, mention))
            else:
                self._exact.setdefault(sameness(name, self._world), []).append(mention)

    def of(self, bucket: Bucket) -> list[_Mention]:
        """The statements that surely name a bucket or its objects, in order."""
        found = {mention.place: mention for mention in self._exact.get(sameness(bucket.name, self._world), ())}
        for name, mention in self._wild:
            if mention.place not in found and matches(name, bucket.name, self._world) is Truth.YES:
                found[mention.place] = mention
        return [found[place] for place in sorted(found) if self._means(found[place].identity, bucket)]

    def _means(self, identity: Identity, bucket: Bucket) -> bool:
        """Whether this very bucket is meant, where several workspaces declare one of its name."""
        namesakes = {other.workspace for other in self._estate.buckets_of(bucket.name)}
        return identity.workspace == bucket.workspace or (identity.workspace not in namesakes and len(namesakes) == 1)


def _hinted(bucket: Bucket, estate: Estate, found: list[Outsider]) -> list[Outsider]:
    """Outsiders that a statement of the key policy lets use the key for this very bucket.

    A key may serve much else, so the statement counts only if its encryption context names the bucket.
    """
    choice = bucket.encryption.key
    key = None if choice is None else choice.key
    hinted: list[Outsider] = []
    if key is None:
        return hinted
    document = key.policy.document
    for statement in document.statements:
        if statement.effect is not Effect.ALLOW or not _is_about(statement, bucket, estate.world):
            continue
        for principal in named_by(statement):
            others = [*found, *hinted]
            if principal.kind not in JUDGED or is_insider(principal, bucket, estate.world):
                continue
            if any(same_principal(other.principal, principal, estate.world) is not Truth.NO for other in others):
                continue
            signs = [
                Sign(intent, statement, key.policy.source, _named_at(principal, statement, document), False)
                for intent in (Intent.READ, Intent.WRITE)
                if _allows(statement, NEEDS[intent].kms_actions[0])
            ]
            if signs:
                hinted.append(Outsider(principal, estate.identity(principal, bucket.workspace), signs, hinted=True))
    return hinted


def _allows(statement: Statement, action: str) -> bool:
    actions = statement.actions
    return isinstance(actions, tuple) and any(matches(a, action, fold_case=True) is Truth.YES for a in actions)


def _is_about(statement: Statement, bucket: Bucket, world: World) -> bool:
    if not isinstance(statement.conditions, tuple):
        return False
    for condition in statement.conditions:
        if (known(condition.key) or "").lower() == "kms:encryptioncontext:aws:s3:arn" and not isinstance(
            condition.values, Unknown
        ):
            return names_bucket(condition.values, bucket, world)
    return False


def unclear_of(bucket: Bucket, estate: Estate) -> list[tuple[Principal, Unknown]]:
    """Who the bucket policy names, where it cannot be told whether, or what for, it is meant to have access."""
    found: dict[str, tuple[Principal, Unknown]] = {}
    for document in bucket.policy.documents:
        for statement in document.statements:
            if statement.effect is Effect.DENY:
                continue
            for principal in named_by(statement):
                because = _unclear(principal, statement)
                if because is not None and not is_insider(principal, bucket, estate.world):
                    found.setdefault(spell(principal.value), (principal, because))
    return list(found.values())


_NOT_SEEN: Final = {
    PrincipalKind.CANONICAL_USER: "which account a canonical user id belongs to cannot be seen",
    PrincipalKind.UNIQUE_ID: "whose unique id it is cannot be seen",
    PrincipalKind.FEDERATED: "whom a federated principal stands for is not judged",
}


def _unclear(principal: Principal, statement: Statement) -> Unknown | None:
    if principal.kind in _NOT_SEEN:
        return Unknown(spell(principal.value), _NOT_SEEN[principal.kind], origin=principal.origin)
    if principal.kind not in JUDGED or _is_of_aws(principal):
        return None
    if isinstance(statement.actions, Unknown):
        return statement.actions
    return next((hole for action in statement.actions or () for hole in holes_of(action)), None)


def _note(
    noted: dict[Hashable, Outsider],
    bucket: Bucket,
    estate: Estate,
    principal: Principal,
    signs: list[Sign],
    doubt: Unknown | None = None,
) -> None:
    if not signs or principal.kind not in JUDGED or _is_of_aws(principal):
        return
    if is_insider(principal, bucket, estate.world):
        return
    who = (principal.kind, _sameness(principal, estate.world))
    outsider = noted.get(who)
    if outsider is None:
        noted[who] = Outsider(principal, estate.identity(principal, bucket.workspace), signs, doubt=doubt)
    else:
        outsider.signs.extend(signs)
        outsider.doubt = None if doubt is None else outsider.doubt


def _sameness(principal: Principal, world: World) -> Hashable:
    """What two of a kind have in common exactly when they surely are the same principal."""
    if principal.kind is PrincipalKind.ACCOUNT and principal.account is not None:
        return sameness(principal.account, world)
    return sameness(principal.value, world)


def _is_of_aws(principal: Principal) -> bool:
    """Whether it is AWS's own, such as ``arn:aws:iam::cloudfront:user/…``: nobody gives it policies."""
    account = None if principal.account is None else known(principal.account)
    return account is not None and not account.isdigit()


def is_insider(principal: Principal, bucket: Bucket, world: World) -> bool:
    """Whether a principal surely is of the bucket's account and of the key's."""
    if principal.account is None:
        return False
    choice = bucket.encryption.key
    owners = [bucket.account.id]
    if choice is not None and choice.account is not None:
        owners.append(choice.account)
    return all(equal(principal.account, owner, world) is Truth.YES for owner in owners)


def _named_at(principal: Principal, statement: Statement, document: Document) -> Span | None:
    """Where ``statement`` names ``principal``: a variable or a role that it refers to is written somewhere else."""
    written, start = principal.origin, statement.origin
    if written is None or start is None or (written.file, written.calls) != (start.file, start.calls):
        return start or written
    end = start.end_line
    if end == start.line:  # the header of a block, whose end is not told
        later = (other.origin for other in document.statements if other.origin is not None)
        end = min((o.line for o in later if o.file == start.file and o.line > start.line), default=sys.maxsize) - 1
    return written if start.line <= written.line <= end else start


def _signs(
    statement: Statement, source: str, origin: Span | None, *, from_identity: bool, at_point: bool = False
) -> list[Sign]:
    if isinstance(statement.not_actions, tuple):
        intents = {Intent.READ, Intent.WRITE}
    else:
        intents = intents_of(statement.actions)
    return [Sign(intent, statement, source, origin, from_identity, at_point) for intent in Intent if intent in intents]


def names_bucket(resources: Iterable[TextLike] | Unknown | None, bucket: Bucket, world: World) -> bool:
    """Whether a statement's resources surely name this very bucket or its objects; ``*`` names nothing."""
    if resources is None or isinstance(resources, Unknown):
        return False
    named = (bucket_named(resource) for resource in resources)
    return any(name is not None and matches(name, bucket.name, world) is Truth.YES for name in named)


def bucket_named(resource: TextLike) -> TextLike | None:
    """The name, or pattern of names, of the buckets in an S3 ARN; ``None`` where it names none or every one."""
    arn = parse_arn(resource)
    if not isinstance(arn, Arn) or known(arn.service) != "s3" or known(arn.account) != "":
        return None  # with an account it is that of an access point
    parts = split_text(arn.resource, "/", 1)
    name = parts[0] if parts else arn.resource
    return None if all(isinstance(piece, str) and not piece.strip("*?") for piece in pieces_of(name)) else name


def named_by(statement: Statement) -> Iterator[Principal]:
    """The principals that a statement names; ``*`` that conditions limit to accounts, roles or an organisation too."""
    if isinstance(statement.principals, Unknown):
        yield Principal(PrincipalKind.UNKNOWN, statement.principals, None, statement.origin)
        return
    for principal in statement.principals or ():
        if principal.kind is not PrincipalKind.PUBLIC:
            yield principal
        elif isinstance(statement.conditions, tuple):
            yield from _most_narrow(statement.conditions)


def _most_narrow(conditions: Iterable[Condition]) -> list[Principal]:
    """Whom conditions on everybody leave: by the narrowest of them, since all must hold."""
    found: dict[int, list[Principal]] = {}
    for condition in conditions:
        limited = list(_limited_to(condition))
        if limited:
            found.setdefault(_WIDTH.get((known(condition.key) or "").lower(), 3), []).extend(limited)
    return found[min(found)] if found else []


_WIDTH: Final = {"aws:principalarn": 0, "aws:principalaccount": 1}


_EQUALS: Final = frozenset(
    ("stringequals", "stringlike", "stringequalsignorecase", "foranyvalue:stringequals", "foranyvalue:stringlike")
)
_ARN_EQUALS: Final = _EQUALS | frozenset(("arnequals", "arnlike"))


def _limited_to(condition: Condition) -> Iterator[Principal]:
    key, operator = (known(condition.key) or "").lower(), condition.operator.lower()
    if isinstance(condition.values, Unknown):
        return
    for value in condition.values:
        text = known(value)
        if key == "aws:principalaccount" and operator in _EQUALS and (text is None or text.isdigit()):
            yield account_principal(value, origin=condition.origin)
        elif key in ("aws:principalorgid", "aws:principalorgpaths") and operator in _EQUALS:
            yield organization_principal(value, origin=condition.origin)
        elif key == "aws:principalarn" and operator in _ARN_EQUALS:
            yield from _by_arn(value, condition)


def _by_arn(value: TextLike, condition: Condition) -> Iterator[Principal]:
    arn = parse_arn(value)
    if not isinstance(arn, Arn):
        return
    if not is_pattern(value):
        yield parse_principal("AWS", value)
    elif "*" not in (known(arn.account) or ""):
        yield account_principal(arn.account, origin=condition.origin)
