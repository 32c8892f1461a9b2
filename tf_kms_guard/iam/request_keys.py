"""Condition keys that requests of one kind have and others never have.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3" and "… for AWS Key
Management Service": the condition keys listed for an action are those that its requests may carry.
"""

from __future__ import annotations

from typing import Final

_ENCRYPTION_HEADERS: Final = (
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-server-side-encryption-customer-algorithm",
)
_OTHER_HEADERS_OF_A_WRITE: Final = (
    "s3:if-match",
    "s3:if-none-match",
    "s3:object-lock-legal-hold",
    "s3:object-lock-mode",
    "s3:object-lock-remaining-retention-days",
    "s3:object-lock-retain-until-date",
    "s3:objectcreationoperation",
    "s3:requestobjecttagkeys",
    "s3:x-amz-acl",
    "s3:x-amz-copy-source",
    "s3:x-amz-grant-full-control",
    "s3:x-amz-grant-read",
    "s3:x-amz-grant-read-acp",
    "s3:x-amz-grant-write",
    "s3:x-amz-grant-write-acp",
    "s3:x-amz-metadata-directive",
    "s3:x-amz-storage-class",
    "s3:x-amz-website-redirect-location",
)
_OF_A_LISTING: Final = ("s3:delimiter", "s3:max-keys", "s3:prefix")

_NEVER_IN: Final = {
    "s3:getobject": (*_ENCRYPTION_HEADERS, *_OTHER_HEADERS_OF_A_WRITE, *_OF_A_LISTING, "s3:versionid"),
    "s3:getobjectversion": (*_ENCRYPTION_HEADERS, *_OTHER_HEADERS_OF_A_WRITE, *_OF_A_LISTING),
    "s3:putobject": (*_OF_A_LISTING, "s3:versionid"),
}

KMS_KEYS_OF_OTHER_CALLS: Final[tuple[str, ...]] = (
    "kms:bypasspolicylockoutsafetycheck",
    "kms:grantconstrainttype",
    "kms:granteeprincipal",
    "kms:grantisforawsresource",
    "kms:grantoperations",
    "kms:retiringprincipal",
    "kms:reencryptonsamekey",
    "kms:schedulekeydeletionpendingwindowindays",
)
"""Keys that calls for cryptography under a symmetric key never have: grants, re-encryption, administration."""


def s3_keys_absent(action: str) -> tuple[str, ...]:
    """The keys, in lower case, that requests for ``action`` never have; none for an action not in the table."""
    return _NEVER_IN.get(action.lower(), ())
