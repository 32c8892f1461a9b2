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


MADE_LATER = """\
resource "aws_iam_role" "later" {
  name               = "later"
  assume_role_policy = "{}"
}
resource "aws_iam_role" "another" {
  name               = "another"
  assume_role_policy = "{}"
}
"""


def deferred(statement: str) -> str:
    return (
        'resource "aws_kms_key" "k" { policy = data.aws_iam_policy_document.k.json }\n'
        f'data "aws_iam_policy_document" "k" {{\n  statement {{\n    actions   = ["kms:Decrypt"]\n{statement}  }}\n}}\n'
    )


def test_dynamic_blocks_that_are_left_open_may_say_more(inventory: Any) -> None:
    """``configuration`` has the block that is written out, and says nothing of the ``dynamic`` one."""
    statement = """\
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["111122223333"]
    }
    dynamic "principals" {
      for_each = toset(split("-", aws_iam_role.later.unique_id))
      content {
        type        = "AWS"
        identifiers = [principals.value]
      }
    }
"""
    (found,) = keys(inventory({"main.tf": PROVIDER + MADE_LATER + deferred(statement)})).values()
    (one,) = found["policy"]["statements"]
    assert one["principals"] is None or "unknown" in str(one["principals"])
    assert one["unread"] or "unknown" in one["principals"]


def test_blocks_of_a_set_are_told_apart_by_their_constants(inventory: Any) -> None:
    statement = """\
    resources = ["*"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_role.another.arn]
    }
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.later.arn]
    }
"""
    (found,) = keys(inventory({"main.tf": PROVIDER + MADE_LATER + deferred(statement)})).values()
    (one,) = found["policy"]["statements"]
    shown = [str(principal["value"]) for principal in one["principals"]]
    assert any("role/later" in text for text in shown)
    roles = [principal["kind"] for principal in one["principals"] if "role/later" in str(principal["value"])]
    assert roles == ["role"]
