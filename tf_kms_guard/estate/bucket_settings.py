"""What decides about a bucket beside its policy: ACLs, Block Public Access, object ownership, access points."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tf_kms_guard.estate.model import AccessPoint, Ownership, PolicySlot, Restriction, SlotState
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.estate.slots import Claim, claim_by, slot_of
from tf_kms_guard.estate.texts import as_truth
from tf_kms_guard.iam.document import Document
from tf_kms_guard.terraform.resource import NotSet, ResourceInstance
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

ENFORCED = "BucketOwnerEnforced"
"""Object ownership under which ACLs count for nothing: the default of buckets made since April 2023 (S3 User Guide)."""


class Settings(Struct, frozen=True, eq=False):
    """The settings of a bucket, as :class:`~tf_kms_guard.estate.model.Bucket` has them."""

    ownership: Ownership
    other_way: Unknown | None
    points: tuple[AccessPoint, ...]
    restrictions: tuple[Restriction, ...]


def read_settings(reading: Reading, resource: ResourceInstance, name: TextLike) -> Settings:
    """The settings of the bucket ``resource``."""
    ownership = _ownership(reading, resource, name)
    points, perhaps = _points(reading, resource, name)
    without_acls = ownership.declared and ownership.setting == ENFORCED
    other_way = None if without_acls else _acl(reading, resource, name)
    if other_way is None and perhaps is not None:
        other_way = _beside(perhaps, resource)
    return Settings(ownership, other_way, points, tuple(_restrictions(reading, resource, name)))


def _ownership(reading: Reading, resource: ResourceInstance, name: TextLike) -> Ownership:
    found = list(reading.links("aws_s3_bucket_ownership_controls", "bucket").to(resource, name))
    if not found:
        return Ownership(ENFORCED, resource.span, declared=False)
    controls, linked = found[0]
    rules = [rule for rule in controls.blocks("rule") if reading.presence(rule) is not Truth.NO]
    sure = linked & reading.presence(controls) is Truth.YES and len(found) == len(rules) == 1
    span = rules[0].span_of("object_ownership") if rules else controls.span
    return Ownership(known(reading.text(rules[0], "object_ownership")) if sure else None, span)


def _acl(reading: Reading, resource: ResourceInstance, name: TextLike) -> Unknown | None:
    """An ACL that lets others in: whom it lets in is not judged."""
    own = [resource] if resource.blocks("grant") or _is_open(reading.text(resource, "acl")) else []
    acls = [acl for acl, _ in reading.links("aws_s3_bucket_acl", "bucket").to(resource, name)]
    open_ = [acl for acl in acls if acl.blocks("access_control_policy") or _is_open(reading.text(acl, "acl"))]
    return next((_beside(acl, resource) for acl in (*own, *open_)), None)


def _beside(other: ResourceInstance, resource: ResourceInstance) -> Unknown:
    words = f"{other.address} may let it in beside the bucket policy"
    return Unknown(f"{other.address} for {resource.address}", words, origin=other.span)


def _is_open(acl: TextLike | None) -> bool:
    """Whether a canned ACL gives anything to others than the owner."""
    return acl is not None and known(acl) not in ("private", "bucket-owner-full-control", "bucket-owner-read")


def _restrictions(reading: Reading, resource: ResourceInstance, name: TextLike) -> Iterator[Restriction]:
    """RestrictPublicBuckets of the bucket and of its account (S3 User Guide, "Blocking public access")."""
    own = reading.account(resource).id
    blocks = list(reading.links("aws_s3_bucket_public_access_block", "bucket").to(resource, name))
    for block in reading.of_type("aws_s3_account_public_access_block"):
        account = reading.text(block, "account_id")
        same = equal(reading.account(block).id if account is None else account, own, reading.world)
        if same is Truth.YES or block.module.workspace is resource.module.workspace:
            blocks.append((block, same))
    for block, linked in blocks:
        setting = as_truth(reading.value(block, "restrict_public_buckets"), Truth.NO)
        truth = setting & linked & reading.presence(block)
        yield Restriction(truth, block.address, block.span_of("restrict_public_buckets"))


def _points(
    reading: Reading, resource: ResourceInstance, name: TextLike
) -> tuple[tuple[AccessPoint, ...], ResourceInstance | None]:
    """The access points that surely are the bucket's, and one that may be."""
    found: list[AccessPoint] = []
    perhaps: ResourceInstance | None = None
    for point, linked in reading.links("aws_s3_access_point", "bucket").to(resource, name):
        if linked & reading.presence(point) is Truth.YES:
            found.append(_point(reading, point))
        else:
            perhaps = point
    return tuple(found), perhaps


def _point(reading: Reading, point: ResourceInstance) -> AccessPoint:
    arn = reading.attribute(point, "arn")
    blocks = point.blocks("public_access_block_configuration")
    # What is not said is true (AWS provider, aws_s3_access_point).
    restricts = as_truth(reading.value(blocks[0], "restrict_public_buckets"), Truth.YES) if blocks else Truth.YES
    return AccessPoint(
        point.address,
        arn,
        reading.attribute(point, "account_id"),
        _policy(reading, point, arn),
        restricts,
        Truth.of(bool(point.blocks("vpc_configuration"))),
        point.span,
    )


def _policy(reading: Reading, point: ResourceInstance, arn: TextLike) -> PolicySlot:
    claims: list[Claim] = []
    value = reading.value(point, "policy")
    if not isinstance(value, NotSet) and known(value) not in ("", "{}"):  # both are none to the provider
        claims.append(Claim(point, "policy", value, reading.policies))
    for policy, linked in reading.links("aws_s3control_access_point_policy", "access_point_arn").to(point, arn):
        claim = claim_by(reading, policy, linked)
        if claim is not None:
            claims.append(claim)
    absent = PolicySlot(SlotState.ABSENT, Document(), point.span, point.address)
    return slot_of(claims, absent, "the policy", reading.given_away(point, arn))
