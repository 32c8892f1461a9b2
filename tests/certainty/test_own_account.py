"""A key of the account of the one who asks: nothing of it is another account's to open, and no denial passes in silence.

Source: KMS Developer Guide, "Key policies in AWS KMS": within an account a key policy that names a role is enough, one
that names the account leaves the choice to the role's own policies, and without either these have no effect.
"""

from __future__ import annotations

from pathlib import Path

from tests.certainty.roots import (
    ACCOUNT,
    DECRYPT,
    OBJECTS,
    OPEN_BUCKET,
    OWN_GET,
    PARTNER,
    READER,
    Case,
    allow,
    deny,
    document,
    encryption,
    hold,
    role,
    root,
    table,
)

DELEGATING = allow("kms:*", principal=ACCOUNT)
SOMEBODY_ELSE = allow("kms:*", principal=f"arn:aws:iam::{PARTNER}:user/ann")
ANY_KEY = allow("kms:Decrypt", "*", None)
CLOSED = (f"key-policy {READER}",)


def with_a_key_of_the_partner(*statements: str, consumer: str = "", bucket_policy: str = OPEN_BUCKET) -> str:
    """The owner's bucket, encrypted with a key of the account of the role that reads it."""
    key = f'resource "aws_kms_key" "theirs" {{\nprovider = aws.partner\npolicy = {document(*statements)}\n}}\n'
    encrypted = encryption('sse_algorithm = "aws:kms"\nkms_master_key_id = aws_kms_key.theirs.arn')
    return root(encrypted=encrypted, consumer=consumer, bucket_policy=bucket_policy, more=key)


@table(
    [
        Case(
            "a key policy that names the role is enough",
            with_a_key_of_the_partner(DELEGATING, DECRYPT, consumer=role(OWN_GET)),
        ),
        Case(
            "one that names the account leaves it to the role's policies",
            with_a_key_of_the_partner(DELEGATING, consumer=role(OWN_GET, ANY_KEY)),
        ),
        Case(
            "which are silent here",
            with_a_key_of_the_partner(DELEGATING, consumer=role(OWN_GET)),
            undetermined=CLOSED,
            said=("and there its key policy and identity policies do not allow kms:Decrypt",),
        ),
        Case(
            "a key policy that names neither makes them void",
            with_a_key_of_the_partner(SOMEBODY_ELSE, consumer=role(OWN_GET, ANY_KEY)),
            findings=(f"KP006 {READER} high",),
            undetermined=CLOSED,
        ),
        Case(
            "a Deny of the role's own policies counts",
            with_a_key_of_the_partner(DELEGATING, DECRYPT, consumer=role(OWN_GET, deny("kms:*", "*", None))),
            undetermined=CLOSED,
        ),
        Case(
            "an account can let some identity of its own use its key",
            with_a_key_of_the_partner(DELEGATING, bucket_policy=document(allow("s3:GetObject", OBJECTS, ACCOUNT))),
        ),
        Case(
            "a role that is not declared may have the permission",
            with_a_key_of_the_partner(DELEGATING),
            undetermined=(*CLOSED, f"identity-s3 {READER}"),
        ),
    ]
)
def test_the_key_is_of_the_account_of_the_one_who_asks(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)
