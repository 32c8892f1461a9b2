"""The operations of S3 and KMS: which service one belongs to, and the IAM action that it needs.

Source: service models of S3 and KMS (API References), "Actions, resources, and condition keys" of both.
"""

from __future__ import annotations

import re
from typing import Final

_KMS: Final = frozenset(
    re.findall(
        r"\w+",
        "CancelKeyDeletion CreateAlias CreateGrant CreateKey Decrypt DeleteAlias DescribeKey DisableKey EnableKey "
        "Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext "
        "GenerateDataKeyWithoutPlaintext GenerateMac GenerateRandom GetKeyPolicy GetKeyRotationStatus GetPublicKey "
        "ImportKeyMaterial ListAliases ListGrants ListKeyPolicies ListKeys PutKeyPolicy ReEncrypt ReEncryptFrom "
        "ReEncryptTo ReplicateKey RetireGrant RevokeGrant ScheduleKeyDeletion Sign UpdateAlias Verify VerifyMac",
    )
)

_S3: Final = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "SelectObjectContent": "s3:GetObject",
    "GetObjectAttributes": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "PostObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "UploadPartCopy": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "CopyObject": "s3:PutObject",
    "ListObjects": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "ListParts": "s3:ListMultipartUploadParts",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "DeleteObject": "s3:DeleteObject",
    "DeleteObjects": "s3:DeleteObject",
    "ListBuckets": "s3:ListAllMyBuckets",
    "PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "UpdateObjectEncryption": "s3:UpdateObjectEncryption",
    "RestoreObject": "s3:RestoreObject",
}

COPIES: Final = frozenset(("CopyObject", "UploadPartCopy"))
"""Operations that read one object and write another."""

_SERVICES: Final = {
    "s3": "s3",
    "amazons3": "s3",
    "amazonsimplestorageservice": "s3",
    "s3control": "s3",
    "kms": "kms",
    "awskms": "kms",
    "awskeymanagementservice": "kms",
    "amazonkms": "kms",
}


def service_named(name: str) -> str:
    """``s3`` or ``kms`` for what SDKs call them (``Amazon S3``, ``AWSKMS``), else ``name`` in small letters."""
    bare = "".join(character for character in name.lower() if character.isalnum())
    return _SERVICES.get(bare, name.strip().lower())


def service_of(operation: str) -> str | None:
    """The service of an operation by its name; ``None`` if it is neither of S3 nor of KMS."""
    if operation in _KMS:
        return "kms"
    known = operation in _S3 or (("Object" in operation or "Bucket" in operation) and operation[:1].isupper())
    return "s3" if known else None


def action_of(service: str, operation: str) -> str | None:
    """The IAM action behind an operation; ``None`` where it has another name that is not in our list."""
    if service == "kms":
        return f"kms:{operation}" if operation in _KMS and operation != "ReEncrypt" else None
    return _S3.get(operation, f"s3:{operation}")
