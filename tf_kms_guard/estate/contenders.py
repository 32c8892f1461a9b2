"""Whom and what to ask the gates about: a verdict on an account or a bucket is one on its members and objects."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from typing import Final, TypeAlias

from tf_kms_guard.estate.callers import Callers, may_name, patterns_in
from tf_kms_guard.estate.model import Bucket, Estate, Identity
from tf_kms_guard.estate.outsiders import Outsider
from tf_kms_guard.iam.candidates import named_principals, sample_resource
from tf_kms_guard.iam.principal import Principal, PrincipalKind, parse_principal
from tf_kms_guard.values.compare import World, equal, sameness
from tf_kms_guard.values.text import TextLike, known, spell
from tf_kms_guard.values.truth import Truth

_MOST_OBJECTS: Final = 32

Member: TypeAlias = tuple[Principal, Identity | None]
"""Somebody that an outsider stands for, with the role or user if it is declared."""


def members(bucket: Bucket, outsider: Outsider, estate: Estate, world: World) -> Iterator[Member]:
    """The outsider itself; of an account or organisation also each identity that may come further than it.

    The account itself stands for any identity that nothing names.
    """
    principal = outsider.principal
    yield principal, outsider.identity
    if principal.kind not in (PrincipalKind.ACCOUNT, PrincipalKind.ORGANIZATION):
        return
    told: set[tuple[PrincipalKind, Hashable]] = set()
    for candidate in _candidates(bucket, outsider, estate):
        if candidate.account is None or candidate.kind is PrincipalKind.ACCOUNT:
            continue
        same = Truth.UNKNOWN if principal.account is None else equal(candidate.account, principal.account, world)
        own = equal(candidate.account, bucket.account.id, world)
        if same is not Truth.NO and own is not Truth.YES:
            who = (candidate.kind, sameness(candidate.value, world))
            if who not in told:
                told.add(who)
                yield candidate, estate.identity(candidate, bucket.workspace)


def _candidates(bucket: Bucket, outsider: Outsider, estate: Estate) -> Iterator[Principal]:
    """Roles, users and sessions that the key policy, grants or this code name."""
    choice = bucket.encryption.key
    key = None if choice is None else choice.key
    if key is not None:
        yield from named_principals([key.policy.document])
        for grant in key.grants:
            if grant.grantee is not None:
                yield parse_principal("AWS", grant.grantee)
    for identity in _identities(bucket, outsider, estate):
        if identity.workspace == bucket.workspace or known(identity.account.id) is not None:
            yield identity.principal


def _identities(bucket: Bucket, outsider: Outsider, estate: Estate) -> Iterator[Identity]:
    """Of an organisation all of them, since it has no account that could stand for them."""
    if outsider.principal.kind is PrincipalKind.ORGANIZATION:
        return iter(estate.identities)
    if not estate.callers:
        estate.callers.append(Callers(estate.identities, estate.world))
    return estate.callers[0].worth_asking(bucket, outsider.principal.account)


def objects(bucket: Bucket, identity: Identity | None, world: World) -> list[TextLike]:
    """Keys of objects that stand for others: one for each pattern, or two that meet, of Allow statements."""
    keys: dict[str, TextLike] = {}

    def told(patterns: Iterable[TextLike], most: int) -> bool:
        for key in map(sample_resource, patterns):
            if len(keys) >= most:
                return True
            keys.setdefault(spell(key), key)
        return len(keys) >= most

    patterns = _patterns_of(bucket)
    if told(patterns.values(), _MOST_OBJECTS):
        return list(keys.values())
    own = [
        pattern
        for document in (() if identity is None else identity.documents)
        for resource, pattern in patterns_in(document)
        if may_name(resource, bucket, world)
    ]
    told(own, _MOST_OBJECTS)
    told(_meeting([*patterns.values(), *own]), _MOST_OBJECTS - 1)
    told(["object"], _MOST_OBJECTS)
    return list(keys.values())


@lru_cache(maxsize=256)
def _patterns_of(bucket: Bucket) -> dict[str, TextLike]:
    """The patterns of keys in the policies of a bucket and its access points, each once."""
    slots = (bucket.policy, *(point.policy for point in bucket.points))
    documents = (document for slot in slots for document in slot.documents)
    return {spell(pattern): pattern for document in documents for _, pattern in patterns_in(document)}


def _meeting(patterns: Iterable[TextLike]) -> Iterator[str]:
    """What two patterns cover together, of which one fixes the start and the other the end."""
    texts = [text for text in map(known, patterns) if text is not None]
    ends = [text for text in texts if text.startswith("*")]
    return (start[:-1] + end for start in texts if start.endswith("*") for end in ends)
