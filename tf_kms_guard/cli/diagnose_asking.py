"""Whom and what a denial is about, as the estate knows it: the caller, the intents, the bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.model import Bucket, Estate
from tf_kms_guard.estate.outsiders import Outsider, Question
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.candidates import named_principals
from tf_kms_guard.iam.principal import Principal, PrincipalKind, parse_principal
from tf_kms_guard.messages.denial import Caller, Denial, Place
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import known
from tf_kms_guard.values.truth import Truth

_WRITES: Final = frozenset(("s3:PutObject", "kms:GenerateDataKey"))
_READS: Final = frozenset(("s3:GetObject", "s3:GetObjectVersion"))
_REPLICATES: Final = frozenset(("s3:ReplicateObject", "s3:GetObjectVersionForReplication"))


def questions(denial: Denial) -> list[tuple[Place | None, Question]]:
    """What is asked for each place that a denial names; nothing where the action is no reading or writing."""
    places: Sequence[Place | None] = denial.places or (None,)
    copies = denial.operation in ("CopyObject", "UploadPartCopy")
    found = []
    for number, place in enumerate(places):
        intents = _intents(denial)
        if copies and len(places) == 2 and denial.action in (None, "s3:PutObject"):
            intents = (Intent.READ,) if number == 0 else (Intent.WRITE,)
        if not intents:
            continue
        action = denial.action if len(intents) == 1 else None
        s3 = action if action in _READS | _REPLICATES and intents[0] is Intent.READ else None
        kms = (action,) if action == "kms:Decrypt" and intents == (Intent.WRITE,) else ()
        key = None if place is None else place.key
        found.append((place, Question(intents, s3, kms, key if key and "…" not in key else None)))
    return found


def _intents(denial: Denial) -> tuple[Intent, ...]:
    action, operation = denial.action, denial.operation
    if action in _REPLICATES:
        return (Intent.REPLICATE,)
    if action in _WRITES:
        return (Intent.WRITE,)
    if action in _READS:
        return (Intent.READ,)
    if action == "kms:Decrypt":
        writing = operation in ("UploadPart", "CompleteMultipartUpload", "CreateMultipartUpload", "PutObject")
        return (Intent.WRITE,) if writing else (Intent.READ,)
    return (Intent.READ, Intent.WRITE) if action is None and denial.kind != "replication-failed" else ()


class Asked(Struct, frozen=True, eq=False):
    """Gives those that a denial is about in one world; ``caller`` is ``None`` where it is not told."""

    builder: EstateBuilder
    caller: Caller | None
    question: Question

    def __call__(self, bucket: Bucket, estate: Estate) -> list[Outsider]:
        """The caller as an outsider; where it is not told, everybody who is meant to use the bucket in that way."""
        meant = self.builder.outsiders(bucket, estate)
        if self.caller is None:
            return [
                Outsider(one.principal, one.identity, one.signs, doubt=one.doubt, question=self._of(one))
                for one in meant
                if set(one.intents) & set(self.question.intents)
            ]
        principal = self._principal(bucket, estate, meant)
        known_as = next((one for one in meant if _same(one.principal, principal, estate)), None)
        identity = estate.identity(principal, bucket.workspace)
        signs = [] if known_as is None else known_as.signs
        return [Outsider(principal, identity, signs, question=self.question)]

    def _of(self, outsider: Outsider) -> Question:
        wanted = tuple(intent for intent in self.question.intents if intent in outsider.intents)
        asked = self.question
        return Question(wanted, asked.s3_action, asked.kms_actions, asked.object_key)

    def _principal(self, bucket: Bucket, estate: Estate, meant: Iterable[Outsider]) -> Principal:
        """The caller: of a session the role with its path, as this code or its policies have it."""
        assert self.caller is not None
        principal = parse_principal("AWS", self.caller.identity)
        if self.caller.exact and estate.identity(principal, bucket.workspace) is not None:
            return principal
        for candidate in _candidates(bucket, estate, meant):
            if _may_be(candidate, principal, estate, exact=self.caller.exact):
                return candidate
        return principal


def _candidates(bucket: Bucket, estate: Estate, meant: Iterable[Outsider]) -> Iterator[Principal]:
    yield from (identity.principal for identity in estate.identities)
    yield from (one.principal for one in meant)
    choice = bucket.encryption.key
    documents = [*bucket.policy.documents]
    documents += [] if choice is None or choice.key is None else [choice.key.policy.document]
    yield from named_principals(documents)


def _may_be(candidate: Principal, caller: Principal, estate: Estate, *, exact: bool) -> bool:
    """Whether a role or user has the caller's name and may have its account; ``exact``: and its path."""
    if candidate.kind is not caller.kind or caller.kind not in (PrincipalKind.ROLE, PrincipalKind.USER):
        return False
    if exact:
        return equal(candidate.value, caller.value, estate.world) is not Truth.NO and _named_alike(candidate, caller)
    if candidate.account is None or caller.account is None or not _named_alike(candidate, caller):
        return False
    return equal(candidate.account, caller.account, estate.world) is not Truth.NO


def _named_alike(candidate: Principal, caller: Principal) -> bool:
    return candidate.name is not None and caller.name is not None and known(candidate.name) == known(caller.name)


def _same(one: Principal, other: Principal, estate: Estate) -> bool:
    return one.kind is other.kind and equal(one.value, other.value, estate.world) is Truth.YES


def buckets_meant(estate: Estate, place: Place | None, kms_key: str | None) -> list[Bucket]:
    """The buckets that a denial may be about: by name, else by the key that it names, else all that use KMS."""
    found = list(estate.buckets)
    if place is not None:
        exact = [bucket for bucket in found if equal(bucket.name, place.bucket, estate.world) is Truth.YES]
        if exact:
            return exact
        found = [bucket for bucket in found if equal(bucket.name, place.bucket, estate.world) is Truth.UNKNOWN]
    if kms_key is not None and isinstance(arn := parse_arn(kms_key), Arn) and known(arn.resource) is not None:
        return [bucket for bucket in found if may_use(bucket, kms_key, estate)]
    return found


def is_declared(denial: Denial, estate: Estate) -> bool:
    """Whether a bucket surely has the name that a denial gives."""
    return any(
        equal(bucket.name, place.bucket, estate.world) is Truth.YES
        for place in denial.places
        for bucket in estate.buckets
    )


def may_use(bucket: Bucket, kms_key: str, estate: Estate) -> bool:
    """Whether a bucket's key may be the one of an ARN."""
    choice = bucket.encryption.key
    if choice is None:
        return False
    arn = choice.arn
    return arn is None or ":alias/" in kms_key or equal(arn, kms_key, estate.world) is not Truth.NO
