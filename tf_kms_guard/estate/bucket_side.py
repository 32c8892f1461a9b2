"""What the bucket owner's side of a request to S3 decides: its policy, access points, and Block Public Access.

Of a caller of another account everything on this side must allow (S3 User Guide, "Configuring IAM policies for using
access points" and "Blocking public access"); how the layers work together is told in
:mod:`tf_kms_guard.iam.evaluation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from tf_kms_guard.estate.model import AccessPoint, Bucket
from tf_kms_guard.iam.context import ABSENT, ContextValue
from tf_kms_guard.iam.decide import Decision, Request, Verdict, decide_resource_policy
from tf_kms_guard.iam.evaluation import evaluate
from tf_kms_guard.iam.layers import AccessPoint as Way
from tf_kms_guard.iam.layers import CallerSide, Layer, LayerKind, ResourceSide
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, join_text
from tf_kms_guard.values.truth import Truth, any_of
from tf_kms_guard.values.unknown import Unknown

UNTOLD_POINT: Final = Unknown(
    "identity at an access point",
    "whether a policy that names the bucket counts for a request to its access point is not documented",
)
_OWNERS: Final = frozenset((LayerKind.ACCESS_POINT_POLICY, LayerKind.BUCKET_POLICY, LayerKind.PUBLIC_ACCESS_BLOCK))

ALGORITHM: Final = "s3:x-amz-server-side-encryption"
KEY: Final = "s3:x-amz-server-side-encryption-aws-kms-key-id"
ACL: Final = "s3:x-amz-acl"
NO_HEADERS: Final[Mapping[str, ContextValue]] = {
    ALGORITHM: ABSENT,
    KEY: ABSENT,
    "s3:x-amz-server-side-encryption-customer-algorithm": ABSENT,
}
"""A writer that leaves encryption to the bucket's default."""


class BucketSide(Struct, frozen=True, eq=False):
    """The verdict of the owner's side. ``decision`` is the bucket policy's; ``layers``, where more than it counts."""

    verdict: Verdict
    decision: Decision
    because: Unknown | None = None
    layers: tuple[Layer, ...] = ()


def judge_bucket_side(
    bucket: Bucket,
    request: Request,
    world: World,
    foreign: Truth,
    point: AccessPoint | None = None,
    object_key: TextLike = "",
) -> BucketSide:
    """What the bucket's side decides for ``request``, which comes to ``point`` or to the bucket itself.

    ``foreign``: whether the caller is of another account. Only of such a one more than the bucket policy is asked.
    """
    document = bucket.policy.document
    restricts = _restricts(bucket, point) if foreign is not Truth.NO else Truth.NO
    if point is None and restricts is Truth.NO:
        decision = decide_resource_policy([document], request, world)
        by_acl = bucket.other_way is not None and decision.verdict is Verdict.DENIED and decision.deny is not Truth.YES
        verdict = Verdict.UNDETERMINED if by_acl else decision.verdict
        return BucketSide(verdict, decision, bucket.other_way if by_acl else None)
    way = None
    if point is not None:
        at = object_at(point, object_key)
        way = Way(point.arn, point.account, at, (point.policy.document,), point.in_vpc)
    side = ResourceSide(
        LayerKind.BUCKET_POLICY,
        bucket.account.id,
        (document,),
        restrict_public_buckets=restricts,
        access_point=way,
    )
    layers = tuple(one for one in evaluate(request, CallerSide(), side, world).layers if one.kind in _OWNERS)
    policy = next(layer for layer in layers if layer.kind is LayerKind.BUCKET_POLICY)
    assert policy.decision is not None
    verdict = Verdict.weakest(layer.verdict for layer in layers)
    if verdict is Verdict.DENIED and bucket.other_way is not None and policy.decision.deny is not Truth.YES:
        return BucketSide(Verdict.UNDETERMINED, policy.decision, bucket.other_way, layers)
    return BucketSide(verdict, policy.decision, _because(bucket, point, layers), layers)


def object_at(point: AccessPoint, object_key: TextLike) -> TextLike:
    """The ARN of an object by way of an access point (S3 User Guide, "Referencing access points")."""
    return join_text((point.arn, "/object/", object_key))


def choices_of_headers(algorithm: str, key: TextLike | None) -> Iterator[tuple[Mapping[str, ContextValue], str]]:
    """What a writer may choose to send, each with words for people: none of these headers, or what the bucket uses.

    ``algorithm`` and ``key`` are those of the bucket's default encryption.
    """
    full_control: Mapping[str, ContextValue] = {ACL: ("bucket-owner-full-control",)}
    none: Mapping[str, ContextValue] = {ACL: ABSENT}
    yield {**NO_HEADERS, **none}, "no encryption header and no ACL"
    yield {**NO_HEADERS, **full_control}, "the ACL bucket-owner-full-control"
    if key is not None:
        named: Mapping[str, ContextValue] = {**NO_HEADERS, ALGORITHM: (algorithm,), KEY: (key,)}
        yield {**named, **none}, "the headers that name the bucket's key"
        yield {**named, **full_control}, "the headers that name the bucket's key, and the ACL bucket-owner-full-control"


def _restricts(bucket: Bucket, point: AccessPoint | None) -> Truth:
    """RestrictPublicBuckets of the bucket, its account or the access point: the strictest counts."""
    settings = any_of(one.truth for one in bucket.restrictions)
    return settings if point is None else settings | point.restricts


def _because(bucket: Bucket, point: AccessPoint | None, layers: tuple[Layer, ...]) -> Unknown | None:
    """What keeps the first layer that is not certain from being so."""
    layer = next((one for one in layers if one.verdict is Verdict.UNDETERMINED), None)
    if layer is None:
        return None
    if layer.kind is LayerKind.PUBLIC_ACCESS_BLOCK:
        source, span = restricted_by(bucket, point)
        words = f"{source} keeps other accounts out if S3 takes the bucket policy for public: {layer.reason}"
        return Unknown(f"{source} for {bucket.address}", words, origin=span)
    return layer.unknowns[0] if layer.unknowns else None


def restricted_by(bucket: Bucket, point: AccessPoint | None) -> tuple[str, Span]:
    """What sets RestrictPublicBuckets, or may do so, and where; the access point's own comes last."""
    found = sorted(
        (one for one in bucket.restrictions if one.truth is not Truth.NO), key=lambda one: one.truth is not Truth.YES
    )
    if found:
        return found[0].source, found[0].span
    return (bucket.address, bucket.span) if point is None else (point.address, point.span)
