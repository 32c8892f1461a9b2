"""Which bucket a resource is for, where the names of buckets are not known and may be the same text."""

from __future__ import annotations

from pathlib import Path

from tests.certainty.roots import CLOSED_KEY, READER, Case, allow, document, hold, root, table
from tests.cli.support import check, write

NAMED = 'resource "aws_s3_bucket" "data" { bucket = "acme-${var.text}" }'
OTHER_POLICY = document(allow("s3:PutObject", "${aws_s3_bucket.data.arn}/*", "arn:aws:iam::777788889999:role/other"))


def other(named: str, count: str = "") -> str:
    """Another bucket, and a bucket policy and an encryption for what ``named`` says."""
    return f"""
resource "aws_s3_bucket" "other" {{
  {count}
  bucket = "${{var.text}}-acme"
}}
resource "aws_s3_bucket_policy" "other" {{
  bucket = {named}
  policy = {OTHER_POLICY}
}}
resource "aws_s3_bucket_server_side_encryption_configuration" "other" {{
  bucket = {named}
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm = "AES256"
    }}
  }}
}}
"""


ANOTHERS = [
    Case(
        "what is for another bucket of this configuration is not for this one",
        root(bucket=NAMED, key=CLOSED_KEY, more=other("aws_s3_bucket.other.id")),
        findings=(f"KP001 {READER} high",),
    ),
    Case(
        "nor where the other bucket is named by the same text",
        root(bucket=NAMED, key=CLOSED_KEY, more=other('"${var.text}-acme"')),
        findings=(f"KP001 {READER} high",),
    ),
]
PERHAPS = [
    Case(
        "what is for a name that is not known may be for this bucket",
        root(bucket=NAMED, key=CLOSED_KEY, more=other('"${var.list[0]}-acme"')),
    ),
    Case(
        "the name of another bucket that may not be there may be this bucket's",
        root(bucket=NAMED, key=CLOSED_KEY, more=other('"${var.text}-acme"', "count = var.flag ? 1 : 0")),
    ),
]


@table(ANOTHERS)
def test_two_buckets_of_one_configuration_have_two_names(case: Case, tmp_path: Path) -> None:
    hold(case, tmp_path)


@table(PERHAPS)
def test_a_name_that_may_be_the_buckets_leaves_it_undetermined(case: Case, tmp_path: Path) -> None:
    report = check(write(tmp_path, {"main.tf": case.root})).json
    assert report["findings"] == []
    assert {one["gate"] for one in report["undetermined"]} >= {"bucket-policy", "key-policy"}
