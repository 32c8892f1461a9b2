"""Whom and what to ask the gates about: a verdict on an account or a bucket is one on its members and objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tf_kms_guard.estate.model import Bucket, Estate, Identity
from tf_kms_guard.estate.outsiders import Outsider
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.candidates import named_principals, sample_resource
from tf_kms_guard.iam.document import Effect
from tf_kms_guard.iam.principal import Principal, PrincipalKind, parse_principal
from tf_kms_guard.values.compare import World, equal
from tf_kms_guard.values.text import TextLike, join_text, known, pieces_of, spell, split_text
from tf_kms_guard.values.truth import Truth

_MOST_OBJECTS: Final = 32


def members(
    bucket: Bucket, outsider: Outsider, estate: Estate, world: World
) -> Iterator[tuple[Principal, Identity | None]]:
    """The outsider itself; of an account or organisation also each of its identities that something names.

    The account itself stands for any identity that nothing names.
    """
    principal = outsider.principal
    yield principal, outsider.identity
    if principal.kind not in (PrincipalKind.ACCOUNT, PrincipalKind.ORGANIZATION):
        return
    for candidate in _named(bucket, estate):
        if candidate.account is None or candidate.kind is PrincipalKind.ACCOUNT:
            continue
        same = Truth.UNKNOWN if principal.account is None else equal(candidate.account, principal.account, world)
        own = equal(candidate.account, bucket.account.id, world)
        if same is not Truth.NO and own is not Truth.YES:
            yield candidate, estate.identity(candidate, bucket.workspace)


def _named(bucket: Bucket, estate: Estate) -> Iterator[Principal]:
    """Roles, users and sessions that the key policy, grants or this code name."""
    choice = bucket.encryption.key
    key = None if choice is None else choice.key
    if key is not None:
        yield from named_principals([key.policy.document])
        for grant in key.grants:
            if grant.grantee is not None:
                yield parse_principal("AWS", grant.grantee)
    for identity in estate.identities:
        if identity.workspace == bucket.workspace or known(identity.account.id) is not None:
            yield identity.principal


def objects(bucket: Bucket, identity: Identity | None) -> list[TextLike]:
    """Keys of objects that stand for others: one for each pattern, or two that meet, of Allow statements."""
    patterns: dict[str, TextLike] = {}
    documents = [*bucket.policy.documents, *(identity.documents if identity is not None else ())]
    documents += [document for point in bucket.points for document in point.policy.documents]
    for document in documents:
        for statement in document.statements:
            if statement.effect is Effect.ALLOW and isinstance(statement.resources, tuple):
                for resource in statement.resources:
                    pattern = _pattern_of_keys(resource)
                    if pattern is not None:
                        patterns.setdefault(spell(pattern), pattern)
    texts = [text for text in map(known, patterns.values()) if text is not None]
    meeting = [one[:-1] + other for one in texts for other in texts if one.endswith("*") and other.startswith("*")]
    keys = {spell(key): key for key in map(sample_resource, [*patterns.values(), *meeting, "object"])}
    return list(keys.values())[:_MOST_OBJECTS]


def _pattern_of_keys(resource: TextLike) -> TextLike | None:
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
