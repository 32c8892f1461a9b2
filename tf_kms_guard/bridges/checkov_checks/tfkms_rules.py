"""The rules, written by `make docs`: id, gravest severity, gate, what it finds, page."""

from __future__ import annotations

PAGE = "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/ci/checkov.md"

RULES: list[tuple[str, str, str | None, str, str]] = [
    (
        "BP001",
        "error",
        "bucket-policy",
        "The bucket policy does not allow the external principal",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/BP001.md",
    ),
    (
        "CH001",
        "warning",
        None,
        "A plan deletes or replaces the key of a bucket that another account uses",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/CH001.md",
    ),
    (
        "CH002",
        "warning",
        None,
        "A plan deletes or replaces a role or user that a policy of the bucket or its key names",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/CH002.md",
    ),
    (
        "CH003",
        "warning",
        None,
        "A plan deletes or replaces the resource of a policy that lets another account in",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/CH003.md",
    ),
    (
        "ID001",
        "error",
        "identity-s3",
        "The external role or user has no S3 permission on the bucket",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/ID001.md",
    ),
    (
        "ID002",
        "error",
        "identity-kms",
        "The external role or user has no KMS permission on the key",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/ID002.md",
    ),
    (
        "ID003",
        "error",
        "identity-kms",
        "The external role's or user's KMS statement covers another key",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/ID003.md",
    ),
    (
        "KC001",
        "error",
        "key-choice",
        "An AWS managed key encrypts a bucket that another account is meant to use",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/KC001.md",
    ),
    (
        "KC003",
        "error",
        "key-choice",
        "The key is in another Region than the bucket",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/KC003.md",
    ),
    (
        "KP001",
        "error",
        "key-policy",
        "The key policy does not allow the external principal",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/KP001.md",
    ),
    (
        "KP002",
        "error",
        "key-policy",
        "The key of a shared bucket has the default key policy",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/KP002.md",
    ),
    (
        "KP003",
        "error",
        "key-policy",
        "The key policy names the external principal but does not allow the action that S3 needs",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/KP003.md",
    ),
    (
        "KP007",
        "error",
        "key-policy",
        "The key policy names a principal that differs from the external one in account or path only",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/KP007.md",
    ),
    (
        "KR001",
        "error",
        "key-reference",
        "The bucket's encryption names its key by an alias",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/KR001.md",
    ),
    (
        "KR002",
        "error",
        "key-reference",
        "The bucket's encryption names its key by a bare key id",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/KR002.md",
    ),
    (
        "UN003",
        "note",
        None,
        "A plan changes the default encryption of a bucket whose objects keep the key that they have",
        "https://github.com/tf-kms-guard/tf-kms-guard/blob/main/docs/rules/UN003.md",
    ),
]
