"""Keys of several Regions with one id: each has a policy of its own, and an id means the key of the Region it is used in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.certainty.roots import ACCOUNT, OBJECTS, OWNER, allow, document
from tests.cli.support import check, guard, write

OWN = allow("kms:*", principal=f"arn:aws:iam::{OWNER}:root")
OPEN, CLOSED = document(OWN, allow("kms:Decrypt", principal=ACCOUNT)), document(OWN)


def root(key: str, *more: str, primary: str = CLOSED, replica: str = "") -> str:
    """A bucket in eu-central-1, where the replica is; the primary is in eu-west-1."""
    policy = f"policy = {replica}\n" if replica else ""
    return "\n".join(
        (
            f'provider "aws" {{\n  region = "eu-central-1"\n  allowed_account_ids = ["{OWNER}"]\n}}',
            f'provider "aws" {{\n  alias = "west"\n  region = "eu-west-1"\n  allowed_account_ids = ["{OWNER}"]\n}}',
            f'resource "aws_kms_key" "primary" {{\n  provider = aws.west\n  multi_region = true\n  policy = {primary}\n}}',
            f'resource "aws_kms_replica_key" "here" {{\n  primary_key_arn = aws_kms_key.primary.arn\n  {policy}}}',
            'resource "aws_s3_bucket" "data" {\n  bucket = "acme-shared-data"\n}',
            'resource "aws_s3_bucket_server_side_encryption_configuration" "data" {\n  bucket = aws_s3_bucket.data.id\n'
            '  rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm = "aws:kms"\n'
            f"      kms_master_key_id = {key}\n    }}\n  }}\n}}",
            'resource "aws_s3_bucket_policy" "data" {\n  bucket = aws_s3_bucket.data.id\n'
            f"  policy = {document(allow('s3:GetObject', OBJECTS, ACCOUNT))}\n}}",
            *more,
        )
    )


def key_policy(provider: str) -> str:
    """A policy for the id that both keys have, set in one Region."""
    return f'resource "aws_kms_key_policy" "one" {{\n  {provider}key_id = aws_kms_key.primary.key_id\n  policy = {OPEN}\n}}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (root("aws_kms_replica_key.here.arn", replica=OPEN), []),
        (root("aws_kms_replica_key.here.arn", primary=OPEN, replica=CLOSED), ["aws_kms_replica_key.here"]),
        (root("aws_kms_replica_key.here.arn", key_policy("")), []),
        (root("aws_kms_replica_key.here.arn", key_policy("provider = aws.west\n  ")), ["aws_kms_replica_key.here"]),
        (root("aws_kms_replica_key.here.key_id", replica=CLOSED), ["aws_kms_replica_key.here", "aws_s3_bucket.data"]),
        (root("aws_kms_key.primary.key_id", replica=OPEN), ["aws_s3_bucket.data"]),
        (root("aws_kms_key.primary.arn", replica=OPEN), ["aws_s3_bucket.data"]),
    ],
)
def test_each_key_has_its_own_policy(text: str, expected: list[str], tmp_path: Path) -> None:
    if "aws_kms_key_policy" in text:
        text = text.replace(f"multi_region = true\n  policy = {CLOSED}", "multi_region = true")
    ran = check(write(tmp_path, {"main.tf": text}))
    assert sorted(one["resource"] for one in ran.json["findings"]) == expected


def test_an_alias_and_a_grant_mean_the_key_of_their_region(tmp_path: Path) -> None:
    grant = 'key_id = aws_kms_key.primary.key_id\n  grantee_principal = "arn:aws:iam::444455556666:role/reader"\n'
    more = (
        'resource "aws_kms_alias" "here" {\n  name = "alias/a"\n  target_key_id = aws_kms_key.primary.key_id\n}',
        f'resource "aws_kms_grant" "west" {{\n  provider = aws.west\n  {grant}  operations = ["Decrypt"]\n}}',
    )
    write(tmp_path, {"main.tf": root("aws_kms_replica_key.here.arn", *more, replica=CLOSED)})
    (workspace,) = guard("inventory", tmp_path, "--format", "json").json["workspaces"]
    keys = {key["address"]: (key["aliases"], key["grants"]) for key in workspace["keys"]}
    assert keys == {
        "aws_kms_key.primary": ([], ["aws_kms_grant.west"]),
        "aws_kms_replica_key.here": (["aws_kms_alias.here"], []),
    }
