"""A plan JSON alone does not tell what is around a reference: no finding that follows one is of high confidence."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import guard
from tests.plans.roots import BUCKET, CLOSED, PROVIDER, made, planned
from tests.terraform_stub.command import StubbedTerraform

pytestmark = pytest.mark.oracle

DOCUMENT = """\
data "aws_iam_policy_document" "key" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
  }
  statement {
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::444455556666:role/TEMPLATE"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/bucket"
      values   = [aws_s3_bucket.data.arn]
    }
  }
}
"""
POLICY = """\
resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = data.aws_iam_policy_document.bucket.json
}
data "aws_iam_policy_document" "bucket" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::acme-shared-data/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::444455556666:role/reader"]
    }
  }
}
"""
ENCRYPTED = BUCKET.split('resource "aws_s3_bucket_policy"', maxsplit=1)[0]


class Scratch:
    """Checks plans of a root module, beside its source and where there is none."""

    def __init__(self, terraform: StubbedTerraform, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._terraform = terraform
        self._directory = directory
        self._monkeypatch = monkeypatch

    def check(self, text: str, *, applied: bool = False) -> Any:
        """The report on the JSON of a plan, alone."""
        root = made(self._directory / "root", {"main.tf": text})
        if applied:
            self._terraform.apply(root)
        plan = planned(self._terraform, root)
        elsewhere = self._directory / "elsewhere"
        elsewhere.mkdir()
        shutil.copy(plan, elsewhere)
        self._monkeypatch.chdir(elsewhere)
        return guard("check", "plan.json", "--format", "json").json

    def check_beside_source(self, target: str) -> Any:
        """The report on the plan, beside its source or with it inside."""
        self._monkeypatch.chdir(self._directory / "root")
        return guard("check", target, "--format", "json").json


@pytest.fixture
def scratch(stubbed_terraform: StubbedTerraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    return Scratch(stubbed_terraform, tmp_path, monkeypatch)


def test_a_function_around_a_document_makes_no_error_of_high_confidence(scratch: Scratch) -> None:
    key = """\
resource "aws_kms_key" "data" {
  policy = replace(data.aws_iam_policy_document.key.json, "TEMPLATE", "reader")
}
"""
    report = scratch.check(PROVIDER + key + DOCUMENT + ENCRYPTED + POLICY)
    (finding,) = report["findings"]
    assert (finding["severity"], finding["confidence"]) == ("error", "medium")
    (presumed,) = (line for line in finding["why"] if line.startswith("presumed: "))
    assert "policy of aws_kms_key.data is data.aws_iam_policy_document.key.json" in presumed
    assert presumed.endswith("; the plan alone does not tell: settle it with --source DIR or the plan file itself")
    for target in ("plan.json", "tfplan"):
        assert scratch.check_beside_source(target)["findings"] == []


def test_the_source_settles_it(scratch: Scratch) -> None:
    (finding,) = scratch.check(PROVIDER + CLOSED + ENCRYPTED + POLICY)["findings"]
    assert finding["confidence"] == "medium"
    for target in ("plan.json", "tfplan"):
        (finding,) = scratch.check_beside_source(target)["findings"]
        assert finding["confidence"] == "high"


def test_what_is_recorded_throughout_presumes_nothing(scratch: Scratch) -> None:
    (finding,) = scratch.check(PROVIDER + CLOSED + BUCKET, applied=True)["findings"]
    assert finding["confidence"] == "high"


@pytest.mark.parametrize(
    ("default", "region"),
    [
        ("", 'var.region == "" ? "eu-west-1" : var.region'),
        ("west-1", '"eu-${var.region}"'),
        ("us-east-1", 'replace(var.region, "us-east", "eu-west")'),
    ],
)
def test_the_region_of_a_provider_may_be_made_of_a_variable(scratch: Scratch, default: str, region: str) -> None:
    provider = f"""\
variable "region" {{ default = "{default}" }}
provider "aws" {{
  region              = {region}
  allowed_account_ids = ["111122223333"]
}}
"""
    encrypted = ENCRYPTED.replace("aws_kms_key.data.arn", '"arn:aws:kms:eu-west-1:111122223333:key/1"')
    report = scratch.check(provider + encrypted + POLICY)
    confident = [one for one in report["findings"] if one["severity"] == "error" and one["confidence"] == "high"]
    assert not confident


def test_a_name_that_is_made_of_a_reference(scratch: Scratch) -> None:
    """The policy is for another bucket than the one of which its name is made."""
    policy = BUCKET[len(ENCRYPTED) :].replace("bucket = aws_s3_bucket.data.id", 'bucket = "${aws_s3_bucket.data.id}-2"')
    report = scratch.check(PROVIDER + CLOSED + ENCRYPTED + policy)
    assert {one["confidence"] for one in report["findings"]} <= {"medium"}
    assert scratch.check_beside_source("plan.json")["findings"] == []
