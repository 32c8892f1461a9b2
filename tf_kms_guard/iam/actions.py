"""Which S3 action an intent needs, and which KMS actions S3 then needs on the object's key.

Sources: S3 User Guide, "Using server-side encryption with AWS KMS keys" (GetObject: ``kms:Decrypt``,
PutObject: ``kms:GenerateDataKey``), "Multipart upload and permissions", "Replicating encrypted objects"; KMS
Developer Guide, "Allowing users in other accounts to use a KMS key".
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from tf_kms_guard.iam.glob import text_matches
from tf_kms_guard.values.compare import PLAIN
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


class Intent(enum.Enum):
    """What the code says that an outsider should do."""

    READ = "read"
    WRITE = "write"
    REPLICATE = "replicate"
    DELIVER = "deliver"


class Need(Struct, frozen=True):
    """The actions of an intent.

    ``s3_action`` and ``kms_actions`` are needed always; ``sometimes``: KMS actions needed for a part of such
    requests (multipart uploads, S3 Bucket Keys, objects that were not encrypted with KMS before).
    """

    s3_action: str
    kms_actions: tuple[str, ...]
    sometimes: tuple[str, ...] = ()


class Operation(Struct, frozen=True):
    """What one S3 operation needs: actions on the object read and its key, and on the object written and its key.

    ``sometimes``: KMS actions on the key of the object written that a part of such requests needs.
    """

    reads: tuple[str, ...] = ()
    decrypts: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    encrypts: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()


_GENERATE: Final = ("kms:GenerateDataKey",)
_DECRYPT: Final = ("kms:Decrypt",)

OPERATIONS: Final = {
    "GetObject": Operation(("s3:GetObject",), _DECRYPT),
    "GetObject with a version": Operation(("s3:GetObjectVersion",), _DECRYPT),
    "HeadObject": Operation(("s3:GetObject",)),
    "PutObject": Operation(writes=("s3:PutObject",), encrypts=_GENERATE, sometimes=_DECRYPT),
    "multipart upload": Operation(writes=("s3:PutObject",), encrypts=(*_GENERATE, *_DECRYPT)),
    "CopyObject": Operation(("s3:GetObject",), _DECRYPT, ("s3:PutObject",), _GENERATE, _DECRYPT),
    "multipart copy": Operation(("s3:GetObject",), _DECRYPT, ("s3:PutObject",), (*_GENERATE, *_DECRYPT)),
    "replication": Operation(
        ("s3:GetObjectVersionForReplication",),
        _DECRYPT,
        ("s3:ReplicateObject",),
        ("kms:Encrypt",),
        (*_DECRYPT, *_GENERATE),
    ),
    "delivery by a service": Operation(writes=("s3:PutObject",), encrypts=_GENERATE, sometimes=_DECRYPT),
}
"""By the API operation, or what people call several of them together.

HeadObject needs the key only with checksum mode on (S3 API Reference, HeadObject). Those of CopyObject follow from
GetObject and PutObject; a write to a bucket with an S3 Bucket Key may need ``kms:Decrypt`` (S3 User Guide, "Reducing
the cost of SSE-KMS with Amazon S3 Bucket Keys").
"""


def _need(operation: Operation) -> Need:
    """What it takes on the side of the object that another account shares."""
    if operation.writes:
        return Need(operation.writes[0], operation.encrypts, operation.sometimes)
    return Need(operation.reads[0], operation.decrypts)


NEEDS: Final = {
    Intent.READ: _need(OPERATIONS["GetObject"]),
    Intent.WRITE: _need(OPERATIONS["PutObject"]),
    Intent.REPLICATE: _need(OPERATIONS["replication"]),
    Intent.DELIVER: _need(OPERATIONS["delivery by a service"]),
}
"""DELIVER is WRITE by an AWS service that acts as itself."""


CROSS_ACCOUNT_KMS_ACTIONS: Final = frozenset(
    f"kms:{name}"
    for name in (
        "CreateGrant",
        "Decrypt",
        "DeriveSharedSecret",
        "DescribeKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetKeyRotationStatus",
        "GetPublicKey",
        "ListGrants",
        "ReEncryptFrom",
        "ReEncryptTo",
        "RetireGrant",
        "RevokeGrant",
        "Sign",
        "Verify",
        "VerifyMac",
    )
)
"""KMS actions that have an effect when allowed to another account; every other one is inert there."""

_READS: Final = ("s3:GetObject", "s3:GetObjectVersion")


def intents_of(actions: Iterable[TextLike] | Unknown | None) -> set[Intent]:
    """The intents that patterns of S3 actions certainly state.

    ``s3:GetObject*`` is read, ``s3:PutObject`` write, ``s3:*`` both; replicate is stated only by an action
    that starts with ``s3:Replicate``. DELIVER is WRITE of a service principal: the caller knows who is named.
    """
    intents: set[Intent] = set()
    if actions is None or isinstance(actions, Unknown):
        return intents
    for pattern in actions:
        if any(_covers(pattern, action) for action in _READS):
            intents.add(Intent.READ)
        if _covers(pattern, "s3:PutObject"):
            intents.add(Intent.WRITE)
        text = known(pattern)
        if text is not None and text.lower().startswith("s3:replicate") and _covers(text, "s3:ReplicateObject"):
            intents.add(Intent.REPLICATE)
    return intents


def s3_action_of(intent: Intent, actions: Iterable[TextLike] = ()) -> str:
    """The S3 action to ask about, given the patterns that state the intent.

    It is that of :data:`NEEDS`, except that somebody who may only read versions needs
    ``s3:GetObjectVersion``.
    """
    needed = NEEDS[intent].s3_action
    if intent is Intent.READ:
        patterns = tuple(actions)
        if patterns and not any(_covers(pattern, needed) for pattern in patterns):
            return next((a for a in _READS if any(_covers(pattern, a) for pattern in patterns)), needed)
    return needed


def _covers(pattern: TextLike, action: str) -> bool:
    return text_matches(pattern, action, PLAIN, fold_case=True) is Truth.YES
