"""Other ways in than the two policies: grants, access control lists and access points."""

from __future__ import annotations

from pathlib import Path

from tests.certainty.roots import (
    ACCOUNT,
    ADMINISTRATOR,
    CLOSED_KEY,
    OBJECTS,
    OPEN_BUCKET,
    OUTSIDE,
    OWN_DECRYPT,
    OWN_GET,
    PARTNER,
    READER,
    Case,
    allow,
    deny,
    document,
    hold,
    role,
    root,
    table,
)

SESSION = f"arn:aws:sts::{PARTNER}:assumed-role/reader/work"


def grant(
    grantee: str = READER,
    key: str = "aws_kms_key.data.key_id",
    operations: str = '"Decrypt"',
    constraint: str | None = None,
) -> str:
    constraints = "" if constraint is None else f"constraints {{\n{constraint}\n}}\n"
    return (
        'resource "aws_kms_grant" "data" {\n'
        f'key_id = {key}\ngrantee_principal = "{grantee}"\noperations = [{operations}]\n{constraints}}}\n'
    )


def subset(value: str) -> str:
    return f'encryption_context_subset = {{ "aws:s3:arn" = {value} }}'


VPC_ENDPOINT = {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}
KEY_POLICY, BUCKET_POLICY = f"key-policy {READER}", f"bucket-policy {READER}"
BY_POINT = "arn:aws:s3:eu-west-1:111122223333:accesspoint/partner/object/*"
AT_POINT, AT_POINT_OWN = allow("s3:GetObject", BY_POINT), allow("s3:GetObject", BY_POINT, None)
TO_POINTS = allow("*", OBJECTS, "*", Condition={"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}})
WRITER = role(allow("s3:PutObject", OBJECTS, None), allow("kms:GenerateDataKey", "${aws_kms_key.data.arn}", None))
WRITABLE = document(ADMINISTRATOR, allow("kms:GenerateDataKey"))

GRANTS = [
    Case("a grant to the role opens the key", root(key=CLOSED_KEY, more=grant())),
    Case(
        "a grant of another operation opens nothing",
        root(key=CLOSED_KEY, more=grant(operations='"Encrypt"')),
        findings=(f"GR001 {READER} high",),
    ),
    Case(
        "a grant to somebody else opens nothing",
        root(key=CLOSED_KEY, more=grant(OUTSIDE)),
        findings=(f"KP001 {READER} high",),
    ),
    Case(
        "a grant to the account may be for its role",
        root(key=CLOSED_KEY, more=grant(ACCOUNT)),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a grant to the role is one to its session",
        root(
            key=CLOSED_KEY,
            bucket_policy=document(allow("s3:GetObject", OBJECTS, SESSION)),
            consumer="",
            more=grant(),
        ),
        undetermined=(f"identity-s3 {SESSION}", f"identity-kms {SESSION}"),
    ),
    Case(
        "a grant does not outweigh a Deny that may apply",
        root(key=document(ADMINISTRATOR, deny("kms:Decrypt", **VPC_ENDPOINT)), more=grant()),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a grant for an unknown key may be for this one",
        root(key=CLOSED_KEY, more=grant(key="var.text")),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "without a bucket key no request has the bucket as its context",
        root(key=CLOSED_KEY, more=grant(constraint=subset("aws_s3_bucket.data.arn"))),
        findings=(f"GR001 {READER} high",),
    ),
    Case(
        "a grant for one object may be for the one that is meant",
        root(key=CLOSED_KEY, more=grant(constraint=subset('"${aws_s3_bucket.data.arn}/reports/today"'))),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a grant for a context that is not known may cover it",
        root(key=CLOSED_KEY, more=grant(constraint=subset("var.text"))),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "a grant whose constraint is not known may cover it",
        root(key=CLOSED_KEY, more=grant(constraint="encryption_context_equals = var.text")),
        undetermined=(KEY_POLICY,),
    ),
    Case(
        "with a grant to the role its own policies may not have to allow the key",
        root(key=CLOSED_KEY, consumer=role(OWN_GET), more=grant()),
        findings=(f"GR002 {READER} high",),
        undetermined=(f"identity-kms {READER}",),
    ),
]

CLOSED_BUCKET = document(allow("s3:ListBucket", "${aws_s3_bucket.data.arn}", OUTSIDE))
POINT = """
resource "aws_s3_access_point" "data" {
  name   = "point"
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({ Statement = [] })
}
"""


def point(policy: str, more: str = "") -> str:
    """An access point with a policy, as an HCL expression."""
    return (
        f'resource "aws_s3_access_point" "data" {{\n{more}\nname = "partner"\n'
        f"bucket = aws_s3_bucket.data.id\npolicy = {policy}\n}}\n"
    )


ACL = """
resource "aws_s3_bucket_ownership_controls" "data" {
  bucket = aws_s3_bucket.data.id
  rule { object_ownership = "BucketOwnerPreferred" }
}
resource "aws_s3_bucket_acl" "data" {
  bucket = aws_s3_bucket.data.id
  access_control_policy {
    owner { id = "aaa" }
    grant {
      permission = "WRITE"
      grantee {
        id   = "bbb"
        type = "CanonicalUser"
      }
    }
  }
}
"""

OTHERS = [
    Case(
        "an access control list may let in beside the bucket policy",
        root(key=WRITABLE, bucket_policy=None, consumer=WRITER, more=ACL),
        findings=(f"WR002 {READER} high", f"WR002 {READER} medium"),
        undetermined=(BUCKET_POLICY,),
    ),
    Case(
        "an access point without a policy lets in nobody of another account",
        root(bucket_policy=CLOSED_BUCKET, more=POINT),
        findings=(f"BP001 {READER} high",),
    ),
    Case(
        "an access point whose policy is not known may let in what the bucket leaves to it",
        root(bucket_policy=document(TO_POINTS), more=point("var.text")),
        undetermined=(BUCKET_POLICY,),
    ),
    Case(
        "what an access point lets in the bucket has to let in as well",
        root(bucket_policy=CLOSED_BUCKET, more=point(document(AT_POINT))),
        findings=(f"BP006 {READER} high",),
    ),
    Case(
        "a bucket that leaves it to access points is open by way of one that lets in",
        root(
            bucket_policy=document(TO_POINTS), more=point(document(AT_POINT)), consumer=role(AT_POINT_OWN, OWN_DECRYPT)
        ),
    ),
    Case(
        "of a role whose own policy names the bucket it is not documented",
        root(bucket_policy=document(TO_POINTS), more=point(document(AT_POINT))),
        undetermined=(f"identity-s3 {READER}",),
    ),
    Case(
        "a Deny of the access point leaves what the bucket leaves to other access points",
        root(bucket_policy=document(TO_POINTS), more=point(document(AT_POINT, deny("s3:*", BY_POINT, READER)))),
        undetermined=(BUCKET_POLICY,),
    ),
    Case(
        "what an access point lets in that may be there is not known to be let in",
        root(bucket_policy=document(TO_POINTS), more=point(document(AT_POINT), "count = var.flag ? 1 : 0")),
        undetermined=(BUCKET_POLICY, f"identity-s3 {READER}"),
    ),
    Case(
        "an access point takes nothing away from the bucket policy",
        root(bucket_policy=OPEN_BUCKET, more=POINT),
    ),
    Case(
        "without one the bucket policy decides",
        root(bucket_policy=CLOSED_BUCKET),
        findings=(f"BP001 {READER} high",),
    ),
]


@table(GRANTS)
def test_a_grant_counts_for_whom_it_names(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)


@table(OTHERS)
def test_the_bucket_policy_is_not_the_only_way_into_a_bucket(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)
