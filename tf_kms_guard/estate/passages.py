"""The way to the objects of a bucket that comes furthest: over members of an account, objects and access points."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from tf_kms_guard.estate.contenders import Member, members, objects
from tf_kms_guard.estate.gates import Gate, Gatekeeper, GateResult, Passage
from tf_kms_guard.estate.model import Bucket, Estate
from tf_kms_guard.estate.outsiders import Outsider
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.layers import LayerKind
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.text import TextLike
from tf_kms_guard.values.unknown import Unknown


def best_passage(bucket: Bucket, outsider: Outsider, estate: Estate, world: World, intent: Intent) -> Passage:
    """The way in that comes furthest: over the members of an account or organisation, access points, and objects.

    A gate lets through a *set* of principals and objects; access is there if one of them passes all gates. A
    gate that is closed for the objects asked about is surely closed only if it is so for any object at all.
    """
    best = furthest(bucket, outsider, estate, world, intent, members(bucket, outsider, estate, world))
    exact = None if outsider.question is None else outsider.question.object_key
    if best.verdict is not Verdict.DENIED or exact is not None:
        return best
    some = Unknown("some object", "some object that no statement names by itself may pass")
    who, identity = best.principal, best.identity
    general = Gatekeeper(bucket, outsider, estate, world, who, identity, some, intent, best.point).passage()
    gates = tuple(_for_any_object(one, other) for one, other in zip(best.gates, general.gates, strict=True))
    return replace(best, gates=gates)


def furthest(
    bucket: Bucket, outsider: Outsider, estate: Estate, world: World, intent: Intent, among: Iterable[Member]
) -> Passage:
    """The way that comes furthest of one or several members, as far as objects are asked about one by one."""
    best: Passage | None = None
    exact = None if outsider.question is None else outsider.question.object_key
    for principal, identity in among:
        for key in objects(bucket, identity, world) if exact is None else [exact]:
            for point in (None, *bucket.points):
                keeper = Gatekeeper(bucket, outsider, estate, world, principal, identity, key, intent, point)
                passage = keeper.passage()
                if best is None or _score(passage) > _score(best):
                    best = passage
                if best.verdict is Verdict.ALLOWED:
                    return best
    assert best is not None
    return best


def passage_to(
    bucket: Bucket, outsider: Outsider, estate: Estate, world: World, intent: Intent, object_key: TextLike
) -> Passage:
    """The way to one object that comes furthest, over the members of an account or organisation."""
    passages = (
        Gatekeeper(bucket, outsider, estate, world, principal, identity, object_key, intent, point).passage()
        for principal, identity in members(bucket, outsider, estate, world)
        for point in (None, *bucket.points)
    )
    return max(passages, key=_score)


def _for_any_object(asked: GateResult, general: GateResult) -> GateResult:
    """A gate that is closed for one object only is not known to be closed."""
    if asked.verdict is not Verdict.DENIED or general.verdict is Verdict.DENIED:
        return asked
    return GateResult(asked.gate, general.asked, asked.foreign)


def _score(passage: Passage) -> tuple[int, bool, bool, int]:
    """How far a way goes; those come first that the bucket's policy leaves open: they are what is meant.

    Next comes an access point that would let in.
    """
    order = {Verdict.DENIED: 0, Verdict.UNDETERMINED: 1, Verdict.ALLOWED: 2}
    bucket_policy = passage.gate(Gate.BUCKET_POLICY)
    shared = bucket_policy is not None and bucket_policy.verdict is not Verdict.DENIED
    meant = bucket_policy is not None and any(
        layer.kind is LayerKind.ACCESS_POINT_POLICY and layer.verdict is Verdict.ALLOWED
        for asked in bucket_policy.asked
        for layer in asked.layers
    )
    return order[passage.verdict], shared, meant, sum(order[gate.verdict] for gate in passage.gates)
