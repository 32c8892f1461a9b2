"""Every kind of change, planned by the real Terraform: what the plan file and the JSON of it say to us."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plans.comparing import plain
from tests.plans.test_against_terraform import assert_same, both
from tests.terraform_stub.command import Root, StubbedTerraform, TerraformFailed
from tests.terraform_stub.provider import Mode
from tf_kms_guard.terraform.plan.detect import read_record

pytestmark = pytest.mark.oracle

PROVIDERS = """\
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias               = "other"
  region              = "eu-central-1"
  allowed_account_ids = ["444455556666"]
}
"""

BEFORE = """\
variable "secret" {
  type      = string
  sensitive = true
  default   = "hidden-name"
}

resource "aws_s3_bucket" "stays" {
  bucket = "acme-stays"
}

resource "aws_s3_bucket" "changes" {
  bucket = "acme-changes"
  tags   = { stage = "one" }
}

resource "aws_s3_bucket" "goes" {
  bucket = "acme-goes"
}

resource "aws_s3_bucket" "is_forgotten" {
  bucket = "acme-forgotten"
}

resource "aws_kms_key" "is_replaced" {
  description = "replaced"
}

resource "aws_s3_bucket" "old_name" {
  bucket = "acme-moved"
}

resource "aws_s3_bucket" "each" {
  for_each = toset(["a.b", "c\\"d", "e$${f}", "g[0]"])
  provider = aws.other
  bucket   = "acme-${length(each.key)}"
}

resource "aws_s3_bucket" "secret" {
  bucket = var.secret
  tags   = { plain = "shown", secret = var.secret }
}

data "aws_caller_identity" "other" {
  provider = aws.other
}

output "secret" {
  value     = var.secret
  sensitive = true
}

output "goes" {
  value = "soon"
}
"""

AFTER = (
    (
        BEFORE.replace('stage = "one"', 'stage = "two"')
        .replace('resource "aws_s3_bucket" "goes" {\n  bucket = "acme-goes"\n}\n', "")
        .replace(
            'resource "aws_s3_bucket" "is_forgotten" {\n  bucket = "acme-forgotten"\n}\n',
            "removed {\n  from = aws_s3_bucket.is_forgotten\n  lifecycle {\n    destroy = false\n  }\n}\n",
        )
        .replace('"old_name" {', '"new_name" {')
        .replace('output "goes" {\n  value = "soon"\n}\n', "")
    )
    + """
moved {
  from = aws_s3_bucket.old_name
  to   = aws_s3_bucket.new_name
}

import {
  to = aws_s3_bucket.imported
  id = "acme-imported"
}

resource "aws_s3_bucket" "imported" {
  bucket = "acme-imported"
}

resource "aws_kms_key" "new" {
  policy = data.aws_iam_policy_document.later.json
}

data "aws_iam_policy_document" "later" {
  statement {
    actions   = ["kms:*", "kms:${aws_s3_bucket.new.id}"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [aws_s3_bucket.new.arn, "111122223333"]
    }
  }
}

resource "aws_s3_bucket" "new" {
  bucket_prefix = "acme-new"
}
"""
)


def written(scratch: Path, text: str) -> Root:
    scratch.mkdir(exist_ok=True)
    (scratch / "providers.tf").write_text(PROVIDERS, encoding="utf-8")
    (scratch / "main.tf").write_text(text, encoding="utf-8")
    return Root(scratch)


@pytest.fixture
def applied(tmp_path: Path, stubbed_terraform: StubbedTerraform) -> Root:
    root = written(tmp_path / "root", BEFORE)
    stubbed_terraform.apply(root)
    return root


def test_every_kind_of_change(applied: Root, stubbed_terraform: StubbedTerraform) -> None:
    written(applied.directory, AFTER)
    plan = stubbed_terraform.plan(applied, Mode.NORMAL, "-replace=aws_kms_key.is_replaced")
    file, shown = both(applied, stubbed_terraform, plan)
    assert_same(file, shown)
    assert {address: recorded.actions for address, recorded in file.resources.items()} == {
        "aws_s3_bucket.stays": ("no-op",),
        "aws_s3_bucket.changes": ("update",),
        "aws_kms_key.is_replaced": ("delete", "create"),
        "aws_s3_bucket.new_name": ("no-op",),
        'aws_s3_bucket.each["a.b"]': ("no-op",),
        'aws_s3_bucket.each["c\\"d"]': ("no-op",),
        'aws_s3_bucket.each["e$${f}"]': ("no-op",),
        'aws_s3_bucket.each["g[0]"]': ("no-op",),
        "aws_s3_bucket.secret": ("no-op",),
        "aws_s3_bucket.imported": ("no-op",),
        "aws_s3_bucket.new": ("create",),
        "aws_kms_key.new": ("create",),
        "data.aws_iam_policy_document.later": ("read",),
        "data.aws_caller_identity.other": (),
    }
    assert {address: recorded.actions for address, recorded in file.gone.items()} == {
        "aws_s3_bucket.goes": ("delete",),
        "aws_s3_bucket.is_forgotten": ("forget",),
    }
    assert plain(file.gone["aws_s3_bucket.goes"].before)["bucket"] == "acme-goes"
    changes = file.resources["aws_s3_bucket.changes"]
    assert changes.before is not None
    assert changes.values is not None
    assert (changes.before["tags"], changes.values["tags"]) == ({"stage": "one"}, {"stage": "two"})
    assert file.resources["aws_s3_bucket.new_name"].previous_address == "aws_s3_bucket.old_name"
    assert {recorded.key for recorded in file.resources.values() if recorded.key} == {"a.b", 'c"d', "e${f}", "g[0]"}
    assert {recorded.provider for recorded in file.resources.values() if recorded.key} == {"aws.other"}
    secret = file.resources["aws_s3_bucket.secret"]
    assert secret.sensitive >= {("bucket",), ("tags", "secret")}
    assert ("tags", "plain") not in secret.sensitive
    assert file.sensitive_outputs == {"secret"}
    assert shown.sensitive_variables == {"secret"}
    assert set(file.outputs) == {"secret"}
    caller = file.resources["data.aws_caller_identity.other"].values
    assert caller is not None
    assert caller["account_id"] == "444455556666"


def test_a_document_that_is_read_during_apply_keeps_what_is_known(
    applied: Root, stubbed_terraform: StubbedTerraform
) -> None:
    written(applied.directory, AFTER)
    file, shown = both(applied, stubbed_terraform, stubbed_terraform.plan(applied))
    for record in (file, shown):
        values = plain(record.resources["data.aws_iam_policy_document.later"].values)
        where = "data.aws_iam_policy_document.later"
        assert values["json"] == ("unknown", f"{where}.json")
        (statement,) = values["statement"]
        assert statement["effect"] is None
        assert statement["resources"] == ["*"]
        assert "kms:*" in statement["actions"]
        (other,) = (action for action in statement["actions"] if action != "kms:*")
        assert other[1].startswith(f"{where}.statement[0].actions[")
        (principal,) = statement["principals"]
        assert principal["type"] == "AWS"
        assert "111122223333" in principal["identifiers"]
        assert len(principal["identifiers"]) == 2


def test_a_plan_of_one_target_is_not_complete_and_keeps_the_rest(
    applied: Root, stubbed_terraform: StubbedTerraform
) -> None:
    written(applied.directory, AFTER)
    targets = [f"-target=aws_s3_bucket.{name}" for name in ("changes", "old_name", "new_name")]
    plan = stubbed_terraform.plan(applied, Mode.NORMAL, *targets)
    file, shown = both(applied, stubbed_terraform, plan)
    assert_same(file, shown)
    assert not file.complete
    assert file.resources["aws_s3_bucket.stays"].actions == ()
    assert plain(file.resources["aws_s3_bucket.stays"].values)["bucket"] == "acme-stays"


def test_a_plan_that_only_refreshes_holds_what_is_there_and_what_drifted(
    applied: Root, stubbed_terraform: StubbedTerraform
) -> None:
    state = applied.directory / "terraform.tfstate"
    content = json.loads(state.read_text(encoding="utf-8"))
    for resource in content["resources"]:
        if resource["name"] == "changes":
            resource["instances"][0]["attributes"]["bucket_domain_name"] = None  # the stub makes up another one
    state.write_text(json.dumps(content), encoding="utf-8")
    file, shown = both(applied, stubbed_terraform, stubbed_terraform.plan(applied, Mode.NORMAL, "-refresh-only"))
    assert_same(file, shown)
    assert len(file.resources) == 12
    assert not file.gone
    assert {address for address, recorded in file.resources.items() if recorded.actions} == set()


def test_drift_is_told(applied: Root, stubbed_terraform: StubbedTerraform) -> None:
    state = applied.directory / "terraform.tfstate"
    content = json.loads(state.read_text(encoding="utf-8"))
    for resource in content["resources"]:
        if resource["name"] == "changes":
            resource["instances"][0]["attributes"]["bucket_domain_name"] = None
    state.write_text(json.dumps(content), encoding="utf-8")
    written(
        applied.directory,
        BEFORE.replace('stage = "one"', "stage = aws_s3_bucket.changes_too.id")
        + """
resource "aws_s3_bucket" "changes_too" {
  bucket = "acme-too"
}
""",
    )
    file, shown = both(applied, stubbed_terraform, stubbed_terraform.plan(applied))
    assert_same(file, shown)
    assert [address for address, recorded in shown.resources.items() if recorded.drifted] == ["aws_s3_bucket.changes"]


def test_a_plan_that_failed_is_not_complete(tmp_path: Path, stubbed_terraform: StubbedTerraform) -> None:
    text = """
resource "aws_s3_bucket" "this" {
  bucket = "acme"
}

resource "aws_s3_bucket" "fails" {
  bucket = "acme-fails"
  lifecycle {
    precondition {
      condition     = aws_s3_bucket.this.bucket == "another"
      error_message = "No."
    }
  }
}
"""
    root = written(tmp_path / "root", text)
    with pytest.raises(TerraformFailed):
        stubbed_terraform.plan(root)
    file, shown = both(root, stubbed_terraform, root.directory / "tfplan")
    assert_same(file, shown)
    assert not file.complete


def test_nothing_to_do_at_all(tmp_path: Path, stubbed_terraform: StubbedTerraform) -> None:
    root = written(tmp_path / "root", 'variable "unused" { default = 1 }\n')
    file, shown = both(root, stubbed_terraform, stubbed_terraform.plan(root))
    assert_same(file, shown)
    assert (dict(file.resources), file.complete) == ({}, True)
    stubbed_terraform.apply(root)
    stored = root.directory / "terraform.tfstate"
    assert dict(read_record(stored, "state").resources) == {}
    assert dict(read_record(stubbed_terraform.shown(root, stored), "state").resources) == {}


def test_modules_have_providers_and_variables_of_their_own(tmp_path: Path, stubbed_terraform: StubbedTerraform) -> None:
    directory = tmp_path / "from"
    child = directory / "child"
    child.mkdir(parents=True)
    (child / "main.tf").write_text(
        """
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.copy]
    }
  }
}

variable "size" {
  type = number
}

resource "aws_s3_bucket" "this" {
  bucket = "acme-${var.size}"
}

resource "aws_s3_bucket" "copy" {
  provider = aws.copy
  bucket   = "acme-copy-${var.size}"
}
""",
        encoding="utf-8",
    )
    (directory / "providers.tf").write_text(PROVIDERS, encoding="utf-8")
    (directory / "main.tf").write_text(
        """
variable "sizes" {
  type    = list(number)
  default = [7]
}

module "own" {
  source    = "./child"
  count     = 2
  size      = var.sizes[0] / 3
  providers = { aws = aws, aws.copy = aws.other }
}
""",
        encoding="utf-8",
    )
    root = stubbed_terraform.copy(directory, tmp_path / "to", (("sizes", "[0.1, 12345678901234567890, 1e3]"),))
    file, shown = both(root, stubbed_terraform, stubbed_terraform.plan(root))
    assert_same(file, shown)
    assert file.resources["module.own[1].aws_s3_bucket.this"].provider == "aws"
    assert file.resources["module.own[1].aws_s3_bucket.copy"].provider == "aws.other"
    assert file.resources["module.own[1].aws_s3_bucket.copy"].module == "module.own[1]"
    assert [str(size) for size in plain(file.variables["sizes"])] == ["0.1", "12345678901234567890", "1000"]
    assert shown.configuration is not None
    assert shown.configuration.calls["own"].source == "./child"
    assert {resource.provider for resource in shown.configuration.calls["own"].module.resources} == {"aws", "aws.other"}
