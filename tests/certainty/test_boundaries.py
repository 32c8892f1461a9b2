"""A permissions boundary takes away, and meets a Deny with NotPrincipal.

Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal": with Deny it always denies whoever has a permissions
boundary, whatever the element lists.
"""

from __future__ import annotations

from pathlib import Path

from tests.certainty.roots import (
    ACCOUNT,
    ADMINISTRATOR,
    OBJECTS,
    OWN_DECRYPT,
    OWN_GET,
    OWNER,
    PARTNER,
    Case,
    allow,
    document,
    hold,
    root,
    table,
)

ANN = f"arn:aws:iam::{PARTNER}:user/ann"
EVERYBODY_ELSE = (
    '{ Sid = "OnlyAnn", Effect = "Deny", Action = "kms:*", Resource = "*", '
    f'NotPrincipal = {{ AWS = ["{ANN}", "{ACCOUNT}", "arn:aws:iam::{OWNER}:root"] }} }}'
)


def user(boundary: str = "") -> str:
    return f"""
resource "aws_iam_user" "ann" {{
  provider = aws.partner
  name     = "ann"
  {boundary}
}}
resource "aws_iam_user_policy" "ann" {{
  provider = aws.partner
  user     = aws_iam_user.ann.name
  policy   = {document(OWN_GET, OWN_DECRYPT)}
}}
resource "aws_iam_policy" "limit" {{
  provider = aws.partner
  name     = "limit"
  policy   = {document(allow("*", "*", None))}
}}
"""


def barring(boundary: str = "") -> str:
    return root(
        key=document(ADMINISTRATOR, allow("kms:Decrypt", principal=ANN), EVERYBODY_ELSE),
        bucket_policy=document(allow("s3:GetObject", OBJECTS, ANN)),
        consumer=user(boundary),
    )


@table(
    [
        Case("a deny for everyone but a user and its account spares it", barring()),
        Case(
            "it does not spare a user with a boundary",
            barring("permissions_boundary = aws_iam_policy.limit.arn"),
            findings=(f"KP005 {ANN} high",),
            said=('statement \\"OnlyAnn\\" of the key policy denies it',),
        ),
        Case(
            "a boundary of which it is not known whether there is one leaves both open",
            barring("permissions_boundary = var.text"),
            undetermined=(f"identity-kms {ANN}", f"identity-s3 {ANN}", f"key-policy {ANN}"),
        ),
    ]
)
def test_a_deny_with_not_principal(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)
