"""The JSON of a plan without its source: what is followed, and what stays free."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import guard
from tests.plans.roots import PROVIDER, READER, made, planned
from tests.terraform_stub.command import StubbedTerraform

pytestmark = pytest.mark.oracle

DOCUMENTS = f"""\
variable "flag" {{ default = true }}
data "aws_iam_policy_document" "one" {{
  statement {{
    actions   = ["kms:*"]
    resources = ["*"]
    principals {{
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root", aws_iam_role.app.arn]
    }}
  }}
}}
data "aws_iam_policy_document" "more" {{
  source_policy_documents = [data.aws_iam_policy_document.one.json]
  statement {{
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {{
      type        = "AWS"
      identifiers = ["{READER}"]
    }}
  }}
}}
resource "aws_iam_role" "app" {{
  name               = "app"
  assume_role_policy = "{{}}"
}}
"""


@pytest.fixture
def inventory(stubbed_terraform: StubbedTerraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def read(files: dict[str, str]) -> Any:
        root = made(tmp_path / "root", files)
        if any(name.startswith("modules/") for name in files):
            stubbed_terraform._run(root, "get", "-no-color")
        plan = planned(stubbed_terraform, root)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        shutil.copy(plan, elsewhere)
        monkeypatch.chdir(elsewhere)
        (workspace,) = guard("inventory", "plan.json", "--format", "json").json["workspaces"]
        return workspace

    return read


def keys(workspace: Any) -> dict[str, Any]:
    return {key["address"]: key for key in workspace["keys"]}


def test_documents_are_rendered_and_followed(inventory: Any) -> None:
    text = """\
resource "aws_kms_key" "whole" { policy = data.aws_iam_policy_document.more.json }
resource "aws_kms_key" "either" {
  policy = var.flag ? data.aws_iam_policy_document.more.json : data.aws_iam_policy_document.one.json
}
resource "aws_kms_key" "text" { policy = jsonencode({ Statement = [{ Principal = aws_iam_role.app.arn }] }) }
"""
    found = keys(inventory({"main.tf": PROVIDER + DOCUMENTS + text}))
    statements = found["aws_kms_key.whole"]["policy"]["statements"]
    assert len(statements) == 2
    assert "arn:aws:iam::111122223333:role/app" in str(statements[0])
    for free in ("either", "text"):
        assert found[f"aws_kms_key.{free}"]["policy"]["state"] == "unknown"


def test_references_lead_through_modules_and_instances(inventory: Any) -> None:
    module = """\
variable "name" {}
variable "key" {}
resource "aws_s3_bucket" "this" { bucket = var.name }
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key
    }
  }
}
"""
    root = """\
module "key" {
  source   = "./modules/key"
  for_each = toset(["a", "b"])
}
module "bucket" {
  source   = "./modules/bucket"
  for_each = toset(["a", "b"])
  name     = "bucket-${each.key}"
  key      = module.key["a"].arn
}
"""
    key = 'resource "aws_kms_key" "this" {}\noutput "arn" { value = aws_kms_key.this.arn }\n'
    files = {"main.tf": PROVIDER + root, "modules/key/main.tf": key, "modules/bucket/main.tf": module}
    workspace = inventory(files)
    assert {bucket["address"]: bucket["encryption"]["key"]["key"] for bucket in workspace["buckets"]} == {
        'module.bucket["a"].aws_s3_bucket.this': 'module.key["a"].aws_kms_key.this',
        'module.bucket["b"].aws_s3_bucket.this': 'module.key["a"].aws_kms_key.this',
    }


def test_a_text_around_a_reference_is_not_the_reference(inventory: Any) -> None:
    text = """\
resource "aws_kms_key" "k" {}
resource "aws_s3_bucket" "b" { bucket = "acme-shared-data" }
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/${aws_kms_key.k.key_id}"
    }
  }
}
"""
    (bucket,) = inventory({"main.tf": PROVIDER + text})["buckets"]
    assert bucket["encryption"]["algorithm"] == "aws:kms"
    assert bucket["encryption"]["key"]["form"] not in ("key-id", "alias-name")
    assert bucket["encryption"]["key"]["key"] is None
