"""Two root modules, one for each account, judged as one: the bucket and its key here, the role over there."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.certainty.roots import (
    BUCKET,
    CLOSED_KEY,
    OPEN_BUCKET,
    OPEN_KEY,
    OWNER_PROVIDER,
    READER,
    account,
    allow,
    document,
    provider,
)
from tests.cli.support import OWNER, PARTNER, Ran, check, write

KEY_PATTERN = f"arn:aws:kms:eu-west-1:{OWNER}:key/*"
OBJECTS = "arn:aws:s3:::acme-shared-data/*"
MAY_READ = allow("s3:GetObject", OBJECTS, None)
MAY_DECRYPT = allow("kms:Decrypt", KEY_PATTERN, None)
ENCRYPTION = """
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}
"""


def owner(key: str = OPEN_KEY, bucket: str = OPEN_BUCKET) -> str:
    return f"""
{OWNER_PROVIDER}
{BUCKET}
{ENCRYPTION}
resource "aws_kms_key" "data" {{ policy = {key} }}
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = {bucket}
}}
"""


def reader(*statements: str, who: str = account(PARTNER)) -> str:
    return f"""
{provider(who)}
resource "aws_iam_role" "reader" {{
  name               = "reader"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [] }})
}}
resource "aws_iam_role_policy" "reader" {{
  role   = aws_iam_role.reader.id
  policy = {document(*statements)}
}}
"""


RIGHT = (owner(), reader(MAY_READ, MAY_DECRYPT))
CLOSED = {
    "KP001": (owner(key=CLOSED_KEY), RIGHT[1], "owner", "aws_kms_key.data", READER),
    "BP001": (owner(bucket=document(allow("s3:ListBucket", "${aws_s3_bucket.data.arn}"))), RIGHT[1], "owner",
              "aws_s3_bucket.data", READER),
    "ID001": (RIGHT[0], reader(MAY_DECRYPT), "reader", "aws_iam_role.reader", READER),
    "ID002": (RIGHT[0], reader(MAY_READ), "reader", "aws_iam_role.reader", READER),
}  # fmt: skip


def run(directory: Path, roots: dict[str, str], *names: str) -> Ran:
    for name, text in roots.items():
        write(directory / name, {"main.tf": text})
    return check(*(directory / name for name in names))


def place(name: str) -> str:
    """The last part of a workspace's path."""
    return name.rsplit("/", 1)[-1]


def both(directory: Path, one: str, other: str, order: tuple[str, ...] = ("owner", "reader")) -> Ran:
    return run(directory, {"owner": one, "reader": other}, *order)


@pytest.mark.parametrize("order", list(itertools.permutations(("owner", "reader"))))
def test_two_roots_that_fit_are_silent(tmp_path: Path, order: tuple[str, ...]) -> None:
    ran = both(tmp_path, *RIGHT, order)
    assert ran.json["findings"] == []
    assert ran.json["undetermined"] == []
    assert (ran.json["summary"]["buckets"], ran.json["summary"]["outsiders"]) == (1, 1)


@pytest.mark.parametrize("order", list(itertools.permutations(("owner", "reader"))))
@pytest.mark.parametrize("rule", CLOSED)
def test_each_closed_gate_is_one_error_in_the_workspace_that_can_open_it(
    tmp_path: Path, rule: str, order: tuple[str, ...]
) -> None:
    one, other, workspace, resource, principal = CLOSED[rule]
    found = both(tmp_path, one, other, order).json["findings"]
    assert [(f["rule"], place(f["workspace"]), f["resource"], f["principal"]["value"]) for f in found] == [
        (rule, workspace, resource, principal)
    ]


def test_alone_the_far_gates_are_undetermined(tmp_path: Path) -> None:
    ran = run(tmp_path, {"owner": RIGHT[0]}, "owner")
    assert ran.json["findings"] == []
    assert {one["gate"] for one in ran.json["undetermined"]} == {"identity-s3", "identity-kms"}


def test_a_role_of_the_same_name_in_an_account_that_is_not_known_is_not_joined(tmp_path: Path) -> None:
    ran = both(tmp_path, RIGHT[0], reader(MAY_READ, who=""))
    assert ran.json["findings"] == []
    open_gates = {(one["principal"], one["gate"]) for one in ran.json["undetermined"]}
    assert {gate for principal, gate in open_gates if principal == READER} == {"identity-s3", "identity-kms"}


def test_minted_values_of_two_workspaces_never_meet(tmp_path: Path) -> None:
    """Both call their key aws_kms_key.data: a policy of one does not count for the other's."""
    text = owner(key=CLOSED_KEY)
    twin = owner(key=OPEN_KEY).replace("acme-shared-data", "acme-other-data")
    found = run(tmp_path, {"one": text, "two": twin}, "one", "two").json["findings"]
    assert [(f["rule"], place(f["workspace"])) for f in found] == [("KP001", "one")]


def test_a_bucket_policy_over_there_counts_where_it_surely_names_the_bucket(tmp_path: Path) -> None:
    without = owner().split('resource "aws_s3_bucket_policy"')[0]
    elsewhere = (
        OWNER_PROVIDER
        + f"""
variable "name" {{}}
resource "aws_s3_bucket_policy" "shared" {{
  bucket = "acme-shared-data"
  policy = {document(allow("s3:GetObject", OBJECTS))}
}}
resource "aws_s3_bucket_policy" "other" {{
  bucket = var.name
  policy = {document(allow("s3:GetObject", OBJECTS, f"arn:aws:iam::{PARTNER}:role/somebody"))}
}}
"""
    )
    roots = {"bucket": without, "policy": elsewhere, "reader": RIGHT[1]}
    ran = run(tmp_path, roots, "bucket", "policy", "reader")
    assert ran.json["findings"] == []
    assert ran.json["undetermined"] == []
    assert ran.json["summary"]["outsiders"] == 1


def test_what_two_workspaces_call_by_one_name_stays_each_workspaces_own(tmp_path: Path) -> None:
    """Environments that were copied: each has its bucket, role and policies, and neither opens the other's gates."""
    closed = owner(key=CLOSED_KEY) + reader(MAY_READ, MAY_DECRYPT).replace('provider "aws"', 'provider "other"')
    right = owner() + reader(MAY_READ, MAY_DECRYPT).replace('provider "aws"', 'provider "other"')
    ran = run(tmp_path, {"dev": closed, "prod": right}, "dev", "prod")
    assert [(f["rule"], place(f["workspace"])) for f in ran.json["findings"]] == [("KP001", "dev")]
    created = [error for error in ran.json["errors"] if "creates the bucket acme-shared-data" in error["message"]]
    assert [(error["kind"], error["file"].endswith("prod/main.tf")) for error in created] == [("evaluation", True)]


def test_of_two_roles_with_one_arn_elsewhere_it_is_not_known_which(tmp_path: Path) -> None:
    roots = {"owner": RIGHT[0], "one": reader(MAY_READ), "two": reader(MAY_DECRYPT)}
    ran = run(tmp_path, roots, "owner", "one", "two")
    assert ran.json["findings"] == []
    assert {one["gate"] for one in ran.json["undetermined"]} == {"identity-s3", "identity-kms"}
