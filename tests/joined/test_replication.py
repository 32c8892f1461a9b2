"""A hub that is replicated into the archive of another account: two root modules, one replication."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.accesses import access
from tests.joined.test_organization import ROOTS, SAMPLE, checked
from tests.joined.test_two_accounts import place

KEY = "arn:aws:kms:eu-central-1:777788889999:alias/archive"
REPLICATION = """
resource "aws_s3_bucket_replication_configuration" "hub" {
  bucket = aws_s3_bucket.hub.id
  role   = aws_iam_role.replication.arn

  rule {
    status = "Enabled"

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket = "arn:aws:s3:::acme-data-archive"

      encryption_configuration {
        replica_kms_key_id = "%s"
      }
    }
  }
}
"""
ALIAS = """
resource "aws_kms_alias" "archive" {
  name          = "alias/archive"
  target_key_id = aws_kms_key.archive.key_id
}
"""


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    copy = tmp_path / "organization"
    shutil.copytree(SAMPLE, copy)
    with (copy / "hub/replication.tf").open("a", encoding="utf-8") as file:
        file.write(REPLICATION % KEY)
    with (copy / "archive/main.tf").open("a", encoding="utf-8") as file:
        file.write(ALIAS)
    return copy


def change(roots: Path, file: str, old: str, new: str) -> None:
    text = (roots / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (roots / file).write_text(text.replace(old, new), encoding="utf-8")


def test_a_replication_that_works_is_silent(roots: Path) -> None:
    report = checked(roots).json
    assert (report["findings"], report["undetermined"], report["errors"]) == ([], [], [])


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("archive/main.tf", 'actions   = ["kms:Encrypt", ', "actions   = [", ("RE003", "archive", "key-policy")),
        ("archive/main.tf", 'actions   = ["s3:ReplicateObject", ', "actions   = [",
         ("RE003", "archive", "bucket-policy")),
        ("hub/replication.tf", 'actions   = ["kms:Encrypt", ', "actions   = [", ("RE002", "hub", "identity-kms")),
        ("hub/replication.tf", '"s3:GetObjectVersionForReplication"', '"s3:GetObjectVersion"',
         ("RE002", "hub", "identity-s3")),
        ("hub/replication.tf", '        status = "Enabled"', '        status = "Disabled"',
         ("RE001", "hub", "key-choice")),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_one_finding_where_it_can_be_mended(
    roots: Path, file: str, old: str, new: str, found: tuple[str, str, str]
) -> None:
    change(roots, file, old, new)
    report = checked(roots).json
    assert [(f["rule"], place(f["workspace"]), f["gate"]) for f in report["findings"]] == [found]
    assert report["undetermined"] == []


def test_a_destination_in_no_target_is_undetermined_and_named(roots: Path) -> None:
    report = checked(roots, ("hub", "readers")).json
    assert report["findings"] == []
    assert {one["bucket"].removeprefix("s3://") for one in report["undetermined"]} == {"acme-data-archive"}


def test_access_judges_replicas_by_the_key_that_they_get(roots: Path) -> None:
    """The bucket's own key lets the role in and another one, which the rule names, does not."""
    other = '\nresource "aws_kms_key" "other" {}\n'
    with (roots / "archive/main.tf").open("a", encoding="utf-8") as file:
        file.write(other)
    change(
        roots, "archive/main.tf", "target_key_id = aws_kms_key.archive.key_id", "target_key_id = aws_kms_key.other.id"
    )
    rows = access(*(roots / name for name in ROOTS), "--intent", "replicate")
    assert [(row["intent"], row["verdict"]) for row in rows] == [("replicate", "denied")]
    assert Counter(f["rule"] for f in checked(roots).json["findings"]) == {"RE003": 1}
