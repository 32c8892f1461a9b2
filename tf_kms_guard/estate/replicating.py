"""What a replication needs, asked of all policies that have a say: on both buckets, and on both keys.

Amazon S3 User Guide, "Setting up permissions for live replication", "Replicating encrypted objects (SSE-S3, SSE-KMS,
DSSE-KMS, SSE-C)" and "Changing the replica owner". The role that replicates asks for all of it, so that its own
policies have to allow each part; where it is of another account than what it uses, so has the policy over there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.estate.accounts import NO_EVIDENCE, Account
from tf_kms_guard.estate.bucket_settings import ENFORCED
from tf_kms_guard.estate.contenders import objects
from tf_kms_guard.estate.gates import Gate, Gatekeeper
from tf_kms_guard.estate.model import Bucket, Estate, Identity, KeyForm, PolicySlot, SlotState
from tf_kms_guard.estate.outsiders import Outsider, Question
from tf_kms_guard.estate.own_account import caller_side
from tf_kms_guard.estate.replication import Replication, ReplicationRule, replicas_of
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.decide import Request, Verdict
from tf_kms_guard.iam.document import opaque_document
from tf_kms_guard.iam.evaluation import evaluate
from tf_kms_guard.iam.layers import Evaluation, Layer, LayerKind, ResourceSide
from tf_kms_guard.iam.principal import describe
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.text import TextLike, known, spell
from tf_kms_guard.values.truth import Truth, any_of
from tf_kms_guard.values.unknown import Unknown

GET: Final = "s3:GetObjectVersionForReplication"
PUT: Final = "s3:ReplicateObject"
OVERRIDE: Final = "s3:ObjectOwnerOverrideToBucketOwner"

_OWN: Final = frozenset((LayerKind.IDENTITY_POLICY, LayerKind.BOUNDARY))
_ORDER: Final = {Verdict.DENIED: 0, Verdict.UNDETERMINED: 1, Verdict.ALLOWED: 2}
_SOME: Final = Unknown("some object", "some object that no statement names by itself may pass")


class Answer(Struct, frozen=True, eq=False):
    """Something that is surely refused to the role, or, with ``because``, of which it is not known whether it is.

    ``gate``: whose policy it is. ``bucket``: whose objects it is about. ``certain``: nothing was presumed for it.
    """

    gate: Gate
    action: str
    bucket: Bucket
    at_source: bool
    layer: Layer
    certain: bool = True
    because: Unknown | None = None

    @property
    def own(self) -> bool:
        """Whether it is the role's own policies."""
        return self.gate in (Gate.IDENTITY_S3, Gate.IDENTITY_KMS)


class _Need(Struct, frozen=True, eq=False):
    """``s3_action`` on a bucket's objects, or, without it, what ``intent`` needs of their key."""

    bucket: Bucket
    intent: Intent
    s3_action: str | None
    at_source: bool


def destination_of(replication: Replication, rule: ReplicationRule) -> Bucket | None:
    """The bucket that is replicated into, as replicas are encrypted there; what is not declared is not known."""
    replicas = replicas_of(replication, rule)
    if rule.bucket is not None:
        return replace(rule.bucket, encryption=replicas)
    if rule.destination is None:
        return None
    name = f"s3://{(known(rule.destination) or spell(rule.destination)).rpartition(':')[2]}"
    words = f"the policy of {name} is not visible: the bucket is not declared in any target"
    settle = "add the configuration that declares it to the targets, or describe it in an external_bucket block"
    hidden = Unknown(f"policy of {name}", words, settle=settle, origin=rule.spans[0])
    account = rule.account
    if account is None:
        account = Unknown(f"account of {name}", f"the account of {name} is not known")
    region: TextLike = Unknown(f"region of {name}", f"the Region of {name} is not known")
    if replicas.key is not None and replicas.key.region is not None:
        region = replicas.key.region
    return Bucket(
        replication.workspace,
        name,
        rule.destination,
        rule.destination,
        Account(name, account, region, NO_EVIDENCE if rule.account is None else "account of the destination"),
        region,
        replicas,
        PolicySlot(SlotState.UNKNOWN, opaque_document(hidden), rule.spans[0], name, because=hidden),
        rule.spans[0],
        outside=True,
    )


def answers(replication: Replication, rule: ReplicationRule) -> Iterator[Answer]:
    """All that is refused, or not known, of what one rule needs that takes objects under KMS keys."""
    destination = destination_of(replication, rule)
    if destination is not None:
        yield from _Asker(replication, destination).answers(_needs(replication, rule, destination))


def _needs(replication: Replication, rule: ReplicationRule, destination: Bucket) -> Iterator[_Need]:
    own = replication.bucket.encryption.bucket_key
    context = own if own is not Truth.NO or destination.encryption.bucket_key is Truth.NO else Truth.UNKNOWN
    source = replace(replication.bucket, encryption=replace(replication.bucket.encryption, bucket_key=context))
    yield _Need(source, Intent.READ, GET, True)
    if _has_policy(source):
        yield _Need(source, Intent.READ, None, True)
    yield _Need(destination, Intent.REPLICATE, PUT, False)
    if _has_policy(destination):
        yield _Need(destination, Intent.REPLICATE, None, False)
        if own is Truth.YES:
            yield _Need(destination, Intent.READ, None, False)
    if rule.translated is Truth.YES and _has_owners(destination):
        yield _Need(destination, Intent.REPLICATE, OVERRIDE, False)


def _has_policy(bucket: Bucket) -> bool:
    """Whether its key has a policy that somebody writes: that of ``aws/s3`` lets the whole account use it by S3."""
    return bucket.encryption.key is None or bucket.encryption.key.form is not KeyForm.AWS_MANAGED


def _has_owners(bucket: Bucket) -> bool:
    """Whether objects in it may surely be others' than the bucket's owner's."""
    setting = None if bucket.ownership is None else bucket.ownership.setting
    return setting is not None and setting != ENFORCED


class _Asker:
    def __init__(self, replication: Replication, destination: Bucket) -> None:
        self.estate: Estate = replication.estate
        self.role = replication.role
        self.identity: Identity | None = self.estate.identity(self.role, replication.workspace)
        words = f"the policies of {describe(self.role)} are not declared here"
        settle = "check the configuration that declares it too, or describe it in an external_role block"
        unseen = Unknown(f"policies of {spell(self.role.value)}", words, settle=settle, origin=self.role.origin)
        self.caller = caller_side(self.identity, None if self.identity is not None else unseen)

    def answers(self, needs: Iterator[_Need]) -> Iterator[Answer]:
        for need in needs:
            found = self._judge(need, self.estate.world)
            if found is None:
                continue
            action, at, result = found
            if result.verdict is Verdict.ALLOWED:
                continue
            sure = self._judge(need, self.estate.world.certain()) if result.verdict is Verdict.DENIED else None
            surely = () if sure is None else [layer.kind for layer in sure[2].closed]
            told = _refused(result) if result.verdict is Verdict.DENIED else _open(result)
            for layer in told:
                own = layer.kind in _OWN
                gate = at if not own else Gate.IDENTITY_S3 if at is Gate.BUCKET_POLICY else Gate.IDENTITY_KMS
                because = None
                if layer.verdict is Verdict.UNDETERMINED:
                    because = next(iter(layer.unknowns), Unknown(action, "it depends on a value that is not known"))
                yield Answer(gate, action, need.bucket, need.at_source, layer, layer.kind in surely, because)

    def _judge(self, need: _Need, world: World) -> tuple[str, Gate, Evaluation] | None:
        """The best that is decided for an object; what is refused for some objects only is not surely refused."""
        best: tuple[str, Gate, Evaluation] | None = None
        for key in objects(need.bucket, self.identity, world):
            found = self._evaluate(need, world, key)
            if found is None:
                return None
            if best is None or _score(found[2]) > _score(best[2]):
                best = found
        if best is None or best[2].verdict is not Verdict.DENIED:
            return best
        general = self._evaluate(need, world, _SOME)
        assert general is not None
        closed = {layer.kind for layer in general[2].closed}
        if not closed:
            return general
        layers = tuple(one for one in best[2].layers if one.verdict is not Verdict.DENIED or one.kind in closed)
        return best[0], best[1], replace(best[2], layers=layers)

    def _evaluate(self, need: _Need, world: World, key: TextLike) -> tuple[str, Gate, Evaluation] | None:
        gate = Gate.KEY_POLICY if need.s3_action is None else Gate.BUCKET_POLICY
        asked = Question((need.intent,), need.s3_action, object_key=key)
        outsider = Outsider(self.role, self.identity, question=asked)
        keeper = Gatekeeper(need.bucket, outsider, self.estate, world, self.role, self.identity, key, need.intent)
        for at, owner, request in keeper.requests():
            if at is gate:
                ours, theirs = keeper.world_of(owner, callers=False), keeper.world_of(owner, callers=True)
                side = self._bucket(need.bucket) if need.s3_action is not None else self._key(need.bucket, owner, ours)
                return request.action, gate, self._decide(request, side, ours, theirs)
        return None

    def _decide(self, request: Request, side: ResourceSide, ours: World, theirs: World) -> Evaluation:
        return evaluate(request, self.caller, side, ours, callers_world=theirs)

    def _bucket(self, bucket: Bucket) -> ResourceSide:
        return ResourceSide(
            LayerKind.BUCKET_POLICY,
            bucket.account.id,
            (bucket.policy.document,),
            restrict_public_buckets=any_of(one.truth for one in bucket.restrictions),
            acl=Truth.NO if bucket.other_way is None else Truth.UNKNOWN,
        )

    def _key(self, bucket: Bucket, owner: TextLike, world: World) -> ResourceSide:
        choice = bucket.encryption.key
        key = None if choice is None else choice.key
        if key is None:
            name = "the key" if choice is None or choice.value is None else spell(choice.value)
            words = f"the policy of {name} is not visible: the key is not declared here"
            settle = "check the configuration that declares the key too, or describe it in an external_key block"
            hidden = Unknown(f"policy of {name}", words, settle=settle)
            return ResourceSide(LayerKind.KEY_POLICY, owner, (opaque_document(hidden),))
        grants = tuple(one.for_deciding() for one in key.grants if one.misses(key, world) is not Truth.YES)
        return ResourceSide(LayerKind.KEY_POLICY, key.account.id, (key.policy.document,), grants=grants)


def _score(result: Evaluation) -> tuple[int, int]:
    return _ORDER[result.verdict], -len(result.closed)


def _refused(result: Evaluation) -> tuple[Layer, ...]:
    """The layers that refuse. In one account policies stand in for each other: the role's own go first there."""
    closed = tuple(layer for layer in result.closed if layer.kind is not LayerKind.GRANTS)
    if result.foreign is Truth.YES:
        return closed
    explicit = [layer for layer, _ in result.explicit_denies if layer in closed]
    own = [layer for layer in closed if layer.kind in _OWN and _lacks(layer)]
    return tuple(explicit[:1] or own[:1] or closed[:1])


def _lacks(layer: Layer) -> bool:
    return layer.decision is not None and layer.decision.verdict is Verdict.DENIED


def _open(result: Evaluation) -> tuple[Layer, ...]:
    found = (layer for layer in result.layers if layer.verdict is Verdict.UNDETERMINED)
    layers = tuple(layer for layer in found if layer.kind is not LayerKind.GRANTS)
    if result.foreign is Truth.YES:
        return layers
    untold = (one for one in layers if one.decision is not None and one.decision.verdict is Verdict.UNDETERMINED)
    return (next(untold, layers[0]),) if layers else ()
