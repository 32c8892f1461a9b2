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


NEEDS: Final = {
    Intent.READ: Need("s3:GetObject", ("kms:Decrypt",)),
    Intent.WRITE: Need("s3:PutObject", ("kms:GenerateDataKey",), ("kms:Decrypt",)),
    Intent.REPLICATE: Need("s3:ReplicateObject", ("kms:Encrypt",), ("kms:Decrypt", "kms:GenerateDataKey")),
    Intent.DELIVER: Need("s3:PutObject", ("kms:GenerateDataKey",), ("kms:Decrypt",)),
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
