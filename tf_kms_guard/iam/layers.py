"""What stands between a request and a resource: the layers, and what is known of each.

A layer that is left out is not in force. One that may be in force and cannot be seen is an
:func:`~tf_kms_guard.iam.document.opaque_document`.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

from msgspec import Struct

from tf_kms_guard.iam.decide import Decision, StatementMatch, Verdict
from tf_kms_guard.iam.document import Document
from tf_kms_guard.iam.grants import KeyGrant
from tf_kms_guard.values.text import TextLike
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

Levels: TypeAlias = tuple[tuple[Document, ...], ...]
"""Policies of an organization: those of the root, of each unit on the way, of the account."""


class LayerKind(enum.Enum):
    """One layer (IAM User Guide, "Policy evaluation logic"), or what S3 asks beside its policies."""

    RESOURCE_CONTROL = "resource control policy"
    BUCKET_POLICY = "bucket policy"
    ACCESS_POINT_POLICY = "access point policy"
    KEY_POLICY = "key policy"
    TRUST_POLICY = "trust policy"
    GRANTS = "grants"
    PUBLIC_ACCESS_BLOCK = "Block Public Access"
    OBJECT_OWNERSHIP = "object ownership"
    IDENTITY_POLICY = "identity policies"
    BOUNDARY = "permissions boundary"
    SESSION_POLICY = "session policies"
    SERVICE_CONTROL = "service control policy"
    ENDPOINT_POLICY = "VPC endpoint policy"


class Layer(Struct, frozen=True, eq=False):
    """One layer and what it means for the outcome.

    ``verdict``: what it contributes. In one account a policy that allows nothing may be made up for by another
    layer, so this can differ from ``decision.verdict``, which is what its policies say by themselves.
    ``reason``: what else counted, for people. ``unknowns`` kept it from being certain.
    """

    kind: LayerKind
    verdict: Verdict
    decision: Decision | None = None
    reason: str | None = None
    unknowns: tuple[Unknown, ...] = ()


class Evaluation(Struct, frozen=True, eq=False):
    """The outcome of one request. ``foreign``: whether the caller is of another account than the resource."""

    layers: tuple[Layer, ...]
    foreign: Truth

    @property
    def verdict(self) -> Verdict:
        """The weakest layer."""
        return Verdict.weakest(layer.verdict for layer in self.layers)

    @property
    def closed(self) -> tuple[Layer, ...]:
        """The layers that certainly deny. AWS names one of them in its message; here are all."""
        return tuple(layer for layer in self.layers if layer.verdict is Verdict.DENIED)

    @property
    def unknowns(self) -> tuple[Unknown, ...]:
        """What kept the layers from being certain."""
        return tuple(unknown for layer in self.layers for unknown in layer.unknowns)

    @property
    def explicit_denies(self) -> tuple[tuple[Layer, StatementMatch], ...]:
        """The Deny statements that certainly match, with their layers."""
        found = ((layer, layer.decision.explicit_deny) for layer in self.layers if layer.decision is not None)
        return tuple((layer, deny) for layer, deny in found if deny is not None)

    def layer(self, kind: LayerKind) -> Layer | None:
        """The first layer of that kind; ``None`` if it was not asked."""
        return next((layer for layer in self.layers if layer.kind is kind), None)


class CallerSide(Struct, frozen=True, eq=False):
    """What lets the caller do things and what limits it, in its own account.

    ``identity_policies`` are all of them. ``session_policies``: ``None`` if the session was made without any.
    ``service_control``: level by level; without an organization there are none. ``manages``: whether its
    account is the organization's management account, which service control policies do not bind.
    """

    identity_policies: tuple[Document, ...] = ()
    boundary: Document | None = None
    session_policies: tuple[Document, ...] | None = None
    service_control: Levels = ()
    manages: Truth = Truth.NO
    endpoint_policy: Document | None = None
    """Of the VPC endpoint by which the request comes; ``None``: by none, or by one that lets all through."""


class AccessPoint(Struct, frozen=True, eq=False):
    """An S3 access point by which an object is asked for.

    ``object_arn``: ``arn:aws:s3:<Region>:<account>:accesspoint/<name>/object/<key>``.
    """

    arn: TextLike
    account: TextLike
    object_arn: TextLike
    policies: tuple[Document, ...] = ()
    in_vpc: Truth = Truth.NO
    """Whether its network origin is a VPC: S3 never takes the policy of such a one for public."""


class ResourceSide(Struct, frozen=True, eq=False):
    """What guards a resource. ``policy_of``: which policy it has (bucket, key or trust policy).

    ``resource_control``: level by level, without RCPFullAWSAccess, which AWS attaches everywhere. ``manages``:
    whether ``account`` is the organization's management account.
    """

    policy_of: LayerKind
    account: TextLike
    policies: tuple[Document, ...] = ()
    resource_control: Levels = ()
    manages: Truth = Truth.NO
    grants: tuple[KeyGrant, ...] = ()
    aws_managed: Truth = Truth.NO
    """Whether it is a KMS key that AWS manages (``aws/s3``)."""
    restrict_public_buckets: Truth = Truth.NO
    """RestrictPublicBuckets, of the account or the bucket or the access point: the strictest counts."""
    owns_object: Truth = Truth.YES
    """Whether the object is the bucket owner's: certain with BucketOwnerEnforced."""
    acl: Truth = Truth.NO
    """Whether an ACL lets the caller in."""
    access_point: AccessPoint | None = None
