"""Replication: what a bucket's configuration says about who copies its objects where, and under which key.

AWS provider documentation of ``aws_s3_bucket_replication_configuration`` and, for the older block inside
``aws_s3_bucket``, of that; S3 API Reference, ``ReplicationRule`` and ``Destination``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias, Union

from msgspec import Struct

from tf_kms_guard.estate.encryption import KeyDirectory, aws_managed_keys, key_choice
from tf_kms_guard.estate.member import Place
from tf_kms_guard.estate.model import Algorithm, Bucket, Encryption, Estate, KeyChoice
from tf_kms_guard.estate.outsiders import bucket_named
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.estate.texts import as_text, as_truth
from tf_kms_guard.iam.principal import Principal, parse_principal
from tf_kms_guard.terraform.resource import BlockInstance, NotSet, ResourceInstance
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth, any_of
from tf_kms_guard.values.unknown import Unknown

SEPARATE: Final = "aws_s3_bucket_replication_configuration"
_INLINE: Final = "replication_configuration"

_Holder: TypeAlias = Union[ResourceInstance, BlockInstance]


class ReplicationRule(Struct, frozen=True, eq=False):
    """One rule of a replication.

    ``opted_in``: whether it takes objects under KMS keys; ``replica_key`` is the key that it names for the replicas.
    ``untold``: a key may be named that is not seen. ``translated``: whether the replicas are to be the destination
    owner's. ``spans``: where its destination is written, and where that names the key.
    """

    destination: TextLike | None
    bucket: Bucket | None
    account: TextLike | None
    opted_in: Truth
    replica_key: KeyChoice | None
    enabled: Truth
    untold: bool
    span: Span
    spans: tuple[Span, Span]
    translated: Truth = Truth.UNKNOWN


class Replication(Struct, frozen=True, eq=False):
    """A replication configuration. ``bucket`` is the source; ``role`` who replicates.

    ``settled``: whether it surely is this bucket's only configuration. ``estate`` is the one in which it was read.
    """

    workspace: str
    address: str
    bucket: Bucket
    role: Principal
    rules: tuple[ReplicationRule, ...]
    span: Span
    settled: Truth
    estate: Estate


def replications_of(reading: Reading, estate: Estate) -> dict[Place, tuple[Replication, ...]]:
    """The replications of the buckets that ``estate`` has, by the place of the bucket that is their source."""
    directory = KeyDirectory(estate.keys, estate.aliases, reading.world, aws_managed_keys(reading))
    resources = {reading.place(one): one for one in reading.of_type("aws_s3_bucket")}
    found: dict[Place, tuple[Replication, ...]] = {}
    for bucket in estate.buckets:
        resource = resources.get(bucket.place)
        own = () if resource is None else tuple(_of(reading, estate, directory, bucket, resource))
        if own:
            found[bucket.place] = own
    return found


def _of(
    reading: Reading, estate: Estate, directory: KeyDirectory, bucket: Bucket, resource: ResourceInstance
) -> Iterator[Replication]:
    found: list[tuple[ResourceInstance, _Holder, Truth]] = [
        (one, one, linked & reading.presence(one))
        for one, linked in reading.links(SEPARATE, "bucket").to(resource, bucket.name)
    ]
    for block in resource.blocks(_INLINE):
        present = reading.presence(block)
        if present is not Truth.NO:
            found.append((resource, block, present))
    for owner, holder, sure in found:
        role = as_text(reading.value(holder, "role"))
        if role is not None:
            rules = tuple(
                _rule(reading, estate, directory, owner, block)
                for kind in ("rule", "rules")
                for block in holder.blocks(kind)
                if reading.presence(block) is not Truth.NO
            )
            yield Replication(
                reading.place(owner)[0],
                owner.address,
                bucket,
                parse_principal("AWS", role),
                rules,
                holder.span,
                sure if len(found) == 1 else Truth.UNKNOWN,
                estate,
            )


def replicas_of(replication: Replication, rule: ReplicationRule) -> Encryption:
    """How replicas are encrypted: as the objects are of which they are copies, under the key that the rule names.

    A replica has an S3 Bucket Key if the object has one (S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3
    Bucket Keys"); the same guide's page on replicating encrypted objects has either bucket's setting count.
    """
    source = replication.bucket.encryption
    span, address = rule.spans[1], replication.address
    if source.algorithm is Algorithm.SSE_S3:
        return Encryption(Algorithm.SSE_S3, None, Truth.NO, span, address)
    if source.algorithm is Algorithm.UNKNOWN or rule.opted_in is not Truth.YES or rule.replica_key is None:
        because = Unknown(f"replicas of {address}", "how the replicas are encrypted is not known", origin=span)
        return Encryption(Algorithm.UNKNOWN, None, Truth.UNKNOWN, span, address, because)
    there = Truth.UNKNOWN if rule.bucket is None else rule.bucket.encryption.bucket_key
    bucket_key = source.bucket_key if source.bucket_key is there else source.bucket_key | (there & Truth.UNKNOWN)
    return Encryption(source.algorithm, rule.replica_key, bucket_key, span, address)


def _rule(
    reading: Reading, estate: Estate, directory: KeyDirectory, owner: ResourceInstance, rule: BlockInstance
) -> ReplicationRule:
    inside = _Nested(reading, rule)
    destinations = inside.of("destination")
    there = destinations[0] if len(destinations) == 1 else None
    named = None if there is None else as_text(reading.value(there, "bucket"))
    name = None if named is None else bucket_named(named)
    buckets: Sequence[Bucket] = () if name is None else estate.buckets_of(name)
    bucket = buckets[0] if len(buckets) == 1 else None
    if there is None:
        return ReplicationRule(
            named, bucket, None, Truth.UNKNOWN, None, Truth.UNKNOWN, True, rule.span, (rule.span, rule.span)
        )
    value, key_span = _replica_key(reading, there)
    key = as_text(value)
    choice = None if key is None else key_choice(reading, key, _seen_from(reading, owner, bucket), directory)
    account = as_text(reading.value(there, "account"))
    account = as_text(reading.value(there, "account_id")) if account is None else account
    return ReplicationRule(
        destination=named,
        bucket=bucket,
        account=account,
        opted_in=_opted_in(reading, inside),
        replica_key=choice,
        enabled=_is(as_text(reading.value(rule, "status")), "Enabled") & reading.presence(rule),
        untold=there.untold("encryption_configuration") is not None or _is_open(reading, there),
        span=rule.span,
        spans=(there.span, key_span),
        translated=_translated(inside.inside(there)),
    )


def _is_open(reading: Reading, destination: BlockInstance) -> bool:
    """Whether it is not known if the destination says which key it uses."""
    return any(reading.presence(one) is Truth.UNKNOWN for one in destination.blocks("encryption_configuration"))


def _seen_from(reading: Reading, owner: ResourceInstance, bucket: Bucket | None) -> ResourceInstance:
    """Whose account and Region a replica key means that says none: S3 looks it up for the destination."""
    places = (one for one in reading.of_type("aws_s3_bucket") if bucket is not None)
    return next((one for one in places if bucket is not None and reading.place(one) == bucket.place), owner)


def _replica_key(reading: Reading, destination: BlockInstance) -> tuple[Value | NotSet, Span]:
    blocks = destination.blocks("encryption_configuration")
    if not blocks:
        return reading.value(destination, "replica_kms_key_id"), destination.span_of("replica_kms_key_id")
    return reading.value(blocks[0], "replica_kms_key_id"), blocks[0].span_of("replica_kms_key_id")


class _Nested:
    """The blocks inside another one, that are or may be there."""

    def __init__(self, reading: Reading, holder: BlockInstance) -> None:
        self.reading = reading
        self.holder = holder

    def of(self, kind: str) -> list[BlockInstance]:
        """Those of a type."""
        return [one for one in self.holder.blocks(kind) if self.reading.presence(one) is not Truth.NO]

    def inside(self, block: BlockInstance) -> _Nested:
        """The same for what is inside one of them."""
        return _Nested(self.reading, block)


def _translated(destination: _Nested) -> Truth:
    """``access_control_translation``, which has one owner to choose only (S3 API Reference)."""
    if destination.holder.untold("access_control_translation") is not None:
        return Truth.UNKNOWN
    blocks = destination.of("access_control_translation")
    return any_of(destination.reading.presence(one) for one in blocks)


def _opted_in(reading: Reading, rule: _Nested) -> Truth:
    """``sse_kms_encrypted_objects``: ``status = "Enabled"``, in the older block ``enabled = true``."""
    if rule.holder.untold("source_selection_criteria") is not None:
        return Truth.UNKNOWN
    result = Truth.NO
    for criteria in rule.of("source_selection_criteria"):
        if criteria.untold("sse_kms_encrypted_objects") is not None:
            return Truth.UNKNOWN
        for block in _Nested(reading, criteria).of("sse_kms_encrypted_objects"):
            status = as_text(reading.value(block, "status"))
            enabled = as_truth(reading.value(block, "enabled"), Truth.NO) if status is None else _is(status, "Enabled")
            result |= reading.presence(criteria) & reading.presence(block) & enabled
    return result


def _is(text: TextLike | None, wanted: str) -> Truth:
    if text is None:
        return Truth.NO
    said = known(text)
    return Truth.UNKNOWN if said is None else Truth.of(said == wanted)
