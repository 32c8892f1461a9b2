"""RestrictPublicBuckets keeps other accounts out of a bucket whose policy is public, the accounts that it names too.

Source: S3 User Guide, "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

from pathlib import Path

from tests.certainty.roots import GET, OBJECTS, READER, Case, allow, document, hold, root, table

PUBLIC = document(GET, allow("s3:GetObject", OBJECTS, "*"))
BY_ORGANIZATION = document(
    GET, allow("s3:GetObject", OBJECTS, "*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})
)
BY_ARN = document(allow("s3:GetObject", OBJECTS, "*", Condition={"ArnLike": {"aws:PrincipalArn": READER}}))
CERTAIN = (f"BP003 {READER} high",)
CLOSED = (f"bucket-policy {READER}",)


def block(setting: str = "true", inner: str = "") -> str:
    return (
        'resource "aws_s3_bucket_public_access_block" "data" {\n'
        f"bucket = aws_s3_bucket.data.id\nrestrict_public_buckets = {setting}\n{inner}\n}}\n"
    )


def of_account(inner: str = "") -> str:
    return f'resource "aws_s3_account_public_access_block" "all" {{\nrestrict_public_buckets = true\n{inner}\n}}\n'


@table(
    [
        Case("a public policy under a block is not called open", root(bucket_policy=PUBLIC, more=block()), CERTAIN),
        Case(
            "nor under a block of the account",
            root(bucket_policy=PUBLIC, more=of_account()),
            CERTAIN,
            said=("aws_s3_account_public_access_block.all sets RestrictPublicBuckets",),
        ),
        Case("nor under one that may be set", root(bucket_policy=PUBLIC, more=block("var.flag")), (), CLOSED),
        Case("a block that is not set restricts nothing", root(bucket_policy=PUBLIC, more=block("false"))),
        Case("a block that is not there neither", root(bucket_policy=PUBLIC, more=block(inner="count = 0"))),
        Case("nor one of another account", root(bucket_policy=PUBLIC, more=of_account("provider = aws.partner"))),
        Case("a policy for a role is not public", root(more=block())),
        Case("a policy for an organization is not public", root(bucket_policy=BY_ORGANIZATION, more=block())),
        Case(
            "whether a policy for everyone of one ARN is public is not documented",
            root(bucket_policy=BY_ARN, more=block()),
            undetermined=CLOSED,
            said=("S3 does not say whether aws:PrincipalArn narrows it enough",),
        ),
    ]
)
def test_a_public_policy_under_a_block(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)
