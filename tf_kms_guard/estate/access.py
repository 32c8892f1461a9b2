"""Who reaches which bucket: every outsider of every bucket, judged in every world that matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Final

from msgspec import Struct

from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.gates import Gate, GateResult, Passage, best_passage
from tf_kms_guard.estate.model import Algorithm, Bucket, Estate
from tf_kms_guard.estate.outsiders import Outsider, outsiders_of
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.principal import Principal
from tf_kms_guard.terraform.values import Outcome
from tf_kms_guard.values.text import holes_of
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_MOST_WORLDS: Final = 16
"""A bucket that hangs on more combinations of conditions is judged with the rest of them open."""


class GateJudgement(Struct, frozen=True, eq=False):
    """What became of one gate over all worlds.

    ``certain``: nothing was presumed for it. ``result`` is the evidence, from the first world that shows it.
    """

    gate: Gate
    verdict: Verdict
    result: GateResult
    certain: bool
    because: Unknown | None

    @property
    def closed(self) -> bool:
        """Whether AWS will deny here, and the gate is another account's to open."""
        return self.verdict is Verdict.DENIED


class Access(Struct, frozen=True, eq=False):
    """One outsider of one bucket, with its gates in the order in which they are shown."""

    bucket: Bucket
    estate: Estate
    outsider: Outsider
    passage: Passage
    gates: tuple[GateJudgement, ...]

    @property
    def verdict(self) -> Verdict:
        """The weakest gate."""
        return Verdict.weakest(gate.verdict for gate in self.gates)

    def gate(self, gate: Gate) -> GateJudgement | None:
        """One gate; ``None`` where there is none."""
        return next((judged for judged in self.gates if judged.gate is gate), None)


class BucketAccess(Struct, frozen=True, eq=False):
    """A bucket, in the first world in which it is there, with everybody who is meant to use it.

    ``worlds`` counts the worlds that were judged; ``settled`` tells whether its encryption is the same in all.
    """

    bucket: Bucket
    estate: Estate
    accesses: tuple[Access, ...]
    worlds: int
    settled: bool


def judge(builder: EstateBuilder) -> list[BucketAccess]:
    """Every bucket of a workspace with the verdicts on its outsiders."""
    return [_judge_bucket(builder, bucket) for bucket in builder.estate({}).buckets]


def _judge_bucket(builder: EstateBuilder, bucket: Bucket) -> BucketAccess:
    seen: list[tuple[Bucket, Estate, list[Access]]] = []
    for outcomes in _worlds(builder, bucket):
        estate = builder.estate(outcomes)
        here = next((b for b in estate.buckets if b.address == bucket.address), None)
        if here is not None:
            seen.append((here, estate, _accesses(here, estate)))
    first, estate, accesses = seen[0]
    settled = len({_encryption_key(other) for other, _, _ in seen}) == 1
    return BucketAccess(first, estate, tuple(_over_worlds(accesses, [a for _, _, a in seen])), len(seen), settled)


def _accesses(bucket: Bucket, estate: Estate) -> list[Access]:
    """The outsiders of a bucket, judged; without KMS there is nothing that this program is about."""
    if bucket.encryption.algorithm is Algorithm.SSE_S3:
        return []
    return [_access(bucket, estate, outsider) for outsider in outsiders_of(bucket, estate)]


def _encryption_key(bucket: Bucket) -> tuple[object, ...]:
    choice = bucket.encryption.key
    return (bucket.encryption.algorithm, None if choice is None else (choice.form, choice.key and choice.key.address))


def _worlds(builder: EstateBuilder, bucket: Bucket) -> list[dict[str, Outcome]]:
    """The worlds in which the bucket is there and everything that it hangs on is settled."""
    worlds = _settling(_own_conditions(bucket), {}) or [{}]
    conditions: dict[str, tuple[Outcome, ...]] = {}
    for outcomes in worlds:
        estate = builder.estate(outcomes)
        here = next((b for b in estate.buckets if b.address == bucket.address), None)
        if here is not None:
            conditions.update(_open_conditions(here, estate))
    worlds = [
        {**world, **more}
        for world in worlds
        for more in _settling({k: v for k, v in conditions.items() if k not in world}, world)
    ]
    present = [world for world in worlds if _is_there(builder, bucket, world)]
    return present[:_MOST_WORLDS] or [{}]


def _own_conditions(bucket: Bucket) -> dict[str, tuple[Outcome, ...]]:
    from tf_kms_guard.estate.reading import outcomes_in

    if isinstance(bucket.presence, Unknown):
        return {bucket.presence.identity: (True,)}
    return {condition.identity: outcomes for condition, outcomes in outcomes_in(bucket.presence)}


def _open_conditions(bucket: Bucket, estate: Estate) -> dict[str, tuple[Outcome, ...]]:
    parts = [bucket.conditions]
    choice = bucket.encryption.key
    if choice is not None and choice.key is not None:
        parts.append(choice.key.conditions)
    parts.extend(o.identity.conditions for o in outsiders_of(bucket, estate) if o.identity is not None)
    return {identity: outcomes for part in parts for identity, (_, outcomes) in part.items()}


def _settling(conditions: Mapping[str, tuple[Outcome, ...]], given: Mapping[str, Outcome]) -> list[dict[str, Outcome]]:
    """Every combination of outcomes of as many conditions as are worth following."""
    chosen: dict[str, tuple[Outcome, ...]] = {}
    combinations = 1
    for identity, outcomes in conditions.items():
        if combinations * len(outcomes) > _MOST_WORLDS:
            break
        chosen[identity] = outcomes
        combinations *= len(outcomes)
    return [dict(zip(chosen, picked, strict=True)) for picked in product(*chosen.values())]


def _is_there(builder: EstateBuilder, bucket: Bucket, world: Mapping[str, Outcome]) -> bool:
    return any(b.address == bucket.address for b in builder.estate(world).buckets)


def _access(bucket: Bucket, estate: Estate, outsider: Outsider) -> Access:
    passage = best_passage(bucket, outsider, estate, estate.world)
    certain: Passage | None = None
    if passage.verdict is Verdict.DENIED:
        certain = best_passage(bucket, outsider, estate, estate.world.certain())
    return Access(
        bucket, estate, outsider, passage, tuple(_judged(r, certain, outsider.principal, bucket) for r in passage.gates)
    )


def _whose(principal: Principal, bucket: Bucket) -> Unknown:
    """Why it is not known whether a principal is of another account."""
    words = "whether the principal is of another account than the owner is not known"
    key = bucket.encryption.key
    accounts = (principal.account, bucket.account.id, None if key is None else key.account)
    for account in accounts:
        for hole in () if account is None else holes_of(account):
            return Unknown(hole.identity, f"{words}: {hole.because}", settle=hole.settle, origin=hole.origin)
    return Unknown("whose account it is", words)


def _judged(result: GateResult, certain: Passage | None, principal: Principal, bucket: Bucket) -> GateJudgement:
    verdict, because = result.verdict, result.because
    if verdict is Verdict.DENIED and result.foreign is Truth.NO:
        return GateJudgement(result.gate, verdict, result, True, because)
    if verdict is Verdict.DENIED and result.foreign is Truth.UNKNOWN:
        if because is None:
            because = _whose(principal, bucket)
        return GateJudgement(result.gate, Verdict.UNDETERMINED, result, False, because)
    sure = True
    if verdict is Verdict.DENIED and certain is not None:
        same = certain.gate(result.gate)
        sure = same is not None and same.verdict is Verdict.DENIED and same.foreign is Truth.YES
    return GateJudgement(result.gate, verdict, result, sure, because)


def _over_worlds(accesses: Sequence[Access], worlds: Sequence[Sequence[Access]]) -> Iterator[Access]:
    """Join what is judged of the same outsider in several worlds: a gate is certain where all worlds agree."""
    if len(worlds) == 1:
        yield from accesses
        return
    by_outsider: dict[str, list[Access]] = {}
    for world in worlds:
        for access in world:
            by_outsider.setdefault(access.outsider.spelled, []).append(access)
    for found in by_outsider.values():
        yield _joined(found, everywhere=len(found) == len(worlds))


def _joined(found: Sequence[Access], *, everywhere: bool) -> Access:
    first = found[0]
    gates = []
    for gate in Gate:
        judged = [g for access in found if (g := access.gate(gate)) is not None]
        if not judged:
            continue
        verdicts = {g.verdict for g in judged}
        if len(verdicts) == 1 and len(judged) == len(found):
            gates.append(judged[0])
            continue
        weakest = min(judged, key=lambda g: (g.verdict is not Verdict.UNDETERMINED, g.verdict is not Verdict.DENIED))
        because = _condition(first) if weakest.because is None else weakest.because
        gates.append(GateJudgement(gate, Verdict.UNDETERMINED, weakest.result, False, because))
    return Access(first.bucket, first.estate, first.outsider, first.passage, tuple(gates))


def _condition(access: Access) -> Unknown:
    conditions = {**access.bucket.conditions}
    choice = access.bucket.encryption.key
    if choice is not None and choice.key is not None:
        conditions.update(choice.key.conditions)
    for condition, _ in conditions.values():
        return condition
    return Unknown("a condition", "it differs with a condition that is not known")
