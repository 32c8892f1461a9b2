"""What AWS's identifiers look like: shapes for texts that are not known yet."""

from __future__ import annotations

from typing import Final

from tf_kms_guard.values.unknown import Shape

_DIGITS: Final = frozenset("0123456789")
_LOWER: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_UPPER: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DASH: Final = frozenset("-")

ACCOUNT_ID: Final = Shape("account id", _DIGITS, 12, 12)
REGION: Final = Shape("Region", _LOWER | _DIGITS | _DASH, 9, 25)
PARTITION: Final = Shape("partition", _LOWER | _DASH, 3, 16)
KMS_KEY_ID: Final = Shape("KMS key id", _LOWER | _DIGITS | _DASH, 36, 36)
"""A UUID, or ``mrk-`` and 32 hexadecimal digits (KMS Developer Guide, "Key identifiers")."""
BUCKET_NAME: Final = Shape("bucket name", _LOWER | _DIGITS | frozenset("-."), 3, 63)
"""General purpose buckets (S3 User Guide, "Bucket naming rules")."""
NAME: Final = Shape("IAM name", _LOWER | _UPPER | _DIGITS | frozenset("+=,.@_-"), 1, 128)
"""Names of roles, users and policies (IAM User Guide, "IAM and AWS STS quotas")."""
PATH: Final = Shape("IAM path", frozenset(map(chr, range(0x21, 0x7F))), 1, 512)
UNIQUE_ID: Final = Shape("IAM unique id", _UPPER | _DIGITS, 16, 128)
"""``AROA…``, ``AIDA…`` (IAM User Guide, "IAM identifiers")."""


def is_account_id(shape: Shape) -> bool:
    """Whether every text of ``shape`` is twelve digits long and of digits only."""
    return shape.alphabet is not None and shape.alphabet <= _DIGITS and shape.minimum == shape.maximum == 12
