"""Who reaches which bucket: every outsider of every bucket, judged in every world that matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.estate.build import EstateBuilder
from tf_kms_guard.estate.deliveries import NOTHING, Delivered
from tf_kms_guard.estate.gates import Gate, GateResult, Passage
from tf_kms_guard.estate.model import AccessPoint, Algorithm, Bucket, Estate
from tf_kms_guard.estate.outsiders import Outsider
from tf_kms_guard.estate.passages import best_passage
from tf_kms_guard.estate.reading import Conditions, outcomes_in
from tf_kms_guard.estate.replication import Replication
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.principal import Principal
from tf_kms_guard.terraform.values import Outcome
from tf_kms_guard.values.text import TextLike, holes_of
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_MOST_WORLDS: Final = 16
"""Of a bucket that hangs on more combinations of conditions nothing is certain."""


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


class IntentAccess(Struct, frozen=True, eq=False):
    """One intent of an outsider, with its gates in the order in which they are shown.

    ``principal``, ``object_key`` and ``point``: the way in that comes furthest, by which it was judged.
    """

    intent: Intent
    gates: tuple[GateJudgement, ...]
    principal: Principal
    object_key: TextLike
    point: AccessPoint | None = None


class Access(Struct, frozen=True, eq=False):
    """One outsider of one bucket, with its gates in the order in which they are shown.

    ``gates`` are those of all its intents together, ``intents`` has them one by one.
    """

    bucket: Bucket
    estate: Estate
    outsider: Outsider
    gates: tuple[GateJudgement, ...]
    intents: tuple[IntentAccess, ...]

    @property
    def verdict(self) -> Verdict:
        """The weakest gate."""
        return Verdict.weakest(gate.verdict for gate in self.gates)

    def gate(self, gate: Gate) -> GateJudgement | None:
        """One gate; ``None`` where there is none."""
        return next((judged for judged in self.gates if judged.gate is gate), None)

    def without(self, intent: Intent) -> Access | None:
        """The same without one of its intents; ``None`` if it has no other."""
        intents = tuple(one for one in self.intents if one.intent is not intent)
        if not intents:
            return None
        signs = [sign for sign in self.outsider.signs if sign.intent is not intent]
        judged = {gate: [j for one in intents for j in one.gates if j.gate is gate] for gate in Gate}
        gates = tuple(_over_intents(found) for found in judged.values() if found)
        return Access(self.bucket, self.estate, replace(self.outsider, signs=signs), gates, intents)


class BucketAccess(Struct, frozen=True, eq=False):
    """A bucket, in the first world in which it is there, with everybody who is meant to use it.

    ``worlds`` counts the worlds that were judged; ``settled`` tells whether its encryption is the same in all.
    ``replications``: who copies its objects elsewhere; ``delivered``: what services deliver to it.
    """

    bucket: Bucket
    estate: Estate
    accesses: tuple[Access, ...]
    worlds: int
    settled: bool
    replications: tuple[Replication, ...] = ()
    delivered: Delivered = NOTHING


About: TypeAlias = Callable[[Bucket, Estate], Sequence[Outsider]]
"""Whom to judge in one world."""


def judge(builder: EstateBuilder) -> list[BucketAccess]:
    """Every bucket of a workspace with the verdicts on its outsiders."""
    return [_judge_bucket(builder, bucket) for bucket in builder.estate({}).buckets]


def judge_asked(builder: EstateBuilder, bucket: Bucket, about: About) -> BucketAccess:
    """One bucket with the verdicts on those that ``about`` gives in each world, whatever its encryption is."""
    return _judge_bucket(builder, bucket, about)


def _judge_bucket(builder: EstateBuilder, bucket: Bucket, about: About | None = None) -> BucketAccess:
    seen: list[tuple[Bucket, Estate, list[Access]]] = []
    worlds = _worlds(builder, bucket)
    for outcomes in worlds.outcomes:
        estate = builder.estate(outcomes)
        here = estate.bucket(bucket.place)
        if here is not None:
            accesses = _accesses(builder, here, estate) if about is None else _asked(here, estate, about)
            seen.append((here, estate, accesses))
    first, estate, _ = seen[0]
    settled = worlds.complete and len({_encryption_key(other) for other, _, _ in seen}) == 1
    joined = tuple(_over_worlds([accesses for _, _, accesses in seen], worlds))
    return BucketAccess(
        first, estate, joined, len(seen), settled, builder.replications(bucket), builder.delivered(bucket)
    )


def _accesses(builder: EstateBuilder, bucket: Bucket, estate: Estate) -> list[Access]:
    """The outsiders of a bucket, judged; without KMS there is nothing that this program is about."""
    if bucket.encryption.algorithm is Algorithm.SSE_S3:
        return []
    return [_access(bucket, estate, outsider) for outsider in builder.outsiders(bucket, estate)]


def _asked(bucket: Bucket, estate: Estate, about: About) -> list[Access]:
    return [_access(bucket, estate, outsider) for outsider in about(bucket, estate)]


def _encryption_key(bucket: Bucket) -> tuple[object, ...]:
    choice = bucket.encryption.key
    return (bucket.encryption.algorithm, None if choice is None else (choice.form, choice.key and choice.key.place))


class _Worlds(Struct, frozen=True, eq=False):
    """The worlds in which a bucket is there and everything that it hangs on is settled.

    ``conditions`` are what is settled in them; not ``complete``: there are more worlds than were looked at.
    """

    outcomes: tuple[dict[str, Outcome], ...]
    conditions: tuple[Unknown, ...]
    complete: bool


def _worlds(builder: EstateBuilder, bucket: Bucket) -> _Worlds:
    own = _own_conditions(bucket)
    complete = True
    worlds: list[dict[str, Outcome]] = [{}]
    conditions = dict(own)
    if own:
        worlds, complete = _settling(own)
        worlds = [world for world in worlds if builder.estate(world).bucket(bucket.place) is not None]
    for outcomes in worlds[:_MOST_WORLDS]:
        estate = builder.estate(outcomes)
        here = estate.bucket(bucket.place)
        if here is not None:
            conditions.update({k: v for k, v in _open_conditions(builder, here, estate).items() if k not in own})
    more, all_of_them = _settling({k: v for k, v in conditions.items() if k not in own})
    combined = [{**world, **rest} for world in worlds for rest in more]
    present = [world for world in combined if builder.estate(world).bucket(bucket.place) is not None][
        : _MOST_WORLDS + 1
    ]
    complete = complete and all_of_them and len(present) <= _MOST_WORLDS
    settled = tuple(condition for condition, _ in conditions.values())
    return _Worlds(tuple(present[:_MOST_WORLDS]) or ({},), settled, complete)


def _own_conditions(bucket: Bucket) -> Conditions:
    if isinstance(bucket.presence, Unknown):
        return {bucket.presence.identity: (bucket.presence, (True,))}
    return {condition.identity: (condition, outcomes) for condition, outcomes in outcomes_in(bucket.presence)}


def _open_conditions(builder: EstateBuilder, bucket: Bucket, estate: Estate) -> Conditions:
    parts = [bucket.conditions]
    choice = bucket.encryption.key
    if choice is not None and choice.key is not None:
        parts.append(choice.key.conditions)
    parts.extend(o.identity.conditions for o in builder.outsiders(bucket, estate) if o.identity is not None)
    return {identity: entry for part in parts for identity, entry in part.items()}


def _settling(conditions: Conditions) -> tuple[list[dict[str, Outcome]], bool]:
    """Combinations of outcomes of as many conditions as are worth following, and whether that is all of them."""
    chosen: dict[str, tuple[Outcome, ...]] = {}
    combinations = 1
    for identity, (_, outcomes) in conditions.items():
        if combinations * len(outcomes) > _MOST_WORLDS:
            continue
        chosen[identity] = outcomes
        combinations *= len(outcomes)
    worlds = [dict(zip(chosen, picked, strict=True)) for picked in product(*chosen.values())]
    return worlds, len(chosen) == len(conditions)


def _access(whole: Bucket, estate: Estate, outsider: Outsider) -> Access:
    """An outsider judged intent by intent: reading and writing may go by different objects and identities.

    Replicas are judged by the key that they get, which need not be the bucket's.
    """
    judged: dict[Gate, list[GateJudgement]] = {}
    intents: list[IntentAccess] = []
    for intent in outsider.intents:
        if intent is Intent.REPLICATE and outsider.replicas is not None:
            bucket = replace(whole, encryption=outsider.replicas)
        else:
            bucket = whole
        passage = best_passage(bucket, outsider, estate, estate.world, intent)
        certain: Passage | None = None
        if passage.verdict is Verdict.DENIED:
            certain = best_passage(bucket, outsider, estate, estate.world.certain(), intent)
        here: dict[Gate, GateJudgement] = {}
        for result in passage.gates:
            one = _judged(result, certain, outsider.principal, bucket)
            if outsider.doubt is not None and one.verdict is Verdict.DENIED:
                one = GateJudgement(one.gate, Verdict.UNDETERMINED, result, False, outsider.doubt)
            judged.setdefault(result.gate, []).append(one)
            here[result.gate] = one
        gates = tuple(here[gate] for gate in Gate if gate in here)
        intents.append(IntentAccess(intent, gates, passage.principal, passage.object_key, passage.point))
    together = tuple(_over_intents(judged[gate]) for gate in Gate if gate in judged)
    return Access(whole, estate, outsider, together, tuple(intents))


def _over_intents(judged: Sequence[GateJudgement]) -> GateJudgement:
    """One gate for all intents: the weakest verdict, with everything that was asked."""
    order = (Verdict.DENIED, Verdict.UNDETERMINED, Verdict.ALLOWED)
    weakest = min(judged, key=lambda one: order.index(one.verdict))
    asked = tuple(asked for one in judged for asked in one.result.asked)
    result = GateResult(weakest.gate, asked, weakest.result.foreign)
    certain = all(one.certain for one in judged if one.verdict is weakest.verdict)
    return GateJudgement(weakest.gate, weakest.verdict, result, certain, weakest.because)


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


def _over_worlds(seen: Sequence[Sequence[Access]], worlds: _Worlds) -> Iterator[Access]:
    """Join what is judged of the same outsider in several worlds: a gate is certain where all worlds agree."""
    if len(seen) == 1 and worlds.complete:
        yield from seen[0]
        return
    by_outsider: dict[str, list[Access]] = {}
    for world in seen:
        for access in world:
            by_outsider.setdefault(access.outsider.spelled, []).append(access)
    for found in by_outsider.values():
        yield _joined(found, worlds, everywhere=len(found) == len(seen))


def _joined(found: Sequence[Access], worlds: _Worlds, *, everywhere: bool) -> Access:
    first = found[0]
    gates = _gates_over_worlds([access.gates for access in found], worlds, everywhere=everywhere)
    intents = []
    for intent in Intent:
        seen = [one for access in found for one in access.intents if one.intent is intent]
        if seen:
            in_all = everywhere and len(seen) == len(found)
            joined = _gates_over_worlds([one.gates for one in seen], worlds, everywhere=in_all)
            intents.append(IntentAccess(intent, joined, seen[0].principal, seen[0].object_key, seen[0].point))
    return Access(first.bucket, first.estate, first.outsider, gates, tuple(intents))


def _gates_over_worlds(
    found: Sequence[Sequence[GateJudgement]], worlds: _Worlds, *, everywhere: bool
) -> tuple[GateJudgement, ...]:
    gates = []
    for gate in Gate:
        judged = [one for world in found for one in world if one.gate is gate]
        if not judged:
            continue
        agree = len({g.verdict for g in judged}) == 1 and len(judged) == len(found)
        sure = worlds.complete and (everywhere or judged[0].verdict is Verdict.ALLOWED)
        if agree and (sure or judged[0].verdict is Verdict.UNDETERMINED):
            gates.append(judged[0])
            continue
        open_one = next((g for g in judged if g.verdict is Verdict.UNDETERMINED and g.because is not None), None)
        because = _hangs_on(worlds) if open_one is None or open_one.because is None else open_one.because
        gates.append(GateJudgement(gate, Verdict.UNDETERMINED, judged[0].result, False, because))
    return tuple(gates)


def _hangs_on(worlds: _Worlds) -> Unknown:
    """Why worlds differ: the conditions that tell them apart."""
    if not worlds.conditions:
        return Unknown("a condition", "it depends on conditions that are not known")
    first, *others = worlds.conditions
    more = f" and on {len(others)} more" if others else ""
    words = f"it depends on {first.shown or first.identity}{more}: {first.because}"
    return Unknown(first.identity, words, settle=first.settle, origin=first.origin)
