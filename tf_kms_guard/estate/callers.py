"""Which identities of an account a bucket's side can tell apart: found by name, without asking about each of them.

An identity that neither the policies of the bucket's side name nor its own policies take to particular objects comes
no further than its account does, which stands for any identity that nothing names and whose administrator has every
right. So nobody needs to ask about it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

from tf_kms_guard.estate.model import Bucket, Identity
from tf_kms_guard.estate.outsiders import bucket_named
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.document import Condition, Document, Effect, Statement
from tf_kms_guard.iam.glob import is_pattern
from tf_kms_guard.iam.principal import Principal, PrincipalKind, parse_principal
from tf_kms_guard.values.compare import World, matches, sameness
from tf_kms_guard.values.text import TextLike, join_text, known, pieces_of, split_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_K = PrincipalKind
_BY_NAME: Final = frozenset((_K.ROLE, _K.USER, _K.SESSION))
_ALIKE: Final = frozenset((_K.ACCOUNT, _K.SERVICE, _K.PUBLIC, _K.FEDERATED, _K.CANONICAL_USER, _K.INVALID))
"""Entries that cover all identities of an account alike, or none of them."""
_OF_THE_ACCOUNT: Final = ("aws:principalaccount", "aws:principalorg", "aws:principalis", "aws:principalservice")
_ABOUT_CALLERS: Final = ("aws:principal", "aws:user", "aws:tokenissuetime", "aws:federatedprovider", "aws:multifactor")
_EQUALS: Final = frozenset(("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"))


class _Named(Struct, frozen=True, eq=False):
    """Whom a policy tells apart from others of their account: by name, by patterns of ARNs, or ``everybody``."""

    names: frozenset[str]
    patterns: frozenset[str]
    everybody: bool


class _Account(Struct, frozen=True, eq=False):
    """The identities that surely are of one account, by their numbers.

    ``unnamed``: those whose name is not known. ``exact``, ``wild`` and ``at_points``: those whose own policies take
    them to particular objects, by the bucket, by patterns of buckets, and by way of access points.
    """

    all: list[int]
    names: dict[str, list[int]]
    unnamed: list[int]
    exact: dict[Hashable, list[int]]
    wild: list[tuple[TextLike, int]]
    at_points: list[int]


class Callers:
    """The identities of an estate, by account and by what can make one of them come further than its account."""

    def __init__(self, identities: Sequence[Identity], world: World) -> None:
        self._identities, self._world = identities, world
        self._accounts: dict[Hashable, _Account] = {}
        self._open: list[int] = []
        for number, identity in enumerate(identities):
            account = identity.principal.account
            if account is None or known(world.bind(account)) is None:
                self._open.append(number)
            if account is not None:
                self._add(number, identity, account)

    def _add(self, number: int, identity: Identity, account: TextLike) -> None:
        of = self._accounts.setdefault(sameness(account, self._world), _Account([], {}, [], {}, [], []))
        of.all.append(number)
        name = None if identity.principal.name is None else known(identity.principal.name)
        if name is None:
            of.unnamed.append(number)
        else:
            of.names.setdefault(name.lower(), []).append(number)
        for document in identity.documents:
            for resource, name_of_bucket in _objects_named(document):
                if is_of_point(resource):
                    of.at_points.append(number)
                elif name_of_bucket is None:
                    of.wild.append(("*", number))
                else:
                    if known(name_of_bucket) is None or is_pattern(name_of_bucket):
                        of.wild.append((name_of_bucket, number))
                    of.exact.setdefault(sameness(name_of_bucket, self._world), []).append(number)

    def worth_asking(self, bucket: Bucket, account: TextLike | None) -> Iterator[Identity]:
        """The identities that may come further than ``account`` itself, in order; some may be of other accounts."""
        of = None if account is None else self._accounts.get(sameness(account, self._world))
        if account is None or known(self._world.bind(account)) is None:
            found = set(range(len(self._identities)))
        else:
            found = set(self._open)
        if of is not None:
            found.difference_update(of.all)
            found.update(self._of_account(bucket, of))
        return (self._identities[number] for number in sorted(found))

    def _of_account(self, bucket: Bucket, of: _Account) -> Iterable[int]:
        named = [_named_by(document) for document in _owners_side(bucket)]
        named.append(_by_principals(list(_grantees(bucket))))
        if any(one.everybody for one in named):
            return of.all
        found = set(of.unnamed)
        for name in {name for one in named for name in one.names}:
            found.update(of.names.get(name, ()))
        for pattern in {pattern for one in named for pattern in one.patterns}:
            found.update(self._covered(pattern, of))
        found.update(of.exact.get(sameness(bucket.name, self._world), ()))
        found.update(n for name, n in of.wild if matches(name, bucket.name, self._world) is not Truth.NO)
        if bucket.points:
            found.update(of.at_points)
        return found

    def _covered(self, pattern: str, of: _Account) -> Iterator[int]:
        start = pattern.lower().split("*", 1)[0].split("?", 1)[0]
        for number in of.all:
            arn = self._identities[number].arn
            if not isinstance(arn, str) or arn.lower().startswith(start):
                if matches(pattern, arn, self._world, fold_case=True) is not Truth.NO:
                    yield number


def may_name(resource: TextLike, bucket: Bucket, world: World) -> bool:
    """Whether a pattern of objects in an identity's policy may be about ``bucket``, or a point of it."""
    if is_of_point(resource):
        return bool(bucket.points)
    name = bucket_named(resource)
    return name is None or matches(name, bucket.name, world) is not Truth.NO


def pattern_of_keys(resource: TextLike) -> TextLike | None:
    """The pattern of object keys in the ARN of objects; ``None`` for buckets and for everything that is not S3's."""
    arn = parse_arn(resource)
    if isinstance(arn, Arn) and known(arn.service) != "s3":
        return None
    pieces = list(pieces_of(resource))
    for index, piece in enumerate(pieces):
        if isinstance(piece, str) and "/" in piece:
            pattern = join_text([piece.split("/", 1)[1], *pieces[index + 1 :]])
            at_point = split_text(pattern, "/object/", 1) if isinstance(arn, Arn) and known(arn.account) != "" else None
            pattern = pattern if at_point is None else at_point[-1]
            return pattern if known(pattern) != "" else None
    return None


def is_of_point(resource: TextLike) -> bool:
    """Whether it is the ARN of an access point's objects: with an account, which that of a bucket lacks."""
    arn = parse_arn(resource)
    return isinstance(arn, Arn) and known(arn.account) != ""


@lru_cache(maxsize=4096)
def patterns_in(document: Document) -> tuple[tuple[TextLike, TextLike], ...]:
    """The ARNs of objects that Allow statements name, each with its pattern of keys."""
    return tuple(
        (resource, pattern)
        for statement in document.statements
        if statement.effect is Effect.ALLOW and isinstance(statement.resources, tuple)
        for resource in statement.resources
        if (pattern := pattern_of_keys(resource)) is not None
    )


def _objects_named(document: Document) -> Iterator[tuple[TextLike, TextLike | None]]:
    """The ARNs of particular objects, not all of a bucket, each with the name of its bucket."""
    for resource, pattern in patterns_in(document):
        if known(pattern) != "*":
            yield resource, bucket_named(resource)


def _owners_side(bucket: Bucket) -> Iterator[Document]:
    for slot in (bucket.policy, *(point.policy for point in bucket.points)):
        yield slot.document
        yield from slot.claimed
    choice = bucket.encryption.key
    if choice is not None and choice.key is not None:
        yield choice.key.policy.document


def _grantees(bucket: Bucket) -> Iterator[Principal]:
    choice = bucket.encryption.key
    for grant in () if choice is None or choice.key is None else choice.key.grants:
        yield parse_principal("AWS", "" if grant.grantee is None else grant.grantee)


@lru_cache(maxsize=4096)
def _named_by(document: Document) -> _Named:
    parts = [_by_principals(_principals(statement)) for statement in document.statements]
    parts += [_by_conditions(statement) for statement in document.statements]
    everybody = any(one.everybody for one in parts) or any(_has_variables(one) for one in document.statements)
    names = frozenset(name for one in parts for name in one.names)
    return _Named(names, frozenset(pattern for one in parts for pattern in one.patterns), everybody)


def _principals(statement: Statement) -> Sequence[Principal] | None:
    if statement.not_principals is not None or isinstance(statement.principals, Unknown):
        return None
    return statement.principals or ()


def _by_principals(principals: Sequence[Principal] | None) -> _Named:
    names: set[str] = set()
    for principal in principals or ():
        name = known(principal.name) if principal.kind in _BY_NAME and principal.name is not None else None
        if name is not None:
            names.add(name.lower())
        elif principal.kind not in _ALIKE:
            return _Named(frozenset(), frozenset(), True)
    return _Named(frozenset(names), frozenset(), principals is None)


def _by_conditions(statement: Statement) -> _Named:
    names: set[str] = set()
    patterns: set[str] = set()
    for condition in statement.conditions if isinstance(statement.conditions, tuple) else ():
        key = known(condition.key)
        if key is not None and not _is_about_callers(key.lower()):
            continue
        texts = _arns_of_allowed(statement, condition)
        if texts is None:
            return _Named(frozenset(), frozenset(), True)
        for text in texts:
            name = parse_principal("AWS", text).name
            if is_pattern(text) or name is None:
                patterns.add(text)
            else:
                names.add((known(name) or "").lower())
    return _Named(frozenset(names), frozenset(patterns), False)


def _is_about_callers(key: str) -> bool:
    return key.startswith(_ABOUT_CALLERS) and not key.startswith(_OF_THE_ACCOUNT)


def _arns_of_allowed(statement: Statement, condition: Condition) -> list[str] | None:
    """The ARNs to which a condition limits an Allow statement; ``None`` where it does anything else."""
    if statement.effect is not Effect.ALLOW or condition.operator.lower() not in _EQUALS:
        return None
    if (known(condition.key) or "").lower() != "aws:principalarn" or isinstance(condition.values, Unknown):
        return None
    texts = [text for text in map(known, condition.values) if text is not None]
    return texts if len(texts) == len(condition.values) else None


def _has_variables(statement: Statement) -> bool:
    """Whether a policy variable may stand for something of the caller."""
    texts: list[TextLike] = []
    for part in (statement.resources, statement.not_resources):
        texts += part if isinstance(part, tuple) else ()
    for condition in statement.conditions if isinstance(statement.conditions, tuple) else ():
        texts += condition.values if isinstance(condition.values, tuple) else ()
    return any(isinstance(piece, str) and "${" in piece for text in texts for piece in pieces_of(text))
